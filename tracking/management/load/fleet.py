"""Many learners in one process: who connects when, who beats when, and what is counted.

One wheel of ticks in place of a timer for each learner; one histogram in place of a list of times.
Knows the order of a run's phases only as it is told them (`client`).
"""

import asyncio
import random
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from tracking.management.load import wire
from tracking.management.load.learner import Learner
from tracking.management.load.tickets import TicketOffice

_TICK_S: Final = 0.05
_AGAIN_S: Final = 1.0
_BACKOFF_MAX_S: Final = 60.0
_SLOWEST_MS: Final = 60_000
#: A source address has some 28,000 ports; these are enough for a process's whole allowance of files.
_ADDRESSES: Final = 8
_NEVER: Final = float("inf")


class Fleet:
    """The learners of one client process."""

    def __init__(self, facts: dict[str, Any], rows: Sequence[str]) -> None:
        """Make the learners; nobody connects yet."""
        self.loop = asyncio.get_running_loop()
        self.facts = facts
        self.office = TicketOffice(facts)
        self.learners = [Learner(self, number, row) for number, row in enumerate(rows)]
        self.beat_s = float(facts["beat_s"])
        self.is_saturating = self.is_over = False
        #: Spread of the next reconnects, once the servers are known to restart; 0: plain backoff.
        self.drain_s = 0.0
        self.acked_count = 0
        self.latencies_ms = array("L", bytes(8 * (_SLOWEST_MS + 1)))
        self.arrivals: list[float] = []
        self.counts: Counter[str] = Counter()
        self._waiting: dict[Learner, asyncio.Future[None]] = {}
        self._slots: dict[int, list[Learner]] = {}
        self._tick = int(self.loop.time() / _TICK_S)
        self._tasks: set[asyncio.Task[None]] = set()
        self.loop.call_later(_TICK_S, self._turn)

    # The wheel ----------------------------------------------------------------------

    def schedule(self, learner: Learner, at: float) -> None:
        """Have a learner act at an instant; an earlier arrangement is void."""
        learner.due_at = at
        self._slots.setdefault(max(self._tick + 1, int(at / _TICK_S) + 1), []).append(learner)

    def _turn(self) -> None:
        """Let all act whose time has come."""
        self.loop.call_later(_TICK_S, self._turn)
        now = self.loop.time()
        while self._tick < int(now / _TICK_S):
            self._tick += 1
            for learner in self._slots.pop(self._tick, ()):
                if learner.due_at <= now:
                    learner.due_at = _NEVER
                    self._act(learner, now)

    def _act(self, learner: Learner, now: float) -> None:
        """Connect, beat, or wait for an answer a little longer."""
        if not learner.is_open:
            self.connect(learner)
        elif learner.is_overdue(now):
            self.count("unanswered for 10 s")
            learner.abort()
        elif learner.sent_at or self.is_saturating:
            self.schedule(learner, now + _AGAIN_S)
        else:
            learner.beat(now)
            self.schedule(learner, now + self.pace_of(learner))

    def pace_of(self, learner: Learner) -> float:
        """Return how long until the next beat: soon after a pause, else the beat ± 10 %."""
        if learner.state == "i":
            return _AGAIN_S
        return max(self.beat_s, learner.heartbeat_s) * random.uniform(0.9, 1.1)  # noqa: S311 -- no secret

    # Coming and going ---------------------------------------------------------------

    def connect(self, learner: Learner) -> None:
        """Begin to connect, unless it has begun."""
        if learner.is_connecting or self.is_over:
            return
        learner.is_connecting = True
        task = self.loop.create_task(self._connect(learner))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, learner: Learner) -> None:
        try:
            learner.ticket = await self.office.ticket(learner)
            ports = self.facts["ports"]
            source = f"127.{self.facts['client'] + 1}.0.{1 + learner.number % _ADDRESSES}"
            await self.loop.create_connection(
                lambda: learner, "127.0.0.1", ports[learner.number % len(ports)], local_addr=(source, 0)
            )
        except OSError as error:
            self.count(f"no connection: {error.strerror or type(error).__name__}")
            learner.is_connecting = False
            self.lost(learner)

    def upgrade_of(self, learner: Learner) -> bytes:
        """Return the handshake of a browser in which this learner is signed in."""
        cookie = f"{self.facts['session_cookie']}={learner.session_key}"
        headers = {"Origin": self.facts["origin"], "Cookie": cookie, "Sec-WebSocket-Protocol": "trk.v1"}
        return wire.upgrade("/ws/track/", self.facts["headers"] | headers)

    def opening_of(self, learner: Learner) -> str:
        """Return the `open` message: a new session, or the one the learner had."""
        resume = f'"{learner.session_id}"' if learner.session_id else "null"
        ended = f'{{"sid":"{learner.ended_id}","c":{learner.pending()}}}' if learner.ended_id else "null"
        return (
            f'{{"t":"open","v":1,"ticket":"{learner.ticket}","dev":"bench{learner.number}","take":false,'
            f'"resume":{resume},"prev":{ended}}}'
        )

    def lost(self, learner: Learner) -> None:
        """Arrange the way back: full jitter over the drain, or growing with every try."""
        if self.is_over or learner.has_parted:
            return
        spread_s = self.drain_s if self.drain_s and not learner.tries else min(_BACKOFF_MAX_S, 2.0**learner.tries)
        learner.tries += 1
        self.schedule(learner, self.loop.time() + random.random() * spread_s)  # noqa: S311 -- no secret

    def drained(self, learner: Learner, within_s: float) -> None:
        """Reconnect at a random moment within the span, as the server asks."""
        self.count("drained")
        self.loop.call_later(random.random() * within_s, learner.abort)  # noqa: S311 -- no secret

    def arrived(self, learner: Learner, now: float) -> None:
        """Note that a session is open, and let its beats begin at a place of their own in the round."""
        self.arrivals.append(now)
        self.schedule(learner, now + random.random() * self.beat_s)  # noqa: S311 -- no secret
        waiting = self._waiting.pop(learner, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def open(self, count: int, *, at_once: int, patience_s: float) -> int:
        """Connect the first `count` learners, so many at once; return how many sit."""
        gate = asyncio.Semaphore(at_once)
        absent = [learner for learner in self.learners[:count] if not learner.is_open]
        await asyncio.gather(*(self._open_one(learner, gate, patience_s) for learner in absent))
        return sum(learner.is_open for learner in self.learners)

    async def _open_one(self, learner: Learner, gate: asyncio.Semaphore, patience_s: float) -> None:
        async with gate:
            waiting = self._waiting[learner] = self.loop.create_future()
            self.connect(learner)
            try:
                await asyncio.wait_for(waiting, patience_s)
            except TimeoutError:
                self.count("not opened in time")

    async def end(self) -> None:
        """Leave for good: nobody comes back, and nothing more is said that would not be written down."""
        self.is_over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for learner in self.learners:
            learner.abort()

    # What is counted ----------------------------------------------------------------

    def acked(self, learner: Learner, now: float, waited_s: float) -> None:
        """Count an acknowledged beat; at saturation the next one follows at once."""
        learner.sent_at = 0.0
        self.acked_count += 1
        self.latencies_ms[min(_SLOWEST_MS, int(waited_s * 1_000))] += 1
        if self.is_saturating:
            learner.beat(now)

    def count(self, what: str) -> None:
        """Count something out of the ordinary."""
        self.counts[what] += 1

    def clear(self) -> None:
        """Begin to count anew."""
        self.acked_count = 0
        self.latencies_ms = array("L", bytes(8 * (_SLOWEST_MS + 1)))
        self.arrivals = []
