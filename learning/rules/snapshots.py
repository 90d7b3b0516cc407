"""Snapshots: what an office had before its eyes when it decided.

An entry never changes, its standing does. So what was seen is the entry together
with how many decisions had been taken on it; one decision more, and it is no
longer what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from learning.rules.digests import digest_of_all

#: The most entries one act may decide. Source: RELIABILITY §3 S5 (more needs a second approver).
MOST_IN_ONE_ACT = 50


class MalformedPickError(ValueError):
    """A posted row is not "entry:decisions"."""


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """An entry as it was seen: its number, and how many decisions it had."""

    entry_id: int
    decision_count: int

    @classmethod
    def parse(cls, text: str) -> Seen:
        """Read "12:0". Raises: MalformedPickError."""
        entry_id, _colon, decision_count = text.partition(":")
        if not (entry_id.isascii() and entry_id.isdigit() and decision_count.isascii() and decision_count.isdigit()):
            raise MalformedPickError(text[:40])
        if len(entry_id) > 18 or len(decision_count) > 5:  # noqa: PLR2004 -- what the columns can hold
            raise MalformedPickError(text[:40])
        return cls(int(entry_id), int(decision_count))

    def __str__(self) -> str:
        """Write it as a form posts it."""
        return f"{self.entry_id}:{self.decision_count}"


def snapshot_digest(rows: Iterable[tuple[str, Seen]]) -> str:
    """Return the SHA-256 over (entry digest, what was seen), in the order of the entries."""
    return digest_of_all(f"{digest} {seen}" for digest, seen in sorted(rows, key=lambda row: row[1]))
