"""The story of a lesson, told from its ledger: when it was open, what counted, what did not and why.

Every session is cut into stretches of server time: seconds credited, seconds watched again, and
time in which nothing was played (paused, waiting, or the connection lost: the ledger does not tell
these apart). In whole seconds, open − still − again = credited, always. Knows lines and
arithmetic; nothing of rows or words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.runs import mask_of_run, runs_of_mask


class StretchKind(StrEnum):
    """What a stretch of server time was."""

    CREDITED = "credited"
    AGAIN = "again"
    STILL = "still"


@dataclass(slots=True)
class TimelineStretch:
    """Server time [start_ms, end_ms), and the media seconds played in it (equal when none were)."""

    kind: StretchKind
    start_ms: int
    end_ms: int
    from_s: int = 0
    to_s: int = 0


@dataclass(slots=True)
class SessionStory:
    """One session. `late_s` of the credited seconds were claimed after it had ended."""

    opened_ms: int
    ended_ms: int
    credited_s: int = 0
    again_s: int = 0
    late_s: int = 0
    has_deferred: bool = False
    stretches: list[TimelineStretch] = field(default_factory=list)

    @property
    def open_s(self) -> int:
        """Whole seconds from opening to end."""
        return (self.ended_ms - self.opened_ms) // 1_000

    @property
    def still_s(self) -> int:
        """Whole seconds in which nothing was played."""
        return max(0, self.open_s - self.credited_s - self.shown_again_s)

    @property
    def shown_again_s(self) -> int:
        """Time spent on what was credited before; less than the seconds where it was watched faster."""
        return min(self.again_s, max(0, self.open_s - self.credited_s))


def story_of(lines: Sequence[LedgerLine], *, opened_ms: int, ended_ms: int, seen: int) -> tuple[SessionStory, int]:
    """Tell one session from its lines; `seen` is the mask held before it. Return the story and the mask after."""
    story = SessionStory(opened_ms, ended_ms)
    reached_ms = opened_ms
    for line in lines:
        if line.kind is LineKind.LATE:
            story.credited_s += line.new_s
            story.late_s += line.new_s
            seen |= mask_of_run(line.from_s, line.to_s)
        elif line.kind is LineKind.SEGMENT:
            _add(story, TimelineStretch(StretchKind.STILL, reached_ms, line.start_ms))
            _tell_segment(story, line, seen)
            seen |= mask_of_run(line.from_s, line.to_s)
            reached_ms = max(reached_ms, line.end_ms)
    _add(story, TimelineStretch(StretchKind.STILL, reached_ms, ended_ms))
    return story, seen


def _tell_segment(story: SessionStory, line: LedgerLine, seen: int) -> None:
    """Lay a segment out in time: it was played at its end, and whatever time is left lies before.

    A new second took a second; seconds watched again take what is left of the time, since they
    may have been played faster.
    """
    story.credited_s += line.new_s
    again_s = line.to_s - line.from_s - line.new_s
    story.again_s += again_s
    story.has_deferred = story.has_deferred or line.deferred_s > 0
    run = mask_of_run(line.from_s, line.to_s) if line.to_s > line.from_s else 0
    new_ms = (run & ~seen).bit_count() * 1_000
    again_ms = max(0, min((run & seen).bit_count() * 1_000, line.end_ms - line.start_ms - new_ms))
    at_ms = max(line.start_ms, line.end_ms - new_ms - again_ms)
    _add(story, TimelineStretch(StretchKind.STILL, line.start_ms, at_ms))
    parts = [(part, StretchKind.CREDITED) for part in runs_of_mask(run & ~seen)]
    parts += [(part, StretchKind.AGAIN) for part in runs_of_mask(run & seen)]
    watched_s = 0
    for (from_s, to_s), kind in sorted(parts):
        length_ms = (to_s - from_s) * 1_000
        if kind is StretchKind.AGAIN:
            whole_s = (run & seen).bit_count()
            length_ms = again_ms * (watched_s + to_s - from_s) // whole_s - again_ms * watched_s // whole_s
            watched_s += to_s - from_s
        end_ms = min(line.end_ms, at_ms + length_ms)
        _add(story, TimelineStretch(kind, at_ms, end_ms, from_s, to_s))
        at_ms = end_ms


def _add(story: SessionStory, stretch: TimelineStretch) -> None:
    """Append a stretch, joining it to the last one where it simply goes on."""
    if stretch.end_ms <= stretch.start_ms:
        return
    last = story.stretches[-1] if story.stretches else None
    if last and (last.kind, last.end_ms, last.to_s) == (stretch.kind, stretch.start_ms, stretch.from_s):
        last.end_ms, last.to_s = stretch.end_ms, stretch.to_s
        return
    story.stretches.append(stretch)
