"""Months of the ledger: Beijing's, as the years of the regulations are.

A month is half-open in milliseconds, as every stretch of viewing is. Knows calendars; nothing of
tables or files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

# Beijing knows no summer time since 1991, so a fixed offset says all.
_BEIJING: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in Beijing."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2025-10`. Raises: ValueError, for anything else."""
        found = _WRITTEN.fullmatch(text)
        if found is None or int(found[1]) == 0:
            raise ValueError(text)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, at_ms: int) -> Month:
        """Return the month an instant lies in. Raises: OverflowError, outside of the calendar."""
        at = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(_BEIJING)
        return cls(at.year, at.month)

    def __str__(self) -> str:
        """Write it as it is parsed."""
        return f"{self.year:04}-{self.number:02}"

    def plus(self, months: int) -> Month:
        """Return the month so many months later, or earlier for a negative number."""
        year, index = divmod(self.year * _MONTHS_A_YEAR + self.number - 1 + months, _MONTHS_A_YEAR)
        return Month(year, index + 1)

    @property
    def from_ms(self) -> int:
        """The month's first millisecond."""
        return (datetime(self.year, self.number, 1, tzinfo=_BEIJING) - _EPOCH) // timedelta(milliseconds=1)

    @property
    def until_ms(self) -> int:
        """The next month's first millisecond."""
        return self.plus(1).from_ms
