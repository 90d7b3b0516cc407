"""The group commit: dirty rows of all connections in, one transaction, acknowledgements out.

One committer serves an event loop, with one thread and one database connection of its own. A batch
starts 200 ms after the one before it, or when that one ends. Nothing is acknowledged before the
commit; a write that lost its fence is answered with `superseded`. While the database is away the
batch is held and written again, since its values are absolute; after 30 s the sockets are told to
come back later, and the players keep what is pending. Knows no wire beyond the codes it passes on,
and nothing of how seconds are earned. Source: TRACKING §2, RELIABILITY §5.4.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar
from weakref import WeakKeyDictionary

from django.db import Error, InterfaceError, OperationalError, connection

from tracking import access
from tracking.models import batch
from tracking.models.clock import process_clock
from tracking.protocol import CloseCode, ErrorCode
from tracking.protocol.limits import COMMIT_HELD_MS, GROUP_COMMIT_MS, SILENT_IDLE_MS, SILENT_PLAYING_MS
from tracking.rules.chain import LedgerLine
from tracking.rules.viewing import PLAYING, WAITING, Viewing

logger = logging.getLogger(__name__)

_RETRY_S: Final = 0.5
_LOOK_ROUND_S: Final = 5.0
_CLOCK_CHECK_S: Final = 60.0
_Answer = TypeVar("_Answer")


class Player(Protocol):
    """The socket's side of a seat."""

    async def tell(self, texts: Sequence[str]) -> None:
        """Send what may be said now that the write behind it is committed."""

    async def dismiss(self, error: ErrorCode | None, close: CloseCode | None) -> None:
        """Say why, if there is a reason, and close the socket; None closes it normally."""


class Seat:
    """One open session of one connection, and what it has still to write and to say."""

    def __init__(self, player: Player, row: batch.SessionRow, watcher: access.Watcher, viewing: Viewing) -> None:
        """Take a seat; nothing is dirty yet."""
        self.player = player
        self.row = row
        self.watcher = watcher
        self.viewing = viewing
        self.heard_ms = viewing.live.mark_ms
        self.lines: list[LedgerLine] = []
        self.texts: list[str] = []
        self.ending: batch.Ending | None = None
        self.is_gone = False
        #: A write of it was lost: what follows in its chain may never be written.
        self.is_lost = False

    def is_silent(self, now_ms: int) -> bool:
        """Say whether nothing was heard for longer than the player's state allows."""
        is_busy = self.viewing.live.state in (PLAYING, WAITING)
        return now_ms - self.heard_ms > (SILENT_PLAYING_MS if is_busy else SILENT_IDLE_MS)


#: What was taken from a seat for one batch: the write, and what to say once it is committed.
_Taken = tuple[Seat, batch.Write, list[str]]


class GroupCommitter:
    """The one writer of an event loop. Runs while anyone sits; leaves no thread behind."""

    def __init__(self) -> None:
        """Wait for the first seat."""
        self._seats: set[Seat] = set()
        self._dirty: dict[Seat, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._hints = access.Hints(self.hear)

    async def join(self, seat: Seat) -> None:
        """Let a seat be watched over and written for, and hear what concerns its person."""
        self.admit(seat)
        if seat.is_gone:
            return
        await self._hints.listen_for(seat.row.person_id, epoch=seat.viewing.live.epoch)

    def admit(self, seat: Seat) -> None:
        """Let a seat be watched over and written for; one that has left meanwhile stays away."""
        if seat.is_gone:
            return
        self._seats.add(seat)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def leave(self, seat: Seat) -> None:
        """Let a seat go; what it wrote before is still committed, though nobody is told."""
        seat.is_gone = True
        self._seats.discard(seat)
        self._wake.set()

    def mark(self, seat: Seat, *, lines: Sequence[LedgerLine], text: str, ending: batch.Ending | None = None) -> None:
        """Note that the seat's viewing changed, and what to say after the commit."""
        if seat.is_lost:
            return
        seat.lines.extend(lines)
        seat.texts.append(text)
        seat.ending = ending
        self._dirty[seat] = None
        self._wake.set()

    async def finished(self) -> None:
        """Wait until nobody sits, everything is written and the thread is gone."""
        while self._task is not None:
            await self._task

    async def _run(self) -> None:
        """Commit batch after batch while anyone sits."""
        loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="group-commit")
        look_round = asyncio.create_task(self._look_round())
        started_s = 0.0
        try:
            while self._seats or self._dirty:
                await self._wake.wait()
                await asyncio.sleep(max(0.0, started_s + GROUP_COMMIT_MS / 1_000 - loop.time()))
                self._wake.clear()
                started_s = loop.time()
                if self._dirty:
                    await self._commit(self._take())
        finally:
            look_round.cancel()
            await self._hints.close()
            await loop.run_in_executor(self._thread, _disconnect)
            self._thread.shutdown(wait=False)
            self._task = None
        # Somebody may have come while the thread was leaving.
        if self._seats or self._dirty:
            self._task = asyncio.create_task(self._run())

    def _take(self) -> list[_Taken]:
        """Take a snapshot of every dirty seat, and leave them clean."""
        taken: list[_Taken] = []
        for seat in self._dirty:
            write = batch.snapshot(seat.row, seat.viewing, seat.lines, seat.ending)
            taken.append((seat, write, seat.texts))
            seat.lines, seat.texts = [], []
        self._dirty = {}
        return taken

    async def _commit(self, taken: Sequence[_Taken]) -> None:
        """Write a batch; then, and only then, answer."""
        try:
            passed = await self._commit_held([write for _seat, write, _texts in taken])
        except Exception:  # whatever it was, the committer must go on: it serves everybody
            logger.exception("Gave up a batch of %d; the players keep what is pending", len(taken))
            lost = [seat for seat, _write, _texts in taken]
            self._lose(lost)
            await self._dismiss(lost, ErrorCode.DATABASE_UNAVAILABLE, CloseCode.TRY_LATER)
            return
        self._lose([seat for seat, write, _texts in taken if write.mark not in passed])
        for seat, _write, texts in taken:
            if seat.is_lost:
                await self._dismiss([seat], ErrorCode.SUPERSEDED, CloseCode.SUPERSEDED)
            elif not seat.is_gone:
                await self._tell(seat, texts)

    def _lose(self, seats: Sequence[Seat]) -> None:
        """Forget what these seats did since a write of theirs was lost.

        Their later lines would leave a gap in the ledger, and seconds held that no line bears out.
        """
        for seat in seats:
            seat.is_lost = True
            self._dirty.pop(seat, None)

    async def _commit_held(self, writes: Sequence[batch.Write]) -> set[batch.Mark]:
        """Write until it is written, for 30 s at most.

        Raises: Error, when the database stayed away.
        """
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + COMMIT_HELD_MS / 1_000
        while True:
            try:
                return await self._in_thread(lambda: batch.commit(writes))
            except (OperationalError, InterfaceError) as error:
                if loop.time() >= give_up_s:
                    raise
                logger.warning("The database did not take a batch of %d: %s", len(writes), error)
                await self._in_thread(_disconnect)
                await asyncio.sleep(_RETRY_S)
            except Exception:  # a value no driver takes is not always django.db's Error
                if len(writes) == 1:
                    raise
                return await self._commit_each(writes)

    async def _commit_each(self, writes: Sequence[batch.Write]) -> set[batch.Mark]:
        """Write one by one, so that one bad row cannot hold back the rest; a bad one passes no fence."""
        passed: set[batch.Mark] = set()
        for write in writes:
            try:
                passed |= await self._commit_held([write])
            except Exception:  # as above
                logger.exception("A write of person %d was refused by the database", write.row.person_id)
        return passed

    async def _look_round(self) -> None:
        """Every few seconds: who may not watch any longer, who fell silent; each minute: the clock."""
        loop = asyncio.get_running_loop()
        clock_due_s = loop.time() + _CLOCK_CHECK_S
        while True:
            await asyncio.sleep(_LOOK_ROUND_S)
            try:
                if loop.time() >= clock_due_s:
                    clock_due_s = loop.time() + _CLOCK_CHECK_S
                    await self._in_thread(process_clock.check)
                await self.look_round()
            except Error:
                logger.warning("Could not look round among %d seats", len(self._seats), exc_info=True)

    async def look_round(self) -> None:
        """Dismiss whoever may watch no longer or has fallen silent."""
        seats = list(self._seats)
        now = datetime.fromtimestamp(process_clock.now_ms() / 1_000, tz=UTC)
        gone = await self._in_thread(lambda: access.lapsed([seat.watcher for seat in seats], now=now))
        await self._dismiss([seat for seat in seats if seat.watcher in gone], ErrorCode.AUTH, CloseCode.AUTH)
        now_ms = process_clock.now_ms()
        silent = [seat for seat in seats if seat.watcher not in gone and seat.is_silent(now_ms)]
        await self._dismiss(silent, None, CloseCode.IDLE)

    async def _tell(self, seat: Seat, texts: Sequence[str]) -> None:
        try:
            await seat.player.tell(texts)
        except Exception:  # one broken socket cannot hold back the others
            logger.exception("Could not answer person %d", seat.row.person_id)
            self.leave(seat)

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Act on a hint from elsewhere: somebody signed out, or plays on another connection."""
        seats = [seat for seat in self._seats if seat.row.person_id == message.get("person")]
        if message["type"] == "person.signed_out":
            session = message.get("session")
            gone = [s for s in seats if session in (None, access.session_hash(s.watcher.session_key))]
            await self._dismiss(gone, ErrorCode.AUTH, CloseCode.AUTH)
        elif message["type"] == "viewing.superseded":
            old = [seat for seat in seats if seat.viewing.live.epoch < message["epoch"]]
            await self._dismiss(old, ErrorCode.SUPERSEDED, CloseCode.SUPERSEDED)

    async def _dismiss(self, seats: Sequence[Seat], error: ErrorCode | None, close: CloseCode) -> None:
        for seat in seats:
            if not seat.is_gone:
                self.leave(seat)
                try:
                    await seat.player.dismiss(error, close)
                except Exception:  # as above
                    logger.exception("Could not dismiss person %d", seat.row.person_id)

    async def _in_thread(self, work: Callable[[], _Answer]) -> _Answer:
        if self._thread is None:
            raise RuntimeError("The committer does not run.")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _disconnect() -> None:
    """Close this thread's own connection. NB: `connection.close` itself would name the caller's."""
    connection.close()


_committers: WeakKeyDictionary[asyncio.AbstractEventLoop, GroupCommitter] = WeakKeyDictionary()


def committer() -> GroupCommitter:
    """Return the running loop's committer."""
    loop = asyncio.get_running_loop()
    found = _committers.get(loop)
    if found is None:
        found = _committers[loop] = GroupCommitter()
    return found
