"""The one writer of an event loop: takes what is dirty, writes it, and only then answers."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from django.db import Error

from learning.together import Gathering, SideThreads
from tracking import access, protocol
from tracking.group_commit.departures import Departures
from tracking.group_commit.seats import Seat, Seating
from tracking.group_commit.writing import Writer
from tracking.hearing import Heard
from tracking.models import batch
from tracking.models.clock import process_clock
from tracking.protocol import CloseCode, ErrorCode
from tracking.protocol.limits import (
    DRAIN_WITHIN_MS,
    GROUP_COMMIT_MS,
    HEARTBEAT_MS,
    LONGEST_HEARTBEAT_MS,
)
from tracking.rules.crediting import ProvisionalFate

logger = logging.getLogger(__name__)

_LOOK_ROUND_S: Final = 5.0
_CLOCK_CHECK_S: Final = 60.0
_CHECKED_LATELY_MS: Final = 2_000
# Between the two the pace stays as it is.
_SLOW_COMMIT_S: Final = 1.0
_QUICK_COMMIT_S: Final = 0.3
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")

_LAPSED: Final = (ErrorCode.AUTH, CloseCode.AUTH)
_SUPERSEDED: Final = (ErrorCode.SUPERSEDED, CloseCode.SUPERSEDED)

#: What was taken from a seat for one batch: the write, and what to say once it is committed.
_Taken = tuple[Seat, batch.Write, list[str]]


class GroupCommitter:
    """The one writer of an event loop. Runs while anyone sits; leaves no thread behind."""

    def __init__(self) -> None:
        """Wait for the first seat."""
        self._seats = Seating()
        self._dirty: dict[Seat, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._writer = Writer()
        self._beside = SideThreads()
        self._gatherings: dict[Callable[..., Any], Gathering[Any, Any]] = {}
        self._departures = Departures()
        self._hints = access.Hints(self.hear)
        #: Under load the beats are asked for less often; claims are cumulative, so nothing is lost by it.
        self.heartbeat_ms = HEARTBEAT_MS

    async def join(self, seat: Seat, *, replaces_another: bool = False) -> None:
        """Let a seat be watched over and written for, and hear what concerns its person.

        Who sat here before is told at once; elsewhere, only if somebody may still sit there.
        """
        self.admit(seat)
        if seat.is_gone:
            return
        person_id, epoch = seat.row.person_id, seat.viewing.live.epoch
        await self._supersede(person_id, max(other.viewing.live.epoch for other in self._seats.of(person_id)))
        await self._hints.listen_for(person_id, taken_at=epoch if replaces_another else None)

    def admit(self, seat: Seat) -> None:
        """Let a seat be watched over and written for; one that has left meanwhile stays away."""
        if seat.is_gone:
            return
        self._seats.add(seat)
        self._run_on()

    def leave(self, seat: Seat) -> None:
        """Let a seat go; what it wrote before is still committed, though nobody is told."""
        seat.is_gone = True
        self._seats.discard(seat)
        self._wake.set()

    async def depart(self, seat: Seat) -> None:
        """Let a seat go whose connection is gone, and wait until its lease stands in nobody's way."""
        self.leave(seat)
        written = self._departures.note(seat)
        self._run_on()
        await written

    async def beside(self, work: Callable[[], _Answer]) -> _Answer:
        """Do slow work in a thread that leaves no connection behind; several may be at it."""
        self._run_on()
        try:
            return await self._beside.run(work)
        finally:
            self._wake.set()

    async def together(
        self,
        answer_all: Callable[[Sequence[_Question]], Sequence[_Answer | Exception | None]],
        person_id: int,
        question: _Question,
    ) -> _Answer:
        """Have a question about a person answered with those of others; see `Gathering`."""
        self._run_on()
        gathering: Gathering[_Question, _Answer]
        gathering = self._gatherings.setdefault(answer_all, Gathering(self._beside, answer_all))
        try:
            return await gathering.ask(person_id, question)
        finally:
            self._wake.set()

    def mark(self, seat: Seat, heard: Heard) -> None:
        """Note that the seat's viewing changed, and what to say after the commit."""
        if seat.is_lost:
            return
        if heard.lines:
            seat.lines.extend(heard.lines)
        seat.texts.extend(heard.texts)
        seat.ending = heard.ending
        if seat.fate is ProvisionalFate.KEPT:
            # What came first has left nothing for the other: elsewhere nothing grows while this lesson plays.
            seat.fate = heard.fate
        if not self._dirty:
            self._wake.set()
        self._dirty[seat] = None

    async def drain(self) -> None:
        """Ask every player to come back, spread over two minutes: this process will end."""
        for seat in list(self._seats):
            await self.send_elsewhere(seat)

    async def send_elsewhere(self, seat: Seat) -> None:
        """Ask one player to come back, once it was welcomed; a second call does nothing."""
        if seat.is_welcome and not seat.is_sent_elsewhere:
            seat.is_sent_elsewhere = True
            await self._tell(seat, [protocol.drain(DRAIN_WITHIN_MS)])

    async def finished(self) -> None:
        """Wait until nobody sits, everything is written and the thread is gone."""
        while self._task is not None:
            await self._task

    def _is_needed(self) -> bool:
        """Say whether anyone sits, or anything is still to be done for those who sat."""
        beside = self._beside.busy_count + sum(one.waiting_count for one in self._gatherings.values())
        return bool(self._seats or self._dirty or self._departures.are_due or beside)

    def _run_on(self) -> None:
        """Run, unless it runs."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Commit batch after batch while anyone sits."""
        loop = asyncio.get_running_loop()
        self._writer = Writer()
        look_round = asyncio.create_task(self._look_round())
        started_s = 0.0
        try:
            while self._is_needed():
                await self._wake.wait()
                await asyncio.sleep(max(0.0, started_s + GROUP_COMMIT_MS / 1_000 - loop.time()))
                self._wake.clear()
                started_s = loop.time()
                if self._dirty:
                    await self._commit(self._take())
                if self._departures.are_due:
                    await self._departures.write(self._writer)
        finally:
            look_round.cancel()
            await self._hints.close()
            await self._writer.close()
            # Last: whoever begins something beside while we leave is at it still, or has come to rest by now.
            await self._beside.close()
            self._task = None
        # Somebody may have come while the thread was leaving.
        if self._is_needed():
            self._run_on()

    def _take(self) -> list[_Taken]:
        """Take a snapshot of every dirty seat, and leave them clean."""
        taken: list[_Taken] = []
        for seat in self._dirty:
            write = batch.snapshot(seat.row, seat.viewing, seat.lines, seat.ending, seat.fate)
            taken.append((seat, write, seat.texts))
            seat.lines, seat.texts, seat.fate = [], [], ProvisionalFate.KEPT
        self._dirty = {}
        return taken

    async def _commit(self, taken: Sequence[_Taken]) -> None:
        """Write a batch, but for those who may watch no longer; then, and only then, answer."""
        started_s = asyncio.get_running_loop().time()
        seats = [seat for seat, _write, _texts in taken]
        writes = [write for _seat, write, _texts in taken]
        try:
            passed, gone = await self._writer.commit_held(
                writes, lapsed=lambda: {seat.mark for seat in self._lapsed(seats)}, since_s=started_s
            )
        except Exception:  # whatever it was, the committer must go on: it serves everybody
            logger.exception("Gave up a batch of %d; the players keep what is pending", len(taken))
            self._lose(seats)
            await self._dismiss(seats, ErrorCode.DATABASE_UNAVAILABLE, CloseCode.TRY_LATER)
            return
        self._stretch(asyncio.get_running_loop().time() - started_s)
        if len(passed) < len(taken):
            self._lose([seat for seat, write, _texts in taken if write.mark not in passed])
        for seat, write, texts in taken:
            if seat.is_lost:
                await self._dismiss([seat], *(_LAPSED if write.mark in gone else _SUPERSEDED))
            elif not seat.is_gone:
                await self._tell(seat, texts)

    def _lapsed(self, seats: Sequence[Seat]) -> set[Seat]:
        """Return the seats whose learners may watch no longer; in the committer's thread."""
        now_ms = process_clock.now_ms()
        watchers = access.lapsed([seat.watcher for seat in seats], now=datetime.fromtimestamp(now_ms / 1_000, tz=UTC))
        for seat in seats:
            seat.checked_ms = now_ms
        return {seat for seat in seats if seat.watcher in watchers} if watchers else set()

    def _stretch(self, commit_s: float) -> None:
        """Ask for fewer beats while the database is slow, and for the usual again when it is not."""
        if commit_s > _SLOW_COMMIT_S:
            self.heartbeat_ms = min(LONGEST_HEARTBEAT_MS, self.heartbeat_ms * 5 // 4)
        elif commit_s < _QUICK_COMMIT_S and self.heartbeat_ms > HEARTBEAT_MS:
            self.heartbeat_ms = max(HEARTBEAT_MS, self.heartbeat_ms * 9 // 10)

    def _lose(self, seats: Sequence[Seat]) -> None:
        """Forget what these seats did since a write of theirs was lost.

        Their later lines would leave a gap in the ledger, and seconds held that no line bears out.
        """
        for seat in seats:
            seat.is_lost = True
            self._dirty.pop(seat, None)

    async def _look_round(self) -> None:
        """Every few seconds: who may not watch any longer, who fell silent; each minute: the clock."""
        loop = asyncio.get_running_loop()
        clock_due_s = loop.time() + _CLOCK_CHECK_S
        while True:
            await asyncio.sleep(_LOOK_ROUND_S)
            try:
                if loop.time() >= clock_due_s:
                    clock_due_s = loop.time() + _CLOCK_CHECK_S
                    await self._writer.in_thread(process_clock.check)
                await self.look_round()
            except Error:
                logger.warning("Could not look round among %d seats", len(self._seats), exc_info=True)

    async def look_round(self) -> None:
        """Dismiss whoever may watch no longer or has fallen silent; who beat just now was looked at then."""
        now_ms = process_clock.now_ms()
        due = [seat for seat in self._seats if now_ms - seat.checked_ms >= _CHECKED_LATELY_MS]
        gone = await self._writer.in_thread(lambda: self._lapsed(due))
        await self._dismiss(list(gone), *_LAPSED)
        now_ms = process_clock.now_ms()
        silent = [seat for seat in self._seats if seat.is_silent(now_ms)]
        await self._dismiss(silent, None, CloseCode.IDLE)

    async def _tell(self, seat: Seat, texts: Sequence[str]) -> None:
        try:
            await seat.player.tell(texts)
        except Exception:  # one broken socket cannot hold back the others
            logger.exception("Could not answer person %d", seat.row.person_id)
            self.leave(seat)

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Act on a hint from elsewhere: somebody signed out, or plays on another connection."""
        seats = self._seats.of(person_id := message["person"])
        if message["type"] == "person.signed_out":
            session = message.get("session")
            gone = [s for s in seats if session in (None, access.session_hash(s.watcher.session_key))]
            await self._dismiss(gone, *_LAPSED)
        elif message["type"] == "person.changed":
            # They come back at once, and are looked at anew.
            await self._dismiss(seats, None, CloseCode.RESTART)
        elif message["type"] == "viewing.superseded":
            await self._supersede(person_id, message["epoch"])

    async def _supersede(self, person_id: int, epoch: int) -> None:
        old = self._seats.superseded_in(person_id, epoch=epoch)
        await self._dismiss(old, *_SUPERSEDED)

    async def _dismiss(self, seats: Sequence[Seat], error: ErrorCode | None, close: CloseCode) -> None:
        for seat in seats:
            if not seat.is_gone:
                self.leave(seat)
                try:
                    await seat.player.dismiss(error, close)
                except Exception:  # as above
                    logger.exception("Could not dismiss person %d", seat.row.person_id)
