"""Which week it is, and which queue is late."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.reminders import overdue_on, week_name


def test_week_name_is_of_the_week_that_holds_the_thursday() -> None:
    assert week_name(dt.date(2026, 11, 19)) == "2026W47"
    assert week_name(dt.date(2027, 1, 1)) == "2026W53"


@pytest.mark.parametrize(
    ("today", "working_days", "expected"),
    [
        (dt.date(2026, 11, 19), 0, dt.date(2026, 11, 18)),
        (dt.date(2026, 11, 19), 5, dt.date(2026, 11, 11)),
        (dt.date(2026, 11, 22), 0, dt.date(2026, 11, 19)),
        (dt.date(2026, 11, 23), 1, dt.date(2026, 11, 19)),
    ],
    ids=["Thursday", "a week", "Sunday", "Monday"],
)
def test_overdue_on_counts_no_weekends(today: dt.date, working_days: int, expected: dt.date) -> None:
    assert overdue_on(today, working_days=working_days) == expected


@given(today=st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)), working_days=st.integers(0, 60))
def test_overdue_on_is_the_latest_day_with_more_working_days_since(today: dt.date, working_days: int) -> None:
    def since(day: dt.date) -> int:
        return sum((day + dt.timedelta(days=n)).weekday() < 5 for n in range(1, (today - day).days + 1))

    found = overdue_on(today, working_days=working_days)

    assert since(found) > working_days
    assert since(found + dt.timedelta(days=1)) <= working_days
