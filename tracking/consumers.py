"""The socket door of `trk.v1`: parse, ask the rule, hand to the group commit, answer.

Knows the order of messages and the codes; the seconds are the rule's, the writing the group
commit's. Between frames nothing here touches a row or a thread: opening is the one slow message.
A bare ASGI callable: Channels' consumer costs as much as all the rest here. Source: TRACKING §2.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from time import monotonic
from typing import Any, Final

from django.db import Error

from tracking import access, group_commit, protocol
from tracking.actions import openings, tickets, viewings, watched
from tracking.hearing import Heard, hear, missed_at_ms, notice_missed
from tracking.models.clock import process_clock
from tracking.protocol import CloseCode, ErrorCode, limits
from tracking.rules.devices import device_label
from tracking.rules.rate import TokenBucket
from tracking.rules.refusals import Refusal

logger = logging.getLogger(__name__)

_OPEN_WITHIN_S: Final = 10.0
_RETRY_MS: Final = 5_000
_PASSING: Final = (ErrorCode.BAD_RANGE, ErrorCode.NO_CHECK, ErrorCode.SEALED)
_CLOSE_OF: Final = {ErrorCode.VERSION: CloseCode.VERSION, ErrorCode.RATE: CloseCode.RATE}

_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Emit = Callable[[dict[str, Any]], Awaitable[None]]


async def viewing_socket(scope: dict[str, Any], receive: _Receive, send: _Emit) -> None:
    """Serve one socket (ASGI)."""
    await ViewingConsumer(scope, send).serve(receive)


class ViewingConsumer:
    """One socket: at most one open session."""

    def __init__(self, scope: dict[str, Any], send: _Emit) -> None:
        """Begin without a session."""
        self._scope = scope
        self._emit = send
        self._committer = group_commit.committer()
        self._seat: group_commit.Seat | None = None
        self._opened: viewings.OpenedViewing | None = None
        self._is_closed = self._is_opening = False
        self._close_after: tuple[ErrorCode | None, CloseCode | None] | None = None
        self._is_watched_due = False
        self._deadline: asyncio.TimerHandle | None = None
        self._awaited_check_ms: int | None = None
        self._bucket = TokenBucket(limits.MESSAGES_PER_S, limits.MESSAGES_BURST)
        self._patience: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, receive: _Receive) -> None:
        """Take what arrives, until the socket is gone."""
        await receive()
        await self._connect()
        while (event := await receive())["type"] == "websocket.receive":
            await self._take(event)
        await self._disconnect()

    # What arrives ------------------------------------------------------------------

    async def _connect(self) -> None:
        """Accept first and refuse in words: a browser is not shown why a handshake failed."""
        if group_commit.is_draining():
            await self._send_elsewhere()
            return
        is_spoken = limits.SUBPROTOCOL in self._scope.get("subprotocols", [])
        await self._transmit({"type": "websocket.accept", "subprotocol": limits.SUBPROTOCOL if is_spoken else None})
        if not is_spoken:
            await self.dismiss(ErrorCode.VERSION, CloseCode.VERSION)
        elif self._person_id() is None:
            await self.dismiss(ErrorCode.AUTH, CloseCode.AUTH)
        else:
            self._await_opening()

    async def _take(self, event: dict[str, Any]) -> None:
        """Take one frame: beats at once, and only an opening waits."""
        if self._is_closed or self._close_after is not None:
            return
        if not self._bucket.take(monotonic()):
            await self.dismiss(ErrorCode.RATE, CloseCode.RATE)
            return
        raw = event.get("text")
        try:
            said = protocol.parse(raw if raw is not None else event.get("bytes") or b"")
            if isinstance(said, protocol.Open):
                await self._open(said)
            else:
                self._hear(said)
        except protocol.MalformedMessage as malformed:
            await self._refuse(malformed.code)
        except Refusal as refusal:
            await self._refuse(ErrorCode(refusal.code))

    async def _disconnect(self) -> None:
        """Let the seat go; the session stays and can be resumed."""
        self._is_closed = True
        for timer in (self._patience, self._deadline):
            if timer is not None:
                timer.cancel()
        if self._seat is not None:
            await self._committer.depart(self._seat)

    async def _send_elsewhere(self) -> None:
        """Refuse the handshake so that a proxy tries the next node; a lone player tries again later."""
        self._is_closed = True
        if "websocket.http.response" in (self._scope.get("extensions") or {}):
            await self._emit({"type": "websocket.http.response.start", "status": 503, "headers": []})
            await self._emit({"type": "websocket.http.response.body", "body": b""})
        else:
            await self._emit({"type": "websocket.close", "code": int(CloseCode.TRY_LATER)})

    # What is answered ----------------------------------------------------------------

    async def tell(self, texts: Sequence[str]) -> None:
        """Send what the committed write allows to be said."""
        for text in texts:
            await self._send(text)
        if self._is_watched_due and self._seat is not None:
            # The sweep makes sure of it.
            self._is_watched_due = False
            self._begin(self._committer.beside(partial(watched.record_now, self._seat.row)))
        if self._close_after is not None:
            await self.dismiss(*self._close_after)

    async def dismiss(self, error: ErrorCode | None, close: CloseCode | None) -> None:
        """Say why, and close; the second call does nothing."""
        if self._is_closed:
            return
        if error is not None:
            later_ms = _RETRY_MS if close is CloseCode.TRY_LATER else None
            await self._send(protocol.err(error, is_fatal=True, retry_ms=later_ms))
        self._is_closed = True
        if self._seat is not None:
            self._committer.leave(self._seat)
        await self._transmit({"type": "websocket.close", "code": int(close) if close is not None else 1000})

    # The messages --------------------------------------------------------------------

    async def _open(self, said: protocol.Open) -> None:
        """Open or resume a session; the one message that waits for a thread."""
        if self._seat is not None:
            raise protocol.MalformedMessage
        self._is_opening = True
        try:
            await self._be_let_in(said)
        except tickets.TicketExpired:
            # Where many come at once, a handshake may last longer than a ticket.
            await self.dismiss(None, CloseCode.TRY_LATER)
        except tickets.TicketRefused:
            await self.dismiss(ErrorCode.AUTH, CloseCode.AUTH)
        except viewings.MayNotWatch:
            await self.dismiss(ErrorCode.FORBIDDEN, CloseCode.FORBIDDEN)
        except viewings.LeaseBusy as busy:
            await self._send(protocol.err(ErrorCode.LEASE_BUSY, who=busy.who))
        except Error:
            logger.exception("Could not open a viewing")
            await self.dismiss(ErrorCode.DATABASE_UNAVAILABLE, CloseCode.TRY_LATER)
        finally:
            self._is_opening = False

    async def _be_let_in(self, said: protocol.Open) -> None:
        """Read the ticket, have the viewing opened with those of others, and sit down."""
        person_id, session_key = self._person_id(), self._scope["session"].session_key or ""
        if person_id is None:
            raise tickets.TicketRefused
        ticket = tickets.read(said.ticket, person_id=person_id, session_key=session_key)
        user_agent = dict(self._scope["headers"]).get(b"user-agent", b"")
        asked = openings.Asked(ticket, said, device_label(user_agent.decode("latin-1")))
        self._opened = opened = await self._committer.together(viewings.open_now, person_id, asked)
        watcher = access.Watcher(person_id, ticket.enrolment_id, session_key, access.password_mark(self._scope["user"]))
        self._seat = group_commit.Seat(self, opened.row, watcher, opened.viewing)
        await self._sit_down(opened)

    async def _sit_down(self, opened: viewings.OpenedViewing) -> None:
        """Take the seat, tell the player where it stands, and tell the connection it replaces."""
        seat = self._seat
        if seat is None or self._is_closed:
            return
        if self._patience is not None:
            self._patience.cancel()
        seat.heard_ms = process_clock.now_ms()
        self._committer.admit(seat)
        if opened.late is not None:
            await self._send(protocol.err(ErrorCode(opened.late.code)))
        seat.told_heartbeat_ms = self._committer.heartbeat_ms
        await self._send(protocol.ok(opened.facts, heartbeat_ms=self._committer.heartbeat_ms))
        if opened.prompt is not None:
            await self._send(opened.prompt)
        if group_commit.is_draining():
            # Who shook hands before the signal and sits down after it has not been told.
            await self._committer.send_elsewhere(seat)
        self._await_answer(seat)
        # Beside: a channel layer that hangs costs hints, never beats.
        self._begin(self._committer.join(seat, replaces_another=opened.replaces_another))

    def _hear(self, said: protocol.Beat | protocol.Answer) -> None:
        """Have a message judged, and leave the answer to the commit."""
        seat = self._seat
        if seat is None or self._opened is None:
            raise protocol.MalformedMessage
        now_ms = seat.heard_ms = process_clock.now_ms()
        viewing = seat.viewing
        heard = hear(
            viewing,
            said,
            self._opened.provisions,
            now_ms=now_ms,
            epoch=viewing.live.epoch,
            heartbeat_ms=seat.news_of_heartbeat(self._committer.heartbeat_ms),
        )
        self._write(seat, heard)

    def _write(self, seat: group_commit.Seat, heard: Heard) -> None:
        """Hand over what was heard to be written, and note what follows from it."""
        if heard.closing is not None:
            self._close_after = heard.closing
        if heard.is_watched:
            self._is_watched_due = True
        self._committer.mark(seat, heard)
        self._await_answer(seat)

    def _await_answer(self, seat: group_commit.Seat) -> None:
        """Wait for the answer to the check that is open, if one is."""
        if self._opened is None or seat.viewing.live.check_ms == self._awaited_check_ms:
            return
        self._awaited_check_ms = seat.viewing.live.check_ms
        if self._deadline is not None:
            self._deadline.cancel()
        missed_ms = missed_at_ms(seat.viewing, self._opened.provisions)
        if missed_ms is not None:
            wait_s = max(0, missed_ms - process_clock.now_ms()) / 1_000
            self._deadline = asyncio.get_running_loop().call_later(wait_s, self._note_missed)

    def _note_missed(self) -> None:
        """Record that nobody answered in time."""
        seat, opened = self._seat, self._opened
        if self._is_closed or seat is None or seat.is_lost or opened is None or seat.viewing.terms is None:
            return
        viewing, now_ms = seat.viewing, process_clock.now_ms()
        heard = notice_missed(viewing, opened.provisions, now_ms=now_ms, epoch=viewing.live.epoch)
        if heard is not None:
            self._write(seat, heard)

    # Small things ----------------------------------------------------------------------

    async def _refuse(self, code: ErrorCode) -> None:
        """Answer a refusal; what a sound player cannot have said closes the socket."""
        if code in _PASSING or (code is ErrorCode.SESSION_ENDED and self._seat is None):
            await self._send(protocol.err(code))
        elif code is ErrorCode.SUPERSEDED:
            await self.dismiss(code, CloseCode.SUPERSEDED)
        else:
            await self.dismiss(code, _CLOSE_OF.get(code, CloseCode.BAD_MESSAGE))

    def _person_id(self) -> int | None:
        """Return who is signed in at this socket."""
        person = self._scope.get("user")
        return person.pk if person is not None and person.is_authenticated else None

    def _await_opening(self) -> None:
        self._patience = asyncio.get_running_loop().call_later(_OPEN_WITHIN_S, self._lose_patience)

    def _lose_patience(self) -> None:
        """Close a socket on which nobody opened anything; the time that we take to open is ours."""
        if self._is_opening:
            self._await_opening()
        else:
            self._begin(self.dismiss(None, CloseCode.IDLE))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the socket's own course, and log what goes wrong with it."""
        self._tasks.add(task := asyncio.create_task(work))
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("A viewing's side work failed", exc_info=task.exception())

    async def _send(self, text: str) -> None:
        if not self._is_closed:
            await self._transmit({"type": "websocket.send", "text": text})

    async def _transmit(self, event: dict[str, Any]) -> None:
        """Hand an event to the server; a connection that is gone takes none, and that is no fault."""
        # NB: uvicorn's RuntimeError: it refused a later frame itself. `websocket.disconnect` frees the seat.
        try:
            await self._emit(event)
        except (OSError, RuntimeError):
            self._is_closed = True
