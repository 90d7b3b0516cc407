"""The open segment: a stretch of viewing that becomes one ledger line when it closes.

Knows how beats merge into a segment; nothing of budgets. Source: TRACKING §2, `extend or close`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.runs import Run, mask_of_run
from tracking.rules.viewing import LiveViewing, append_line

# Source: TRACKING §2 Constants: audit granularity.
LONGEST_SEGMENT_MS: Final = 300_000


@dataclass(slots=True)
class Stretch:
    """The server time one message accounts for: [start_ms, end_ms), and what it accrued."""

    start_ms: int
    end_ms: int
    accrued_ms: int
    deferred_s: int = 0
    flags: int = 0


def note_time(live: LiveViewing, stretch: Stretch) -> None:
    """Account for time in which no media second was played or granted."""
    if live.segment_beat_count:
        live.segment_end_ms = stretch.end_ms
        live.segment_accrued_ms += stretch.accrued_ms
        live.segment_deferred_s += stretch.deferred_s
        live.segment_beat_count += 1
    elif stretch.accrued_ms or stretch.deferred_s:
        _begin(live, stretch, (0, 0), 0)


def note_runs(live: LiveViewing, lines: list[LedgerLine], stretch: Stretch, runs: Sequence[Run], added: int) -> None:
    """Account for the seconds a beat played; `added` are those of them that are new.

    One run that goes on where the open segment ends extends it; anything else closes it and
    begins another, so that a line of the ledger is always one run of media.
    """
    if len(runs) == 1 and _continues(live, stretch, runs[0]):
        live.segment_to_s = runs[0][1]
        live.segment_end_ms = stretch.end_ms
        live.segment_accrued_ms += stretch.accrued_ms
        live.segment_new_s += added.bit_count()
        live.segment_deferred_s += stretch.deferred_s
        live.segment_beat_count += 1
        return
    for run in runs:
        close_segment(live, lines)
        _begin(live, stretch, run, (added & mask_of_run(*run)).bit_count())
        # The time and the deferral of a beat stand on its first line only.
        stretch = Stretch(stretch.start_ms, stretch.end_ms, 0, 0, stretch.flags)


def close_segment(live: LiveViewing, lines: list[LedgerLine]) -> None:
    """Write the open segment to the ledger; without one, do nothing."""
    if not live.segment_beat_count:
        return
    line = LedgerLine(
        live.session_key,
        live.line_count,
        LineKind.SEGMENT,
        live.segment_start_ms,
        live.segment_end_ms,
        live.segment_accrued_ms,
        live.segment_from_s,
        live.segment_to_s,
        live.segment_new_s,
        live.segment_deferred_s,
        live.segment_flags,
        live.segment_beat_count,
    )
    append_line(live, lines, line)
    forget_segment(live)


def forget_segment(live: LiveViewing) -> None:
    """Leave no segment open."""
    live.segment_from_s = live.segment_to_s = live.segment_new_s = live.segment_deferred_s = 0
    live.segment_start_ms = live.segment_end_ms = live.segment_accrued_ms = 0
    live.segment_flags = live.segment_beat_count = 0


def _continues(live: LiveViewing, stretch: Stretch, run: Run) -> bool:
    """Say whether a run goes on from the open segment, within its longest time."""
    return (
        live.segment_beat_count > 0
        and live.segment_flags == stretch.flags
        and live.segment_from_s <= run[0] <= live.segment_to_s < run[1]
        and live.segment_to_s > live.segment_from_s
        and stretch.end_ms - live.segment_start_ms <= LONGEST_SEGMENT_MS
    )


def _begin(live: LiveViewing, stretch: Stretch, run: Run, new_s: int) -> None:
    """Open a segment with one beat in it."""
    live.segment_from_s, live.segment_to_s = run
    live.segment_start_ms = stretch.start_ms
    live.segment_end_ms = stretch.end_ms
    live.segment_accrued_ms = stretch.accrued_ms
    live.segment_new_s = new_s
    live.segment_deferred_s = stretch.deferred_s
    live.segment_flags = stretch.flags
    live.segment_beat_count = 1
