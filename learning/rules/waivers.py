"""Waivers: which leave, or which late start, waives how much of a year.

Counted in full months; a twelfth of the year for each, or the whole of it from so many months on. What
a rule does not say is not waived. Source: R1, DOMAIN "Open questions" (no proration unless the rule says).
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from learning.rules.requirements import RequirementRule, Totals

TWELFTHS = 12


class Ground(StrEnum):
    """Why hours are waived: a kind of leave, or a year that began with the post."""

    MATERNITY = "maternity"
    PARENTAL = "parental"
    ILLNESS = "illness"
    SECONDMENT = "secondment"
    AID_MISSION = "aid_mission"
    STUDY_ABROAD = "study_abroad"
    PART_YEAR = "part_year"


class Refusal(StrEnum):
    """Why nothing is waived."""

    NO_REQUIREMENT = "no_requirement"
    YEAR_CLOSED = "year_closed"
    YEAR_MET = "year_met"
    DAYS_REVERSED = "days_reversed"
    OUTSIDE_YEAR = "outside_year"
    NOT_WAIVED = "not_waived"
    TOO_SHORT = "too_short"
    OVERLAPS = "overlaps"
    ALL_WAIVED = "all_waived"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule waives. `leave_from_months` None: no leave; `leave_whole_months` None: never all at once."""

    leave_from_months: int | None = None
    leave_whole_months: int | None = None
    prorates_part_year: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """Days of a year, the first and the last included, and why."""

    ground: Ground
    from_on: date
    to_on: date

    def within(self, year: int) -> "Absence | None":
        """Return the part that lies in the year; None: none does. A late start begins with the year."""
        first = date(year, 1, 1) if self.ground == Ground.PART_YEAR else max(self.from_on, date(year, 1, 1))
        last = min(self.to_on, date(year, 12, 31))
        return Absence(self.ground, first, last) if first <= last else None

    @property
    def months(self) -> int:
        """How many full months it lasts: from the 15th to the 14th is one."""
        end = self.to_on + timedelta(days=1)
        months = (end.year - self.from_on.year) * 12 + end.month - self.from_on.month
        # NB: a month begun on the 31st is full at the end of a shorter one.
        is_short = end.day < min(self.from_on.day, monthrange(end.year, end.month)[1])
        return months - is_short


def refusal(terms: Terms, absence: Absence, *, year: int) -> Refusal | None:
    """Say why this absence waives nothing of the year; None: it waives something."""
    if absence.from_on > absence.to_on:
        return Refusal.DAYS_REVERSED
    within = absence.within(year)
    if within is None:
        return Refusal.OUTSIDE_YEAR
    if absence.ground == Ground.PART_YEAR:
        is_waived, least = terms.prorates_part_year, 1
    else:
        is_waived, least = terms.leave_from_months is not None, terms.leave_from_months or 1
    if not is_waived:
        return Refusal.NOT_WAIVED
    return Refusal.TOO_SHORT if within.months < least else None


def twelfths(terms: Terms, absence: Absence, *, year: int) -> int:
    """Return how many twelfths of the year the absence waives; 0: nothing."""
    within = absence.within(year)
    if within is None or refusal(terms, absence, year=year) is not None:
        return 0
    is_whole = (
        absence.ground != Ground.PART_YEAR
        and terms.leave_whole_months is not None
        and within.months >= terms.leave_whole_months
    )
    return TWELFTHS if is_whole else min(within.months, TWELFTHS)


def waived(rule: RequirementRule, parts: int, *, step_centihours: int) -> Totals:
    """Return the hours that so many twelfths of the year waive, rounded down to the rule's step; all of it: whole.

    Each test is lowered alike. Hours that no test of their own asks for go to the subject without one,
    and where both have one to the professional.
    """
    public = rule.public_centihours
    if not public and rule.professional_centihours:
        public = rule.total_centihours - rule.professional_centihours
    return Totals(_part(public, parts, step_centihours), _part(rule.total_centihours - public, parts, step_centihours))


def _part(centihours: int, parts: int, step_centihours: int) -> int:
    if parts >= TWELFTHS:
        return centihours
    return centihours * parts // TWELFTHS // step_centihours * step_centihours
