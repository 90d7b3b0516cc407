"""What a year asks, waives and lets over: the figures of a rule, and arithmetic of our own on them.

Knows numbers and days. Shares no line with the product. Source: R1, R14, R15, DOMAIN §4.8; docs/decisions/0018.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

YEAR_MONTHS: Final = 12
STEP_CENTIHOURS: Final = 10
ONE_DAY: Final = dt.timedelta(days=1)
#: Hours by subject: public, professional.
Hours = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    """What a year asks, in hundredths of an hour; `share`: the part that must be professional.

    `cutoff` and `makeup` are months and days, `makeup_in` how many years after its own the window ends.
    """

    total: int
    public: int
    share: tuple[int, int] = (0, 1)
    cutoff: tuple[int, int] = (12, 31)
    makeup: tuple[int, int] | None = None
    makeup_in: int = 1
    grace_days: int | None = None
    carry: Hours = (0, 0)
    leave_from: int | None = None
    leave_whole: int | None = None
    prorates: bool = False

    def is_met(self, public: int, professional: int) -> bool:
        """R14, R15, and the share of Order 25, compared crosswise."""
        enough = public >= self.public and public + professional >= self.total
        return enough and professional * self.share[1] >= self.total * self.share[0]

    # Days

    def cutoff_on(self, year: int) -> dt.date:
        return dt.date(year, *self.cutoff)

    def makeup_until_on(self, year: int) -> dt.date | None:
        return dt.date(year + self.makeup_in, *self.makeup) if self.makeup else None

    def studies_until(self, year: int) -> dt.date:
        """Return the last day on which an hour still counts in the year."""
        return self.makeup_until_on(year) or self.cutoff_on(year)

    def decides_until(self, year: int) -> dt.date:
        """Return the last day on which what is pending is decided."""
        if self.grace_days is None:
            return dt.date.max
        return self.studies_until(year) + self.grace_days * ONE_DAY

    def turns(self, year: int) -> set[dt.date]:
        """Return the first days on which something is different."""
        lasts = {self.cutoff_on(year), self.studies_until(year), self.decides_until(year)} - {dt.date.max}
        return {last + ONE_DAY for last in lasts}

    # Leave

    def twelfths(self, ground: str, first: dt.date, last: dt.date) -> int:
        """Return how much of the year an absence within it waives; 0: it is too short, None is not waived."""
        months = full_months(first, last)
        if ground == "part_year":
            return months
        if months < (self.leave_from or 1):
            return 0
        return YEAR_MONTHS if self.leave_whole is not None and months >= self.leave_whole else months

    def waives(self, ground: str) -> bool:
        return self.prorates if ground == "part_year" else self.leave_from is not None

    def worth(self, twelfths: int) -> Hours:
        """Return the hours of so many twelfths, each test lowered alike, rounded down to the step."""
        least = -(-self.total * self.share[0] // self.share[1])
        public = self.public if self.public or not least else self.total - least
        return _part(public, twelfths), _part(self.total - public, twelfths)

    # Surplus

    def surplus(self, public: int, professional: int) -> Hours:
        """Return the most that may leave the year with its tests still met: of professional hours first."""
        if not self.is_met(public, professional):
            return 0, 0
        leaving = _most(self.carry[1], lambda hours: self.is_met(public, professional - hours))
        return _most(self.carry[0], lambda hours: self.is_met(public - hours, professional - leaving)), leaving


def full_months(first: dt.date, last: dt.date) -> int:
    """Count the months that are over by the end of the last day."""
    count = 0
    while _later(first, count + 1) <= last + ONE_DAY:
        count += 1
    return count


def _later(day: dt.date, months: int) -> dt.date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return dt.date(year, month, min(day.day, monthrange(year, month)[1]))


def _part(centihours: int, twelfths: int) -> int:
    if twelfths == YEAR_MONTHS:
        return centihours
    return int(centihours * twelfths / YEAR_MONTHS / STEP_CENTIHOURS + 1e-9) * STEP_CENTIHOURS


def _most(cap: int, is_met_without: Callable[[int], bool]) -> int:
    return max(hours for hours in range(cap + 1) if is_met_without(hours))
