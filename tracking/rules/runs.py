"""Sets of whole media seconds: as bit masks in memory, as short bytes at rest.

Bit i of a mask says that second i, the interval [i, i + 1), was played. A run is half-open.
Knows sets and their bytes; nothing of budgets, sessions or people.
"""

from collections.abc import Iterable
from typing import Final

from tracking.rules.refusals import BadRange, BadRuns

Run = tuple[int, int]

# Source: TRACKING §1 C13, §2 (`hb`): at most sixteen runs a message, the rest next time.
MAX_RUNS: Final = 16

# No lecture is longer than a day; bounds what bytes from a damaged row can make us allocate.
LONGEST_MEDIA_S: Final = 86_400

_RUNS_TAG: Final = 0
_BITMAP_TAG: Final = 1
_VARINT_MAX_BYTES: Final = 3


class MalformedRuns(ValueError):
    """Stored bytes are not what `encode_runs` would have written."""


def mask_of_run(from_s: int, to_s: int) -> int:
    """Return the set of seconds [from_s, to_s); the caller vouches for from_s <= to_s."""
    return ((1 << (to_s - from_s)) - 1) << from_s


def mask_of_runs(runs: Iterable[Run]) -> int:
    """Return the union of trusted runs."""
    mask = 0
    for from_s, to_s in runs:
        mask |= mask_of_run(from_s, to_s)
    return mask


def claimed_mask(claims: object, duration_s: int) -> int:
    """Return the seconds a client claims, after checking every run.

    Runs may overlap and come in any order: only their union counts.

    Raises: BadRuns for a wrong shape; BadRange for a run not inside [0, duration_s).
    Source: TRACKING §1 C11, C13.
    """
    if not isinstance(claims, (list, tuple)) or len(claims) > MAX_RUNS:
        raise BadRuns
    mask = 0
    for run in claims:
        if not isinstance(run, (list, tuple)) or len(run) != 2:  # noqa: PLR2004 - a pair
            raise BadRuns
        from_s, to_s = run
        # NB: `type`, not isinstance, because True is an int.
        if type(from_s) is not int or type(to_s) is not int:
            raise BadRuns
        if not 0 <= from_s < to_s <= duration_s:
            raise BadRange
        mask |= ((1 << (to_s - from_s)) - 1) << from_s
    return mask


def runs_of_mask(mask: int) -> list[Run]:
    """Return the maximal runs of a mask, lowest first."""
    runs: list[Run] = []
    base_s = 0
    while mask:
        gap_s = (mask & -mask).bit_length() - 1
        mask >>= gap_s
        length_s = (~mask & (mask + 1)).bit_length() - 1
        mask >>= length_s
        from_s = base_s + gap_s
        base_s = from_s + length_s
        runs.append((from_s, base_s))
    return runs


def lowest_seconds(mask: int, count: int) -> int:
    """Return the lowest `count` seconds of a mask, or all if it has fewer; none for count <= 0."""
    if count <= 0:
        return 0
    if mask.bit_count() <= count:
        return mask
    lowest = 0
    for from_s, to_s in runs_of_mask(mask):
        length_s = min(count, to_s - from_s)
        lowest |= mask_of_run(from_s, from_s + length_s)
        count -= length_s
        if count == 0:
            break
    return lowest


def count_seconds(mask: int) -> int:
    """Return how many seconds a mask holds."""
    return mask.bit_count()


def encode_runs(mask: int) -> bytes:
    """Return a mask as it is stored: varint runs or raw bitmap, whichever is shorter.

    The empty set is no bytes at all. One set has one encoding, so digests of coverage compare.

    Raises: ValueError for a mask longer than LONGEST_MEDIA_S.
    Source: TRACKING §2 Storage.
    """
    if not 0 <= mask < 1 << LONGEST_MEDIA_S:
        message = "A mask holds between 0 and LONGEST_MEDIA_S seconds."
        raise ValueError(message)
    if not mask:
        return b""
    as_runs = bytearray([_RUNS_TAG])
    reach_s = 0
    for from_s, to_s in runs_of_mask(mask):
        as_runs += _varint(from_s - reach_s)
        as_runs += _varint(to_s - from_s)
        reach_s = to_s
    bitmap_bytes = (mask.bit_length() + 7) // 8
    if len(as_runs) <= 1 + bitmap_bytes:
        return bytes(as_runs)
    return bytes([_BITMAP_TAG]) + mask.to_bytes(bitmap_bytes, "little")


def decode_runs(data: bytes) -> int:
    """Return the mask that `encode_runs` stored.

    Raises: MalformedRuns for any bytes that `encode_runs` cannot have written.
    """
    if not data:
        return 0
    if data[0] == _RUNS_TAG:
        mask = _mask_of_varints(data[1:])
    elif data[0] == _BITMAP_TAG and len(data) <= 1 + LONGEST_MEDIA_S // 8:
        mask = int.from_bytes(data[1:], "little")
    else:
        raise MalformedRuns
    # Encoding again refuses every second spelling: padded varints, empty runs, the longer form.
    if encode_runs(mask) != data:
        raise MalformedRuns
    return mask


def _varint(value: int) -> bytes:
    """Return a non-negative integer in little-endian groups of seven bits (LEB128)."""
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _mask_of_varints(data: bytes) -> int:
    """Return the mask of alternating gaps and lengths.

    Raises: MalformedRuns when bytes end early or reach beyond LONGEST_MEDIA_S.
    """
    lengths_s = _varints(data)
    if len(lengths_s) % 2:
        raise MalformedRuns
    mask = reach_s = 0
    for gap_s, length_s in zip(lengths_s[::2], lengths_s[1::2], strict=True):
        from_s = reach_s + gap_s
        reach_s = from_s + length_s
        if reach_s > LONGEST_MEDIA_S:
            raise MalformedRuns
        mask |= mask_of_run(from_s, reach_s)
    return mask


def _varints(data: bytes) -> list[int]:
    """Return every varint in the bytes. Raises: MalformedRuns when one is too long or cut off."""
    values: list[int] = []
    value = size = 0
    for byte in data:
        value |= (byte & 0x7F) << 7 * size
        size += 1
        if byte & 0x80:
            if size == _VARINT_MAX_BYTES:
                raise MalformedRuns
            continue
        values.append(value)
        value = size = 0
    if size:
        raise MalformedRuns
    return values
