"""The sums of a lesson's viewing, told from its ledger: when it was open, what counted, what did not.

Every session is cut into stretches of server time: seconds credited, seconds watched again, seconds
voided by a missed check or still waiting for one (REWIND only), and time in which nothing was played
(paused, waiting, or the connection lost: the ledger does not tell these apart). In whole seconds,
open − still − again − voided − waiting = credited, always. Knows lines and arithmetic; nothing of
rows or words; what happened when is told by `happenings`.
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
    VOIDED = "voided"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class SessionLines:
    """One session as its ledger has it; `is_provisional`: its seconds wait for the next passed check."""

    opened_ms: int
    ended_ms: int
    lines: Sequence[LedgerLine]
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """A check passed or missed in another lesson: it settles what waits on all of a learner's lessons."""

    at_ms: int
    is_passed: bool


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
    """One session. `late_s` of the credited seconds were claimed after it had ended.

    `played_from_ms` says of each segment (by its line's index) when playing began; `voided_by` of each
    void line how many seconds it took, those of sessions before this one included; `voided_elsewhere`
    is what checks missed in other lessons took from this session: (instant, seconds).
    """

    opened_ms: int
    ended_ms: int
    is_provisional: bool = False
    credited_s: int = 0
    again_s: int = 0
    voided_s: int = 0
    waiting_s: int = 0
    late_s: int = 0
    stretches: list[TimelineStretch] = field(default_factory=list)
    played_from_ms: dict[int, int] = field(default_factory=dict)
    voided_by: dict[int, int] = field(default_factory=dict)
    voided_elsewhere: list[tuple[int, int]] = field(default_factory=list)

    @property
    def open_s(self) -> int:
        """Whole seconds from opening to end."""
        return (self.ended_ms - self.opened_ms) // 1_000

    @property
    def earned_s(self) -> int:
        """Seconds that were new when they were played, whatever became of them."""
        return self.credited_s + self.voided_s + self.waiting_s

    @property
    def still_s(self) -> int:
        """Whole seconds in which nothing was played."""
        return max(0, self.open_s - self.earned_s - self.shown_again_s)

    @property
    def shown_again_s(self) -> int:
        """Time spent on what was credited before; less than the seconds where it was watched faster."""
        return min(self.again_s, max(0, self.open_s - self.earned_s))


@dataclass(slots=True)
class LessonStory:
    """All sessions of one lesson, oldest first, and the seconds held after them, as masks."""

    sessions: list[SessionStory] = field(default_factory=list)
    confirmed: int = 0
    provisional: int = 0

    @property
    def held(self) -> int:
        """All seconds that earn nothing a second time."""
        return self.confirmed | self.provisional


def story_of(sessions: Sequence[SessionLines], elsewhere: Sequence[Settlement] = ()) -> LessonStory:
    """Tell a lesson from its sessions, oldest first, and the checks settled meanwhile in other lessons."""
    told = LessonStory()
    waiting = sorted(elsewhere, key=lambda settlement: settlement.at_ms)
    for session in sessions:
        # A learner has one timeline: while this session ran, nothing was settled elsewhere.
        while waiting and waiting[0].at_ms <= session.opened_ms:
            _settle_elsewhere(told, waiting.pop(0))
        _tell_session(told, session)
    for settlement in waiting:
        _settle_elsewhere(told, settlement)
    return told


def _tell_session(told: LessonStory, session: SessionLines) -> None:
    story = SessionStory(session.opened_ms, session.ended_ms, session.is_provisional)
    told.sessions.append(story)
    reached_ms = session.opened_ms
    for line in session.lines:
        if line.kind is LineKind.LATE:
            story.credited_s += line.new_s
            story.late_s += line.new_s
            told.confirmed |= mask_of_run(line.from_s, line.to_s)
        elif line.kind is LineKind.SEGMENT:
            _add(story, TimelineStretch(StretchKind.STILL, reached_ms, line.start_ms))
            # NB: the line that an end writes may reach back to the opening; no time is told twice.
            _tell_segment(story, line, told.held, start_ms=max(reached_ms, line.start_ms))
            _hold(told, story, line)
            reached_ms = max(reached_ms, line.end_ms)
        elif line.kind is LineKind.ANSWER and line.flags == 1:
            _settle(told, StretchKind.CREDITED)
        elif line.kind is LineKind.VOID:
            story.voided_by[line.index] = sum(_settle(told, StretchKind.VOIDED).values())
    _add(story, TimelineStretch(StretchKind.STILL, reached_ms, session.ended_ms))


def _hold(told: LessonStory, story: SessionStory, line: LedgerLine) -> None:
    """Count what a segment earned, and hold its seconds."""
    run = mask_of_run(line.from_s, line.to_s)
    if story.is_provisional:
        story.waiting_s += line.new_s
        told.provisional |= run & ~told.confirmed
    else:
        story.credited_s += line.new_s
        told.confirmed |= run


def _settle(told: LessonStory, fate: StretchKind) -> dict[int, int]:
    """Confirm or void all that waits; return how many seconds of which session (by its place) it was."""
    if fate is StretchKind.CREDITED:
        told.confirmed |= told.provisional
    told.provisional = 0
    settled: dict[int, int] = {}
    for place, story in enumerate(told.sessions):
        if not story.waiting_s:
            continue
        settled[place] = story.waiting_s
        if fate is StretchKind.CREDITED:
            story.credited_s += story.waiting_s
        else:
            story.voided_s += story.waiting_s
        story.waiting_s = 0
        for stretch in story.stretches:
            if stretch.kind is StretchKind.WAITING:
                stretch.kind = fate
    return settled


def _settle_elsewhere(told: LessonStory, settlement: Settlement) -> None:
    if settlement.is_passed:
        _settle(told, StretchKind.CREDITED)
        return
    for place, voided_s in _settle(told, StretchKind.VOIDED).items():
        told.sessions[place].voided_elsewhere.append((settlement.at_ms, voided_s))


def _tell_segment(story: SessionStory, line: LedgerLine, seen: int, *, start_ms: int) -> None:
    """Lay a segment out in time: it was played at its end, and whatever time is left lies before.

    A new second took a second; seconds watched again take what is left of the time, since they
    may have been played faster.
    """
    story.again_s += line.to_s - line.from_s - line.new_s
    run = mask_of_run(line.from_s, line.to_s) if line.to_s > line.from_s else 0
    new_ms = (run & ~seen).bit_count() * 1_000
    again_ms = max(0, min((run & seen).bit_count() * 1_000, line.end_ms - start_ms - new_ms))
    at_ms = max(start_ms, line.end_ms - new_ms - again_ms)
    story.played_from_ms[line.index] = at_ms
    _add(story, TimelineStretch(StretchKind.STILL, start_ms, at_ms))
    earned = StretchKind.WAITING if story.is_provisional else StretchKind.CREDITED
    parts = [(part, earned) for part in runs_of_mask(run & ~seen)]
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
