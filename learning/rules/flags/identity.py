"""A register that names the hours' owner by another ID number than the account holds."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.IDENTITY


def measure(case: Case, _terms: Terms) -> int | None:
    """Return 1 where they differ and 0 where they agree; None where one of them says nothing."""
    return None if case.is_same_identity is None else int(not case.is_same_identity)


def stands_out(figure: int, _usual: int | None, _terms: Terms) -> bool:
    """Say whether it is so; there is nothing to compare."""
    return bool(figure)


def flag(case: Case, _usual: int | None, terms: Terms) -> Flag | None:
    """Tell when they differ; there is nothing to compare."""
    return Flag(CODE, 1) if measure(case, terms) else None
