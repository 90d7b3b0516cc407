"""Figures: everything a rule set states, by name and unit, and what no rule may state.

The names are the columns of a requirement, but for `professional_share`, which is
two of them. Faults are codes; forms turn them into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

#: What one figure may hold: a share is (numerator, denominator); None is "no cap".
Value = int | bool | str | date | tuple[int, int] | None
Figures = Mapping[str, Value]


class Unit(StrEnum):
    """How a figure is counted; pages choose the words."""

    HOURS = "hours"  # in hundredths
    SHARE = "share"
    LENGTH = "length"  # in seconds, written in minutes
    SECONDS = "seconds"
    RATE = "rate"  # in per cent, written as 1.0
    DAY = "day"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    ENTRIES = "entries"
    YES_NO = "yes_no"
    CHOICE = "choice"


#: Stated for each title level by itself. Source: R14, R15; the share: Order 25.
LEVEL_FIGURES = {"total_centihours": Unit.HOURS, "public_centihours": Unit.HOURS, "professional_share": Unit.SHARE}
#: Stated once for all levels: counting, the year, viewing, then the offices. Source: DESIGN §3, D4.
COUNTING_FIGURES = {
    "cutoff_on": Unit.DAY,
    "hour_seconds": Unit.LENGTH,
    "rounding_centihours": Unit.HOURS,
    "daily_cap_centihours": Unit.HOURS,
    "at_risk_weekly_centihours": Unit.HOURS,
}
YEAR_FIGURES = {
    "grace_days": Unit.DAYS,
    "makeup_until_on": Unit.DAY,
    "carry_public_centihours": Unit.HOURS,
    "carry_professional_centihours": Unit.HOURS,
    "prorates_part_year": Unit.YES_NO,
    "leave_from_months": Unit.MONTHS,
    "leave_whole_months": Unit.MONTHS,
}
VIEWING_FIGURES = {
    "lesson_slack_s": Unit.SECONDS,
    "first_rate_percent": Unit.RATE,
    "review_rate_percent": Unit.RATE,
    "has_presence_checks": Unit.YES_NO,
    "check_min_s": Unit.SECONDS,
    "check_max_s": Unit.SECONDS,
    "check_answer_s": Unit.SECONDS,
    "missed_check": Unit.CHOICE,
    "asks_content_questions": Unit.YES_NO,
    "counts_hidden": Unit.YES_NO,
    "counts_picture_in_picture": Unit.YES_NO,
}
#: What the offices owe: a second signature on many entries, and an answer in time. Source: RELIABILITY S5.
OFFICE_FIGURES = {
    "second_officer_above": Unit.ENTRIES,
    "audit_working_days": Unit.WORKING_DAYS,
    "confirm_working_days": Unit.WORKING_DAYS,
}
SET_FIGURES = {**COUNTING_FIGURES, **YEAR_FIGURES, **VIEWING_FIGURES, **OFFICE_FIGURES}
ALL_FIGURES = {**LEVEL_FIGURES, **SET_FIGURES}
#: Figures that may be none at all.
OPTIONAL_FIGURES = frozenset(
    {"daily_cap_centihours", "grace_days", "makeup_until_on", "leave_from_months", "leave_whole_months"}
)
#: Figures younger than the first issued sets, with what held before: a set that says so says nothing new.
YOUNGER_FIGURES: dict[str, Value] = {
    "grace_days": None,
    "makeup_until_on": None,
    "carry_public_centihours": 0,
    "carry_professional_centihours": 0,
    "prorates_part_year": False,
    "leave_from_months": None,
    "leave_whole_months": None,
    "at_risk_weekly_centihours": 800,
    "second_officer_above": 50,
    "audit_working_days": 5,
    "confirm_working_days": 10,
}


class Fault(StrEnum):
    """Why these figures cannot be a rule."""

    NOTHING_ASKED = "nothing_asked"
    PUBLIC_ABOVE_TOTAL = "public_above_total"
    SHARE_ABOVE_WHOLE = "share_above_whole"
    TESTS_ABOVE_TOTAL = "tests_above_total"
    NO_HOUR = "no_hour"
    NO_STEP = "no_step"
    CUTOFF_OUTSIDE = "cutoff_outside"
    MAKEUP_OUTSIDE = "makeup_outside"
    LEAVE_REVERSED = "leave_reversed"
    RATE_TOO_LOW = "rate_too_low"
    CHECKS_REVERSED = "checks_reversed"
    NO_TIME_TO_ANSWER = "no_time_to_answer"
    NO_TIME_TO_AUDIT = "no_time_to_audit"
    NO_TIME_TO_CONFIRM = "no_time_to_confirm"


#: The figure a fault is shown beside.
BESIDE = {
    Fault.NOTHING_ASKED: "total_centihours",
    Fault.PUBLIC_ABOVE_TOTAL: "public_centihours",
    Fault.SHARE_ABOVE_WHOLE: "professional_share",
    Fault.TESTS_ABOVE_TOTAL: "professional_share",
    Fault.NO_HOUR: "hour_seconds",
    Fault.NO_STEP: "rounding_centihours",
    Fault.CUTOFF_OUTSIDE: "cutoff_on",
    Fault.MAKEUP_OUTSIDE: "makeup_until_on",
    Fault.LEAVE_REVERSED: "leave_whole_months",
    Fault.RATE_TOO_LOW: "review_rate_percent",
    Fault.CHECKS_REVERSED: "check_max_s",
    Fault.NO_TIME_TO_ANSWER: "check_answer_s",
    Fault.NO_TIME_TO_AUDIT: "audit_working_days",
    Fault.NO_TIME_TO_CONFIRM: "confirm_working_days",
}
NORMAL_RATE_PERCENT = 100


def faults(figures: Figures, *, year: int) -> list[Fault]:
    """Return what is wrong with one level's figures; empty when they can be a rule."""
    return [*_level_faults(figures), *_year_faults(figures, year=year), *_set_faults(figures)]


def _level_faults(figures: Figures) -> Iterator[Fault]:
    total, public = _int(figures["total_centihours"]), _int(figures["public_centihours"])
    share = figures["professional_share"]
    numerator, denominator = share if isinstance(share, tuple) else (0, 1)
    if total <= 0:
        yield Fault.NOTHING_ASKED
    elif public > total:
        yield Fault.PUBLIC_ABOVE_TOTAL
    if numerator > denominator:
        yield Fault.SHARE_ABOVE_WHOLE
    elif public <= total < public + -(-total * numerator // denominator):
        # Both tests together would ask for more than the whole: the total would say less than the truth.
        yield Fault.TESTS_ABOVE_TOTAL


def _year_faults(figures: Figures, *, year: int) -> Iterator[Fault]:
    cutoff_on, until_on = figures["cutoff_on"], figures["makeup_until_on"]
    if not isinstance(cutoff_on, date) or not date(year, 1, 1) <= cutoff_on <= date(year + 1, 12, 31):
        yield Fault.CUTOFF_OUTSIDE
    elif isinstance(until_on, date) and not cutoff_on < until_on <= date(year + 1, 12, 31):
        yield Fault.MAKEUP_OUTSIDE
    least, whole = figures["leave_from_months"], figures["leave_whole_months"]
    if whole is not None and not 0 < _int(least) <= _int(whole):
        yield Fault.LEAVE_REVERSED


def _set_faults(figures: Figures) -> Iterator[Fault]:
    if _int(figures["hour_seconds"]) <= 0:
        yield Fault.NO_HOUR
    if _int(figures["rounding_centihours"]) <= 0:
        yield Fault.NO_STEP
    if not NORMAL_RATE_PERCENT <= _int(figures["first_rate_percent"]) <= _int(figures["review_rate_percent"]):
        yield Fault.RATE_TOO_LOW
    if figures["has_presence_checks"]:
        if not 0 < _int(figures["check_min_s"]) <= _int(figures["check_max_s"]):
            yield Fault.CHECKS_REVERSED
        if _int(figures["check_answer_s"]) <= 0:
            yield Fault.NO_TIME_TO_ANSWER
    if _int(figures["audit_working_days"]) <= 0:
        yield Fault.NO_TIME_TO_AUDIT
    if _int(figures["confirm_working_days"]) <= 0:
        yield Fault.NO_TIME_TO_CONFIRM


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 0
