"""Office terms: from how many entries on a second officer signs, and how long an office may take.

Figures of a rule set like the others. Where several sets bind one act, nobody is promised less
than any of them says. Source: RELIABILITY S5, R8, R9; docs/decisions/0023.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfficeTerms:
    """More entries than this need a second officer; days are working days."""

    second_officer_above: int
    audit_working_days: int
    confirm_working_days: int


#: Where no rule set says anything.
UNSAID = OfficeTerms(second_officer_above=50, audit_working_days=5, confirm_working_days=10)


def strictest(terms: Iterable[OfficeTerms]) -> OfficeTerms:
    """Return the lowest of each figure; of none at all, what holds where nothing is said."""
    said = list(terms) or [UNSAID]
    return OfficeTerms(
        second_officer_above=min(each.second_officer_above for each in said),
        audit_working_days=min(each.audit_working_days for each in said),
        confirm_working_days=min(each.confirm_working_days for each in said),
    )
