"""What a daily root says, and where a day begins and ends.

Days are Beijing days, the days of the learners and the regulator: UTC+8 without summer time,
whatever the server's settings say. Knows text and digests; nothing of keys or rows.
Source: TRACKING §4, daily root; docs/decisions/0008.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from tracking.rules.chain import RULE_VERSION

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
#: What stands for the root before the first one.
NO_ROOT: Final = "0" * 64
_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class RootFacts:
    """One day's statement: which seals, their tree, their sessions' records, the root before."""

    day: date
    first_number: int
    last_number: int
    tree_root: str
    records_digest: str
    previous_digest: str
    signed_ms: int

    def text(self) -> str:
        """Return the canonical line that is hashed, signed and anchored."""
        return (
            f"{RULE_VERSION}|root|{self.day.isoformat()}|{self.first_number}|{self.last_number}|{self.tree_root}"
            f"|{self.records_digest}|{self.previous_digest}|{self.signed_ms}"
        )

    def digest(self) -> str:
        """Return the SHA-256 of the line, in hexadecimal: the daily root as the world knows it."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def anchor_line(facts: RootFacts, *, signature: str, public_key: str) -> str:
    """Return the one line that is left with others: the statement, its digest, signature and key."""
    return f"{facts.text()}|{facts.digest()}|{signature}|{public_key}"


def day_of(at_ms: int) -> date:
    """Return the Beijing day of an instant."""
    return datetime.fromtimestamp(at_ms / _MS, tz=BEIJING).date()


def day_start_ms(day: date) -> int:
    """Return the first instant of a Beijing day; that of the next day is its end."""
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return int(start.astimezone(UTC).timestamp()) * _MS
