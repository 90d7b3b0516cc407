"""Presence checks that nobody answered: several, and a large share of those asked."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.MISSED_CHECKS


def measure(case: Case, _terms: Terms) -> int | None:
    """Return how many were missed; None where none was asked."""
    return case.study.missed_checks if case.study.asked_checks else None


def stands_out(figure: int, _usual: int | None, terms: Terms) -> bool:
    """Say whether their number reaches the policy's; of their share only the case itself knows."""
    return figure >= terms.missed_checks_min


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell when both the number and the share reach the policy's."""
    missed, asked = measure(case, terms), case.study.asked_checks
    if missed is None or not stands_out(missed, usual, terms) or missed * 100 < asked * terms.missed_percent_min:
        return None
    return Flag(CODE, missed, usual, {"asked": asked})
