"""How everything is recomputed: texts, hashes, the tree, sets of seconds. Written here a second time on purpose."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from tracking.models import ViewingEntry, ViewingSession

WATCHED_KINDS = ("seg", "late")
#: Beijing is eight hours ahead of UTC, all year.
AHEAD = timedelta(hours=8)


def sha256_of(facts: object) -> str:
    """Return the SHA-256 of JSON with sorted keys, no spaces, UTF-8, in hexadecimal."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of_text(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def header_text(session: ViewingSession) -> str:
    """Return the header, hashed before the first line."""
    return (
        f"trk1|{session.key}|header|{session.learner_commitment}|{session.media_digest}|{session.duration_s}"
        f"|{session.policy_digest}|{session.software_version}"
    )


def line_text(session: ViewingSession, row: ViewingEntry) -> str:
    """Return one line as it was hashed."""
    return (
        f"trk1|{session.key}|{row.line_index}|{row.kind}|{row.start_ms}|{row.end_ms}|{row.accrued_ms}"
        f"|{row.from_s}|{row.to_s}|{row.new_s}|{row.deferred_s}|{row.flags}|{row.beat_count}"
    )


def head_after(session: ViewingSession, rows: Iterable[ViewingEntry]) -> str:
    """Hash the header, then the rows one after the other, each after the head before it; hexadecimal."""
    head = hashlib.sha256(header_text(session).encode()).digest()
    for row in rows:
        head = hashlib.sha256(head + line_text(session, row).encode()).digest()
    return head.hex()


def seal_leaf(number: int, session_key: str, digest: str) -> bytes:
    """Return a seal's leaf: zero byte, number in eight bytes, UUID in sixteen, digest in thirty-two."""
    return hashlib.sha256(b"\0" + number.to_bytes(8, "big") + UUID(session_key).bytes + bytes.fromhex(digest)).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree's root, straight from its definition: split at the largest power of two below the size."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(leaves[:cut]) + tree_root(leaves[cut:])).digest()


def tree_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the siblings from a leaf to the root, nearest first, from the same definition."""
    if len(leaves) <= 1:
        return []
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    if index < cut:
        return [*tree_path(leaves[:cut], index), tree_root(leaves[cut:])]
    return [*tree_path(leaves[cut:], index - cut), tree_root(leaves[:cut])]


def day_of(at_ms: int) -> date:
    """Return the Beijing day of an instant."""
    return (datetime.fromtimestamp(at_ms // 1_000, tz=UTC) + AHEAD).date()


def day_start_ms(day: date) -> int:
    """Return the first instant of a Beijing day."""
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) - AHEAD).timestamp()) * 1_000


def seconds(runs: Iterable[tuple[int, int]]) -> set[int]:
    """Return every whole second of half-open runs, one by one: slow, and beyond doubt."""
    return {second for from_s, to_s in runs for second in range(from_s, to_s)}


def as_stored(held: set[int]) -> bytes:
    """Return the one encoding of a set: nothing; runs or a bitmap, whichever is shorter."""
    if not held:
        return b""
    runs, reach = bytearray(b"\0"), 0
    for second in sorted(held):
        if second - 1 not in held:
            runs += _leb128(second - reach)
            reach = second
        if second + 1 not in held:
            runs += _leb128(second + 1 - reach)
            reach = second + 1
    bitmap = bytearray(1 + max(held) // 8)
    for second in held:
        bitmap[second // 8] |= 1 << second % 8
    return bytes(runs) if len(runs) <= 1 + len(bitmap) else b"\1" + bytes(bitmap)


def _leb128(value: int) -> bytes:
    low = value & 127
    return bytes([low]) if value < 128 else bytes([low | 128]) + _leb128(value >> 7)  # noqa: PLR2004 -- seven bits


def stored_seconds(data: bytes) -> set[int]:
    """Read a coverage column: nothing; 0 and LEB128 pairs of gap and length; or 1 and a bitmap."""
    if not data:
        return set()
    if data[0] == 1:
        return {at * 8 + bit for at, byte in enumerate(data[1:]) for bit in range(8) if byte >> bit & 1}
    values: list[int] = []
    value = shift = 0
    for byte in data[1:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:  # noqa: PLR2004 -- LEB128's mark of a last byte
            values.append(value)
            value = shift = 0
    found: set[int] = set()
    reach = 0
    for gap, length in zip(values[::2], values[1::2], strict=False):
        found |= set(range(reach + gap, reach + gap + length))
        reach += gap + length
    return found
