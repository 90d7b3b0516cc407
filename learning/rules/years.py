"""Years: until when one takes study, until when pending hours are decided, and where it stands.

Where a year stands follows from dates and sums, and is never stored: a rule that moves a date moves it
at once. Days are those of the people here. Source: R1, DOMAIN §4.8; docs/decisions/0018.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class YearState(StrEnum):
    """Where a year stands. `DECIDING`: study is over, what is pending would fulfil the year."""

    OPEN = "open"
    DECIDING = "deciding"
    NOT_MET = "not_met"
    MAKE_UP = "make_up"
    MET = "met"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one year. No make-up: nothing is made up; no grace: pending hours are decided without limit."""

    cutoff_on: date
    makeup_until_on: date | None = None
    grace_days: int | None = None

    @property
    def last_study_on(self) -> date:
        """The last day on which study still counts in this year, made up or not."""
        return self.makeup_until_on or self.cutoff_on

    @property
    def last_decision_on(self) -> date | None:
        """The last day on which an office still decides pending hours; None: there is none."""
        return None if self.grace_days is None else self.last_study_on + timedelta(days=self.grace_days)

    def takes_study(self, today: date) -> bool:
        """Say whether what is studied today may still count in the year."""
        return today <= self.last_study_on

    def takes_decisions(self, today: date) -> bool:
        """Say whether offices still decide what is pending."""
        return self.last_decision_on is None or today <= self.last_decision_on

    def is_make_up(self, today: date) -> bool:
        """Say whether the year is over and its make-up window open."""
        return self.cutoff_on < today <= self.last_study_on

    def ends_on(self, today: date) -> date:
        """Return the last day as learners are told it: the cut-off, and once the year is made up the window's end."""
        return self.last_study_on if self.is_make_up(today) else self.cutoff_on

    def is_over(self, today: date, *, is_met: bool, is_waiting: bool, is_judged_again: bool = False) -> bool:
        """Say whether the year may be closed: nothing can be added to it any more, and nothing waits to be.

        A met year has nothing to make up; pending hours are waited for as long as they are decided: those an
        office took back to be judged again, without limit.
        """
        is_studied = today > (self.cutoff_on if is_met else self.last_study_on)
        return is_studied and not (is_waiting and (is_judged_again or self.takes_decisions(today)))


def state_of(
    calendar: Calendar, today: date, *, is_met: bool = False, is_confirmed: bool = False, is_enough: bool = False
) -> YearState:
    """Return where the year stands; `is_enough`: confirmed and pending hours together fulfil the rule."""
    if is_confirmed:
        return YearState.CONFIRMED
    if is_met:
        return YearState.MET
    if today <= calendar.cutoff_on:
        return YearState.OPEN
    if is_enough and calendar.takes_decisions(today):
        return YearState.DECIDING
    return YearState.MAKE_UP if calendar.takes_study(today) else YearState.NOT_MET
