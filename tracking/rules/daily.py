"""The daily cap: how many new seconds one calendar day may hold, across all of a learner's lessons.

Knows days of China Standard Time and a count; what a day has held already is told by the caller.
Source: R13, DOMAIN §5 (a daily cap is the requirement's; said in advance).
"""

from dataclasses import dataclass
from typing import Final

# China Standard Time has had no summer time since 1991: a day is a plain division.
_UTC_OFFSET_MS: Final = 8 * 3_600_000
_DAY_MS: Final = 24 * 3_600_000


def day_of(now_ms: int) -> int:
    """Return the number of the calendar day an instant lies in."""
    return (now_ms + _UTC_OFFSET_MS) // _DAY_MS


def day_start_ms(now_ms: int) -> int:
    """Return the instant at which the day of `now_ms` began."""
    return day_of(now_ms) * _DAY_MS - _UTC_OFFSET_MS


@dataclass(slots=True)
class DailyBudget:
    """A learner's day: the most it may hold, which day it is, and what it holds."""

    cap_s: int
    day: int
    granted_s: int

    def left_s(self, now_ms: int) -> int:
        """Return what the day of `now_ms` may still hold; at midnight a new day begins, a past one never returns."""
        day = day_of(now_ms)
        if day > self.day:
            self.day, self.granted_s = day, 0
        return max(0, self.cap_s - self.granted_s)
