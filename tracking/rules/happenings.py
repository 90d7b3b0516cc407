"""What happened in a viewing session, event by event, from its ledger lines.

Opened, played, nothing played, checks asked and answered, ended, claimed late: each with its time and
what it did to the seconds. The gains and losses of all happenings of a lesson add up to what its
`timeline` holds. Knows lines and codes; a door turns the codes into words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntFlag, StrEnum
from itertools import islice, takewhile
from typing import Final

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.timeline import SessionLines, SessionStory, StretchKind

# Says of an instant whether it lies in a day on which the learner reached the daily cap.
IsCapped = Callable[[int], bool]

#: Shorter pauses are in the sums, but no line of their own: a beat comes to the second only roughly.
WORTH_TELLING_MS: Final = 3_000
_MS_PER_S: Final = 1_000


class HappeningKind(StrEnum):
    """What happened."""

    OPENED = "opened"
    PLAYED = "played"
    NOT_PLAYING = "not_playing"
    DEFERRED = "deferred"
    CHECK_ASKED = "check_asked"
    CHECK_ASKED_AGAIN = "check_asked_again"
    CHECK_PASSED = "check_passed"
    CHECK_WRONG = "check_wrong"
    CHECK_MISSED = "check_missed"
    VOIDED = "voided"
    VOIDED_ELSEWHERE = "voided_elsewhere"
    LATE = "late"
    LEFT = "left"
    TAKEN_OVER = "taken_over"
    FELL_SILENT = "fell_silent"


class DeferralReason(StrEnum):
    """Which budget was the tightest when claims were deferred; deferred is not lost."""

    BUDGET = "budget"
    CHECK = "check"
    DAILY_CAP = "daily_cap"


class Circumstance(IntFlag):
    """How it was played, by the player's own word: evidence only. Source: TRACKING §2, `f`."""

    MUTED = 1
    UNFOCUSED = 2
    PICTURE_IN_PICTURE = 4
    CAPTIONS = 8
    OFFLINE_SECONDS = 16
    NO_FRAMES = 32
    AUTOMATION_HINT = 64


PLAIN: Final = Circumstance(0)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in [start_ms, end_ms], and the ledger lines it was read from (none: from what lies between).

    `from_s`, `to_s`: the media played; `gained_s` of it was new, `again_s` held before; `lost_s` were
    voided. `deferred_s` adds up claims, so one second deferred in three beats counts three times.
    """

    kind: HappeningKind
    start_ms: int
    end_ms: int
    first_line: int | None = None
    last_line: int | None = None
    from_s: int = 0
    to_s: int = 0
    gained_s: int = 0
    again_s: int = 0
    lost_s: int = 0
    deferred_s: int = 0
    reason: DeferralReason | None = None
    circumstances: Circumstance = PLAIN
    #: Whether the gain waits for the next passed check.
    is_provisional: bool = False

    @property
    def length_ms(self) -> int:
        """How long it took; of an answer, the reaction time."""
        return self.end_ms - self.start_ms

    @property
    def at_ms(self) -> int:
        """When it is told: an answer when it was given, everything else when it began."""
        return self.end_ms if self.kind in _SETTLING else self.start_ms


_SETTLING: Final = {
    HappeningKind.CHECK_PASSED,
    HappeningKind.CHECK_WRONG,
    HappeningKind.CHECK_MISSED,
    HappeningKind.VOIDED,
}
_PLAIN: Final = {
    LineKind.OPEN: HappeningKind.OPENED,
    LineKind.CHECK: HappeningKind.CHECK_ASKED,
    LineKind.MISS: HappeningKind.CHECK_MISSED,
    LineKind.VOID: HappeningKind.VOIDED,
    LineKind.LATE: HappeningKind.LATE,
    LineKind.END_BYE: HappeningKind.LEFT,
    LineKind.END_PREEMPT: HappeningKind.TAKEN_OVER,
    LineKind.END_TIMEOUT: HappeningKind.FELL_SILENT,
}
#: A missed check stays open under HOLD.
_CLOSES_CHECK: Final = {LineKind.ANSWER, LineKind.VOID}
_JOINED: Final = {HappeningKind.PLAYED, HappeningKind.DEFERRED, HappeningKind.LATE}


def happenings_of(session: SessionLines, story: SessionStory, *, is_capped: IsCapped | None = None) -> list[Happening]:
    """Tell one session event by event; `story` is the same session's, as `timeline` told it."""
    reasons = _reasons(session.lines, is_capped or (lambda _at_ms: False))
    told: list[Happening] = []
    is_check_open = False
    for line in session.lines:
        happening = _told(line, story, reasons)
        if happening is not None and happening.kind is HappeningKind.CHECK_ASKED and is_check_open:
            happening = replace(happening, kind=HappeningKind.CHECK_ASKED_AGAIN)
        if happening is not None:
            _append(told, happening)
        is_check_open = line.kind is LineKind.CHECK or (is_check_open and line.kind not in _CLOSES_CHECK)
    told += [
        Happening(HappeningKind.VOIDED_ELSEWHERE, at_ms, at_ms, lost_s=lost_s)
        for at_ms, lost_s in story.voided_elsewhere
    ]
    # A pause begins after whatever happened at its first instant.
    told += _pauses(story, [item for item in told if item.kind is HappeningKind.DEFERRED])
    return sorted(told, key=lambda item: item.at_ms)


def _told(line: LedgerLine, story: SessionStory, reasons: dict[int, DeferralReason]) -> Happening | None:
    """Return what one line tells; None for a line that only accounts for time."""
    if line.kind is LineKind.SEGMENT:
        return _told_segment(line, story, reasons.get(line.index))
    kind = _PLAIN.get(line.kind)
    if kind is None:
        kind = HappeningKind.CHECK_PASSED if line.flags == 1 else HappeningKind.CHECK_WRONG
    happening = Happening(kind, line.start_ms, line.end_ms, line.index, line.index)
    if kind is HappeningKind.LATE:
        return replace(happening, from_s=line.from_s, to_s=line.to_s, gained_s=line.new_s)
    if kind is HappeningKind.VOIDED:
        return replace(happening, lost_s=story.voided_by[line.index])
    return happening


def _told_segment(line: LedgerLine, story: SessionStory, reason: DeferralReason | None) -> Happening | None:
    """Return what was played in a segment, or what was claimed in it in vain."""
    is_played = line.to_s > line.from_s
    if not is_played and not line.deferred_s:
        return None
    return Happening(
        HappeningKind.PLAYED if is_played else HappeningKind.DEFERRED,
        story.played_from_ms[line.index] if is_played else line.start_ms,
        line.end_ms,
        line.index,
        line.index,
        from_s=line.from_s,
        to_s=line.to_s,
        gained_s=line.new_s,
        again_s=line.to_s - line.from_s - line.new_s,
        deferred_s=line.deferred_s,
        reason=reason,
        circumstances=Circumstance(line.flags),
        is_provisional=story.is_provisional,
    )


def _append(told: list[Happening], happening: Happening) -> None:
    """Append a happening, joining it to the last one where the same thing simply goes on.

    A segment ends after five minutes whatever happens, and a line of every five minutes is no story.
    """
    last = told[-1] if told else None
    if last is None or not _goes_on(last, happening):
        told.append(happening)
        return
    told[-1] = replace(
        last,
        end_ms=happening.end_ms,
        last_line=happening.last_line,
        to_s=happening.to_s,
        gained_s=last.gained_s + happening.gained_s,
        again_s=last.again_s + happening.again_s,
        deferred_s=last.deferred_s + happening.deferred_s,
        reason=last.reason or happening.reason,
    )


def _goes_on(last: Happening, happening: Happening) -> bool:
    """Say whether it is one and the same thing, going on in time and in the media."""
    is_same_reason = last.reason is None or happening.reason is None or last.reason is happening.reason
    return (
        happening.kind in _JOINED
        and last.kind is happening.kind
        and last.to_s == happening.from_s
        and last.circumstances == happening.circumstances
        and is_same_reason
        and happening.start_ms - last.end_ms < WORTH_TELLING_MS
    )


def _pauses(story: SessionStory, deferred: Sequence[Happening]) -> list[Happening]:
    """Return the times in which nothing was played; what was claimed in vain is told as such."""
    pauses: list[Happening] = []
    for stretch in story.stretches:
        if stretch.kind is not StretchKind.STILL:
            continue
        start_ms = stretch.start_ms
        for item in deferred:
            if item.end_ms > start_ms and item.start_ms < stretch.end_ms:
                _append_pause(pauses, start_ms, item.start_ms)
                start_ms = item.end_ms
        _append_pause(pauses, start_ms, stretch.end_ms)
    return pauses


def _append_pause(pauses: list[Happening], start_ms: int, end_ms: int) -> None:
    if end_ms - start_ms >= WORTH_TELLING_MS:
        pauses.append(Happening(HappeningKind.NOT_PLAYING, start_ms, end_ms))


def _reasons(lines: Sequence[LedgerLine], is_capped: IsCapped) -> dict[int, DeferralReason]:
    """Return of each line that deferred, which budget was the tightest when it was written.

    The wall clock's budget can be recomputed from the lines; while it still had room for a second,
    something else held the claims back. One beat may write several lines: what it left is known
    after the last of them.
    """
    reasons: dict[int, DeferralReason] = {}
    room_ms = 0
    is_check_open = False
    for place, line in enumerate(lines):
        room_ms += line.accrued_ms - 1_000 * line.new_s
        if line.kind is LineKind.SEGMENT and line.deferred_s:
            same_beat = takewhile(_is_begun_at(line.start_ms), islice(lines, place + 1, None))
            left_ms = room_ms - sum(1_000 * later.new_s - later.accrued_ms for later in same_beat)
            if left_ms < _MS_PER_S:
                reasons[line.index] = DeferralReason.BUDGET
            elif is_check_open:
                reasons[line.index] = DeferralReason.CHECK
            else:
                reasons[line.index] = DeferralReason.DAILY_CAP if is_capped(line.end_ms) else DeferralReason.BUDGET
        is_check_open = line.kind is LineKind.CHECK or (is_check_open and line.kind not in _CLOSES_CHECK)
    return reasons


def _is_begun_at(start_ms: int) -> Callable[[LedgerLine], bool]:
    return lambda line: line.start_ms == start_ms
