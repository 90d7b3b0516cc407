"""Deadlines: when the bell rings, and who is late.

Knows instants that it is given; reads no clock.
"""

from datetime import datetime, timedelta

SECONDS_PER_MINUTE = 60
PERCENT = 100


def deadline(*, started_at: datetime, minutes: int, extra_time_percent: int = 0) -> datetime:
    """Return when the bell rings.

    Extra time lengthens the sitting by its percentage, rounded up to a whole
    second, so that rounding never takes time away. Source: WCAG 2.2.1,
    RELIABILITY §4.
    """
    exact = minutes * SECONDS_PER_MINUTE * (PERCENT + extra_time_percent)
    return started_at + timedelta(seconds=-(-exact // PERCENT))


def is_late(*, deadline_at: datetime, now: datetime) -> bool:
    """Say whether the bell has rung; an answer exactly at the bell is on time."""
    return now > deadline_at
