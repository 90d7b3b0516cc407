"""Year status: how one person's year stands on one day.

Pending hours count as studied, as on the home page; what is still to study decides
between on track and at risk. Knows numbers and days; nothing of people or offices.
"""

from enum import StrEnum

from learning.rules.next_steps import DAYS_PER_WEEK
from learning.rules.requirements import RequirementRule, Totals, missing


class YearStatus(StrEnum):
    """How a year stands, the best first; each person's year is exactly one of these."""

    QUALIFIED = "qualified"
    #: Everything is studied; an office has the rest in hand.
    AWAITING = "awaiting"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    #: The cut-off has passed, and what is left may still be studied in the make-up window.
    MAKING_UP = "making_up"
    #: Nothing counts in the year any more, and something is left to study.
    MISSED = "missed"
    #: No hour yet, neither confirmed nor pending.
    NOT_STARTED = "not_started"


def year_status(
    rule: RequirementRule,
    *,
    confirmed: Totals,
    pending: Totals,
    is_met: bool,
    days_left: int,
    at_risk_weekly_centihours: int,
    is_make_up: bool = False,
    takes_decisions: bool = True,
) -> YearStatus:
    """Say how the year stands; `days_left`: until the cut-off, which itself still counts (below zero: over).

    `is_make_up`: the cut-off has passed and the make-up window is open. Who has not begun has not begun then either.
    `takes_decisions`: whether offices still decide what is pending; else it counts for nothing as it stands.
    Source: UX screen 13 and DESIGN §3 (at risk = hours needed ÷ weeks left above the rule's figure).
    """
    studied = confirmed + pending
    to_study = missing(rule, studied if takes_decisions else confirmed).to_study_centihours
    if is_met:
        return YearStatus.QUALIFIED
    if studied.total_centihours <= 0:
        return YearStatus.NOT_STARTED
    if to_study == 0:
        return YearStatus.AWAITING
    if days_left < 0:
        return YearStatus.MAKING_UP if is_make_up else YearStatus.MISSED
    is_pressed = is_at_risk(to_study, days_left, weekly_centihours=at_risk_weekly_centihours)
    return YearStatus.AT_RISK if is_pressed else YearStatus.ON_TRACK


def is_at_risk(to_study_centihours: int, days_left: int, *, weekly_centihours: int) -> bool:
    """Say whether what is still to study asks for more than so much a week.

    `days_left`: until the cut-off, which itself still counts; below zero the year is over and nothing can
    be at risk any more. Source: DESIGN §3.
    """
    return days_left >= 0 and to_study_centihours * DAYS_PER_WEEK > weekly_centihours * days_left
