"""Hours in a subject that the auditing base is not approved to teach. Source: R27."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.OUTSIDE_SCOPE


def measure(case: Case, _terms: Terms) -> int | None:
    """Return 1 outside the scope and 0 within; None for a body that has no scope."""
    return None if case.is_in_scope is None else int(not case.is_in_scope)


def stands_out(figure: int, _usual: int | None, _terms: Terms) -> bool:
    """Say whether it is so; there is nothing to compare."""
    return bool(figure)


def flag(case: Case, _usual: int | None, terms: Terms) -> Flag | None:
    """Tell when it is outside; there is nothing to compare."""
    return Flag(CODE, 1) if measure(case, terms) else None
