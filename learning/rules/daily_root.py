"""What the daily root of a ledger says, where its day begins and ends, and the line that is left with others for it.

One form for every ledger; the mark in front tells which one speaks. Days are Beijing days, the days of
the learners and the regulator: UTC+8 without summer time, whatever the server's settings say. Knows text
and digests; nothing of keys or rows. Source: TRACKING §4, daily root; docs/decisions/0008, 0012.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from learning.rules.merkle import leaf_hash

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
#: What stands for the root before the first one.
NO_ROOT: Final = "0" * 64
_MS: Final = 1_000
_NUMBER_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class RootFacts:
    """One day's statement: which rows, their tree, the root before. `beside`: what else this ledger's rows come to."""

    mark: str
    day: date
    first_number: int
    last_number: int
    tree_root: str
    previous_digest: str
    signed_ms: int
    beside: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the canonical line that is hashed, signed and anchored."""
        rows = (self.day.isoformat(), str(self.first_number), str(self.last_number), self.tree_root, *self.beside)
        return "|".join((self.mark, "root", *rows, self.previous_digest, str(self.signed_ms)))

    def digest(self) -> str:
        """Return the SHA-256 of the line, in hexadecimal: the daily root as the world knows it."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def numbered_leaf(number: int, data: bytes) -> bytes:
    """Return the leaf of a numbered row: SHA256(0x00 || number, eight bytes, most significant first || data)."""
    return leaf_hash(number.to_bytes(_NUMBER_BYTES, "big") + data)


def anchor_line(statement: str, *, digest: str, signature: str, public_key: str) -> str:
    """Return the one line that is left with others: the statement, its digest, signature and key."""
    return f"{statement}|{digest}|{signature}|{public_key}"


def day_of(at_ms: int) -> date:
    """Return the Beijing day of an instant."""
    return datetime.fromtimestamp(at_ms / _MS, tz=BEIJING).date()


def day_start_ms(day: date) -> int:
    """Return the first instant of a Beijing day; that of the next day is its end."""
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return int(start.astimezone(UTC).timestamp()) * _MS
