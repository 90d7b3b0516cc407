"""The ledger of one session: canonical lines and the hash chain over them.

A line is hashed exactly as `sha256sum` would hash its text after the 32 bytes before it.
Knows text and digests; nothing of how seconds are earned. Source: TRACKING §4.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from learning.rules.daily_root import numbered_leaf

RULE_VERSION: Final = "trk1"


class LineKind(StrEnum):
    """What a ledger line records."""

    OPEN = "open"
    SEGMENT = "seg"
    CHECK = "chk"
    ANSWER = "ans"
    MISS = "miss"
    VOID = "void"
    LATE = "late"
    END_BYE = "end:bye"
    END_PREEMPT = "end:preempt"
    END_TIMEOUT = "end:timeout"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One append-only entry of a session.

    Media positions are whole seconds, half-open. On an OPEN line `from_s` is the media key,
    `to_s` its length and `flags` the rate in percent; on an ANSWER line `flags` is 1 for a pass.
    """

    session_key: str
    index: int
    kind: LineKind
    start_ms: int
    end_ms: int
    accrued_ms: int
    from_s: int = 0
    to_s: int = 0
    new_s: int = 0
    deferred_s: int = 0
    flags: int = 0
    beat_count: int = 0

    def text(self) -> str:
        """Return the canonical line `trk1|sid|idx|kind|t0|t1|acc|m0|m1|new|dfr|flags|nhb`."""
        return (
            f"{RULE_VERSION}|{self.session_key}|{self.index}|{self.kind.value}"
            f"|{self.start_ms}|{self.end_ms}|{self.accrued_ms}|{self.from_s}|{self.to_s}"
            f"|{self.new_s}|{self.deferred_s}|{self.flags}|{self.beat_count}"
        )


@dataclass(frozen=True, slots=True)
class SessionHeader:
    """What a session was measured against, fixed before its first line.

    The learner stands in it only as a commitment: erase the salt and the chain still verifies.
    """

    session_key: str
    learner_commitment: str
    media_digest: str
    duration_s: int
    policy_digest: str
    software_version: str

    def text(self) -> str:
        """Return the canonical header."""
        return (
            f"{RULE_VERSION}|{self.session_key}|header|{self.learner_commitment}"
            f"|{self.media_digest}|{self.duration_s}|{self.policy_digest}|{self.software_version}"
        )


def learner_commitment(salt: bytes, learner_key: str) -> str:
    """Return SHA256(salt || learner) in hex: binds the learner without naming them."""
    return hashlib.sha256(salt + learner_key.encode()).hexdigest()


def header_head(header: SessionHeader) -> bytes:
    """Return the head before any line."""
    return hashlib.sha256(header.text().encode()).digest()


def next_head(head: bytes, line: LedgerLine) -> bytes:
    """Return the head after one more line."""
    return hashlib.sha256(head + line.text().encode()).digest()


def final_head(head: bytes, lines: Iterable[LedgerLine]) -> bytes:
    """Return the head after all the lines; of a sealed session, the seal digest."""
    for line in lines:
        head = next_head(head, line)
    return head


def first_broken_index(
    head: bytes,
    lines: Sequence[LedgerLine],
    *,
    last_head: bytes,
    known_heads: dict[int, bytes] | None = None,
) -> int | None:
    """Return the index of the first line that does not fit the chain, or None if all fit.

    `known_heads` are heads witnessed elsewhere (receipts, seals), each under the index of the
    line it follows: they narrow the place. With the last head alone a changed value is placed at
    the last line, since only there is anything to compare; a missing end at len(lines).
    """
    witnesses = known_heads or {}
    session_key = lines[0].session_key if lines else ""
    for index, line in enumerate(lines):
        head = next_head(head, line)
        if line.index != index or line.session_key != session_key or not _is_well_formed(line):
            return index
        if witnesses.get(index, head) != head:
            return index
    if any(index >= len(lines) for index in witnesses):
        return len(lines)
    if head != last_head:
        return max(0, len(lines) - 1)
    return None


def _is_well_formed(line: LedgerLine) -> bool:
    """Say whether a line could have been written at all, whatever its digest."""
    counts = (line.accrued_ms, line.from_s, line.to_s, line.new_s, line.deferred_s, line.flags)
    is_first = line.index == 0
    return (
        is_first == (line.kind is LineKind.OPEN)
        and line.start_ms <= line.end_ms
        and min(counts) >= 0
        and line.beat_count >= 0
    )


def seal_leaf(number: int, session_key: UUID, digest: str) -> bytes:
    """Return a seal's leaf in its day's tree: number, sixteen bytes of the session's UUID, thirty-two of the digest."""
    return numbered_leaf(number, session_key.bytes + bytes.fromhex(digest))
