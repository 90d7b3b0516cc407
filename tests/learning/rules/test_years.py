"""Where a year stands, day by day (R1, DOMAIN §4.8)."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.rules.years import Calendar, YearState, state_of

CUTOFF = dt.date(2026, 12, 31)
MAKEUP = dt.date(2027, 4, 30)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (CUTOFF - DAY, YearState.OPEN),
        (CUTOFF, YearState.OPEN),
        (CUTOFF + DAY, YearState.MAKE_UP),
        (MAKEUP, YearState.MAKE_UP),
        (MAKEUP + DAY, YearState.NOT_MET),
    ],
)
def test_r1_a_missed_year_may_be_made_up_until_the_windows_last_day(today: dt.date, state: YearState) -> None:
    assert state_of(Calendar(CUTOFF, MAKEUP), today) == state


@pytest.mark.parametrize(("today", "state"), [(CUTOFF, YearState.OPEN), (CUTOFF + DAY, YearState.NOT_MET)])
def test_r1_without_a_window_a_missed_year_stays_missed(today: dt.date, state: YearState) -> None:
    assert state_of(Calendar(CUTOFF), today) == state


@pytest.mark.parametrize(
    ("makeup_until_on", "today", "ends_on"),
    [(MAKEUP, CUTOFF, CUTOFF), (MAKEUP, CUTOFF + DAY, MAKEUP), (MAKEUP, MAKEUP + DAY, CUTOFF), (None, CUTOFF, CUTOFF)],
)
def test_r1_a_year_ends_with_its_cut_off_or_while_it_is_made_up_with_the_window(
    makeup_until_on: dt.date | None, today: dt.date, ends_on: dt.date
) -> None:
    assert Calendar(CUTOFF, makeup_until_on).ends_on(today) == ends_on


@pytest.mark.parametrize("today", [CUTOFF, CUTOFF + DAY, MAKEUP + DAY])
def test_r1_a_met_year_stays_met_whatever_the_day(today: dt.date) -> None:
    calendar = Calendar(CUTOFF, MAKEUP)

    assert state_of(calendar, today, is_met=True) == YearState.MET
    assert state_of(calendar, today, is_met=True, is_confirmed=True) == YearState.CONFIRMED


@pytest.mark.parametrize(
    ("grace_days", "today", "takes"),
    [
        (None, CUTOFF + 999 * DAY, True),
        (0, CUTOFF, True),
        (0, CUTOFF + DAY, False),
        (30, CUTOFF + 30 * DAY, True),
        (30, CUTOFF + 31 * DAY, False),
    ],
)
def test_pending_hours_are_decided_as_long_as_the_rule_says(
    grace_days: int | None, today: dt.date, takes: bool
) -> None:
    assert Calendar(CUTOFF, None, grace_days).takes_decisions(today) is takes


def test_the_grace_begins_when_the_window_ends() -> None:
    calendar = Calendar(CUTOFF, MAKEUP, 10)

    assert calendar.last_decision_on == MAKEUP + 10 * DAY
    assert calendar.takes_decisions(CUTOFF + 20 * DAY)


def test_a_year_studied_enough_waits_for_the_offices_and_then_is_missed() -> None:
    calendar = Calendar(CUTOFF, None, 30)

    assert state_of(calendar, CUTOFF, is_enough=True) == YearState.OPEN
    assert state_of(calendar, CUTOFF + 30 * DAY, is_enough=True) == YearState.DECIDING
    assert state_of(calendar, CUTOFF + 31 * DAY, is_enough=True) == YearState.NOT_MET


@pytest.mark.parametrize(
    ("today", "is_met", "is_waiting", "is_over"),
    [
        (CUTOFF, True, False, False),
        (CUTOFF + DAY, True, False, True),
        (CUTOFF + DAY, False, False, False),
        (MAKEUP + DAY, False, False, True),
        (MAKEUP + DAY, False, True, False),
        (MAKEUP + 5 * DAY, True, True, False),
        (MAKEUP + 6 * DAY, True, True, True),
    ],
)
def test_a_year_is_over_when_nothing_can_be_added(
    today: dt.date, is_met: bool, is_waiting: bool, is_over: bool
) -> None:
    assert Calendar(CUTOFF, MAKEUP, 5).is_over(today, is_met=is_met, is_waiting=is_waiting) is is_over


def test_what_is_judged_again_is_waited_for_without_limit() -> None:
    calendar = Calendar(CUTOFF, MAKEUP, 5)

    assert not calendar.is_over(MAKEUP + 99 * DAY, is_met=True, is_waiting=True, is_judged_again=True)
    assert calendar.is_over(MAKEUP + 99 * DAY, is_met=True, is_waiting=False, is_judged_again=True)
