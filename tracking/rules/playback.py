"""What a player did, read back from the lines of one sealed session.

The ledger holds runs of media and server time; playing, seeking and stopping are inferred from
them, and every event carries a time and an index that stand in a ledger line. Knows lines; nothing
of who watched, what counts, or how an event is told to others. Source: TRACKING §6.

What the lines cannot tell: where the player stood before its first run, in which order the runs of
one beat were played (they stand in media order), and a stop shorter than `SHORTEST_STOP_MS`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from tracking.rules.chain import LedgerLine, LineKind

#: Whole seconds and late messages blur the ends of a run; below this a gap is no stop.
SHORTEST_STOP_MS: Final = 2_000
#: A second watched again may be played at twice the speed. Source: UX §3, rules of the bar.
_AGAIN_MS_PER_S: Final = 500
_ENDS: Final = (LineKind.END_BYE, LineKind.END_PREEMPT, LineKind.END_TIMEOUT)


class Act(StrEnum):
    """What happened."""

    OPENED = "opened"
    STARTED = "started"
    RAN = "ran"
    SOUGHT = "sought"
    STOPPED = "stopped"
    CHECKED = "checked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """One act at `at_ms`, shown by `line`; the player came from media second `from_s` to `to_s`.

    They are equal but for SOUGHT, and for RAN, where they are the run.
    """

    act: Act
    line: LedgerLine
    at_ms: int
    from_s: int
    to_s: int


def events_of(lines: Sequence[LedgerLine]) -> Iterator[Event]:
    """Yield what happened in a sealed session, in order.

    The times are the ledger's own: of two runs in one beat the second begins before the first is
    reported. Late claims stand after the end in the ledger, but they were played before it: so they are told.

    Raises: ValueError, when the lines are not those of a session that was opened and ended.
    """
    ends = [line for line in lines if line.kind in _ENDS]
    if len(ends) != 1 or lines[0].kind is not LineKind.OPEN:
        raise ValueError("A sealed session has one opening and one end.")
    opening, ending = lines[0], ends[0]
    yield Event(Act.OPENED, opening, opening.start_ms, 0, 0)
    reader = _Reader(rate_percent=opening.flags)
    for _start_ms, beat in groupby(_in_order_of_play(lines), key=lambda line: (line.start_ms, _is_run(line))):
        yield from reader.read(list(beat))
    yield from reader.stop()
    yield Event(Act.ENDED, ending, ending.end_ms, reader.position_s, reader.position_s)


def _in_order_of_play(lines: Sequence[LedgerLine]) -> Iterable[LedgerLine]:
    """Yield the runs and the decided checks; an idle stretch shows as the gap it leaves."""
    return (
        line
        for line in lines
        if _is_run(line) or line.kind is LineKind.VOID or (line.kind is LineKind.ANSWER and line.flags == 1)
    )


def _is_run(line: LedgerLine) -> bool:
    return line.kind in (LineKind.SEGMENT, LineKind.LATE) and line.to_s > line.from_s


class _Reader:
    """Reads runs beat by beat and says where playing began, jumped and stopped."""

    def __init__(self, *, rate_percent: int) -> None:
        self.rate_percent = rate_percent
        self.position_s = 0
        self._has_run = False
        #: The last run, while playing goes on; None when stopped.
        self._last: LedgerLine | None = None
        self._reached_ms = 0
        self._checks: list[LedgerLine] = []

    def read(self, lines: list[LedgerLine]) -> Iterator[Event]:
        """Read the lines of one beat: runs, or a check."""
        if not _is_run(lines[0]):
            # Whether playing had stopped before the check shows only in the run after it.
            self._checks += lines
            return
        if self._last is not None and self._idle_before_ms(lines) >= SHORTEST_STOP_MS:
            yield from self.stop()
        else:
            yield from self._told_checks()
        for line in lines:
            yield from self._run(line)

    def stop(self) -> Iterator[Event]:
        """Stop after the last run, if playing, and then tell the checks that followed it."""
        if self._last is not None:
            yield Event(Act.STOPPED, self._last, self._last.end_ms, self.position_s, self.position_s)
            self._last = None
        yield from self._told_checks()

    def _run(self, line: LedgerLine) -> Iterator[Event]:
        if self._has_run and line.from_s != self.position_s:
            yield Event(Act.SOUGHT, line, line.start_ms, self.position_s, line.from_s)
        if self._last is None:
            yield Event(Act.STARTED, line, line.start_ms, line.from_s, line.from_s)
        yield Event(Act.RAN, line, line.end_ms, line.from_s, line.to_s)
        self._has_run = True
        self._last, self.position_s = line, line.to_s
        self._reached_ms = max(self._reached_ms, line.end_ms)

    def _told_checks(self) -> Iterator[Event]:
        checks, self._checks = self._checks, []
        for line in checks:
            yield Event(Act.CHECKED, line, line.end_ms, self.position_s, self.position_s)

    def _idle_before_ms(self, lines: list[LedgerLine]) -> int:
        """Return the time before a beat in which nothing can have been played.

        A beat may bring more media than its own time holds (seconds deferred until a check was
        passed): that was played in the gap.
        """
        if lines[0].kind is LineKind.LATE:
            # It stands at the end, whenever it was played; it is no sign that playing had stopped.
            return 0
        own_ms = max(line.end_ms for line in lines) - lines[0].start_ms
        surplus_ms = max(0, sum(self._least_ms(line) for line in lines) - own_ms)
        return lines[0].start_ms - self._reached_ms - surplus_ms

    def _least_ms(self, line: LedgerLine) -> int:
        """Return the least time in which a run can be played."""
        again_s = line.to_s - line.from_s - line.new_s
        return line.new_s * 100_000 // self.rate_percent + again_s * _AGAIN_MS_PER_S
