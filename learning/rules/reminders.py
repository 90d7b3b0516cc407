"""Reminders: whose year is at risk, and which queue waits longer than its office promised.

Pure arithmetic on hours and days. Weekends do not count as working days; public
holidays are not known here and count as if they were.
"""

from datetime import date, timedelta
from typing import Final

_DAYS_A_WEEK: Final = 7
_SATURDAY: Final = 5


def is_at_risk(needed_centihours: int, days_left: int, *, weekly_centihours: int) -> bool:
    """Say whether what is still to study asks for more than so much a week.

    `days_left`: until the cut-off, which itself still counts; below zero the year is closed
    and nothing can be at risk any more. Source: DESIGN §3 (needed ÷ weeks left > 8).
    """
    return days_left >= 0 and needed_centihours > at_risk_above(days_left, weekly_centihours=weekly_centihours)


def at_risk_above(days_left: int, *, weekly_centihours: int) -> int:
    """Return the most that may be left to study without risk: what a database compares with."""
    return weekly_centihours * max(days_left, 0) // _DAYS_A_WEEK


def week_name(day: date) -> str:
    """Name the week a reminder belongs to, such as 2026W47."""
    week = day.isocalendar()
    return f"{week.year}W{week.week:02d}"


def overdue_on(today: date, *, working_days: int) -> date:
    """Return the latest day that lies more than so many working days back."""
    day, passed = today, 0
    while passed <= working_days:
        passed += day.weekday() < _SATURDAY
        day -= timedelta(days=1)
    return day
