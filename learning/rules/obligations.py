"""Obligations: what one person must do in a year, test by test.

Each test stands by itself: surplus professional hours never fill the public one.
Pending hours count as studied, as on the home page. Source: R1, R14, R15, UX §1.5.
"""

from dataclasses import dataclass
from enum import StrEnum

from learning.rules.requirements import RequirementRule, Totals, missing

NOTHING = Totals(0, 0)


class Asked(StrEnum):
    """The tests of a year."""

    TOTAL = "total"
    PUBLIC = "public"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class Obligation:
    """One test: what is asked, held and still to study."""

    test: Asked
    asked_centihours: int
    #: Waived and carried hours among them.
    confirmed_centihours: int
    waived_centihours: int
    carried_centihours: int
    pending_centihours: int
    lacking_centihours: int

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to study for this test."""
        return self.lacking_centihours == 0


def obligations(
    rule: RequirementRule,
    *,
    confirmed: Totals,
    pending: Totals,
    waived: Totals = NOTHING,
    carried: Totals = NOTHING,
) -> tuple[Obligation, ...]:
    """Return each test the rule asks, the whole year first; a share of none is no test.

    `waived`, `carried`: what of the confirmed hours nobody studied in this year.
    """
    gap = missing(rule, confirmed + pending)
    tests = (
        (Asked.TOTAL, rule.total_centihours, "total_centihours", gap.total_centihours),
        (Asked.PUBLIC, rule.public_centihours, "public_centihours", gap.public_centihours),
        (Asked.PROFESSIONAL, rule.professional_centihours, "professional_centihours", gap.professional_centihours),
    )
    return tuple(
        Obligation(
            test,
            asked,
            confirmed_centihours=getattr(confirmed, name),
            waived_centihours=getattr(waived, name),
            carried_centihours=getattr(carried, name),
            pending_centihours=getattr(pending, name),
            lacking_centihours=lacking,
        )
        for test, asked, name, lacking in tests
        if asked
    )
