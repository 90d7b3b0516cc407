"""Reminders: which week one belongs to, and which queue waits longer than its office promised.

Pure arithmetic on days. Weekends do not count as working days; public
holidays are not known here and count as if they were.
"""

from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5


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
