"""An honest viewer over a real socket, who remembers every second that was acknowledged.

Plays at the speed of the wall, claims what it played, keeps what is unacknowledged, and comes back
after every break: to its session, or with a new one that brings what the dead one still had to
claim. Knows the wire as a player does, and nothing of the database. Source: TRACKING §2.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tracking.rules.rate import TokenBucket

_RUNS_MAX = 16
_BURST, _PER_S = 9, 1
_REOPEN_SHARE = 0.2
_OPEN_WITHIN_S = 40.0
_BACKOFF_S = (0.05, 0.6)
_WANDERING_SHARE = 0.02


@dataclass
class Tally:
    """What all viewers met, and when an acknowledgement last came from each node's port."""

    acks: int = 0
    openings: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest_ack_s: float = 0.0
    slowest_return_s: float = 0.0
    attached: Counter[int] = field(default_factory=Counter)
    heard: dict[int, asyncio.Event] = field(default_factory=dict)

    def hear(self, port: int) -> None:
        """Wake whoever waits for an acknowledgement of this node."""
        self.acks += 1
        self.heard.setdefault(port, asyncio.Event()).set()

    async def next_ack(self, port: int) -> None:
        """Wait for an acknowledgement of this node."""
        event = self.heard.setdefault(port, asyncio.Event())
        event.clear()
        await event.wait()


class Elsewhere(Exception):
    """The node will end and asked its viewers to leave."""


class Wandered(Exception):
    """The viewer loads the page again, for reasons of its own."""


class Viewer:
    """One learner with one lesson: `ports` are the nodes; `ticket` gives a fresh ticket."""

    def __init__(
        self,
        session_key: str,
        ticket: Callable[[], str],
        ports: Sequence[int],
        tally: Tally,
        *,
        chance: random.Random,
        patience_s: float,
        drain_s: float,
    ) -> None:
        self._session_key, self._ticket, self._ports, self._tally = session_key, ticket, ports, tally
        self._chance, self._patience_s, self._drain_s = chance, patience_s, drain_s
        self._device = uuid.uuid4().hex
        self._viewing_key: str | None = None
        self._sequence = 0
        self._confirmed_s = 0
        self._began_s: float | None = None
        self._opened_s = 0.0
        self._played_s = 0
        self._sent: dict[int, set[int]] = {}
        self._left_port: int | None = None
        self._broken_s: float | None = None
        self._leave_s: float | None = None
        self._bucket = TokenBucket(_PER_S, _BURST)
        self.pending: set[int] = set()
        self.acknowledged: set[int] = set()
        self.is_playing = True
        self.is_done = False

    async def watch(self) -> None:
        """Watch until told to stop playing and everything played is acknowledged; then say farewell."""
        while not self.is_done:
            port = self._chance.choice([port for port in self._ports if port != self._left_port] or self._ports)
            try:
                async with connect(
                    f"ws://127.0.0.1:{port}/ws/track/",
                    origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
                    subprotocols=["trk.v1"],  # type: ignore[list-item]
                    additional_headers={"Cookie": f"sessionid={self._session_key}"},
                    compression=None,
                    ping_interval=None,
                    open_timeout=_OPEN_WITHIN_S,
                    close_timeout=1,
                    proxy=None,
                ) as ws:
                    await self._attend(ws, port)
            except Wandered:
                self._end("wandered")
            except Elsewhere:
                self._left_port = port
                self._end("drained")
                continue
            except ConnectionClosed as closed:
                self._end(f"closed {closed.rcvd.code if closed.rcvd else 'without a word'}")
            except TimeoutError:
                self._end("no answer in time")
            except (OSError, InvalidHandshake) as error:
                self._end(type(error).__name__)
            await asyncio.sleep(self._chance.uniform(*_BACKOFF_S))

    async def _attend(self, ws: ClientConnection, port: int) -> None:
        """Open, then beat until something breaks."""
        self._bucket, self._leave_s = TokenBucket(_PER_S, _BURST), None
        await self._open(ws)
        self._left_port = None
        self._tally.attached[port] += 1
        try:
            await self._beat_on(ws, port)
        finally:
            self._tally.attached[port] -= 1

    async def _beat_on(self, ws: ClientConnection, port: int) -> None:
        while not self.is_done:
            is_last = not self.is_playing and not self.pending
            await self._beat(ws, port, "bye" if is_last else "hb")
            if is_last:
                self.is_done = True
                return
            await self._hear_for(ws, self._chance.uniform(0.3, 1.0))
            if self._chance.random() < _WANDERING_SHARE:
                raise Wandered

    async def _open(self, ws: ClientConnection) -> None:
        """Resume, or now and then begin anew as a page that was loaded again does."""
        self._play()
        resume = self._viewing_key if self._chance.random() > _REOPEN_SHARE else None
        answer = await self._ask_to_open(ws, resume)
        if answer["t"] == "err" and answer["code"] == "session_ended":
            answer = await self._ask_to_open(ws, None)
        if answer["t"] != "ok":
            await asyncio.wait_for(ws.recv(), _OPEN_WITHIN_S)
            raise TimeoutError
        held = _seconds(answer["have"]) | _seconds(answer["prov"])
        if missing := self.acknowledged - held:
            self._tally.faults.append(f"{len(missing)} acknowledged seconds are missing at an opening: {answer['sid']}")
        if answer["sid"] != self._viewing_key:
            self._opened_s = time.monotonic()
        self._viewing_key, self._sequence = answer["sid"], answer["q"]
        self._sent = {}
        if self._began_s is None:
            self._began_s = time.monotonic()
        self._hold(held, answer["n"])
        self._tally.openings += 1

    async def _ask_to_open(self, ws: ClientConnection, resume: str | None) -> Any:
        message = {"t": "open", "v": 1, "ticket": self._ticket(), "dev": self._device}
        if resume is not None:
            message["resume"] = resume
        elif self._viewing_key is not None:
            message["prev"] = {"sid": self._viewing_key, "c": self._claims()}
        self._bucket.take(time.monotonic())
        await ws.send(json.dumps(message))
        while True:
            answer = json.loads(await asyncio.wait_for(ws.recv(), _OPEN_WITHIN_S))
            is_late_claim = answer["t"] == "err" and answer["code"] in ("sealed", "bad_range")
            if not is_late_claim:
                return answer
            self._tally.ends[f"late claims: {answer['code']}"] += 1

    async def _beat(self, ws: ClientConnection, port: int, kind: str) -> None:
        """Claim all that is unacknowledged, and wait for the acknowledgement."""
        while not self._bucket.take(time.monotonic()):
            await self._hear_for(ws, 0.5)
        self._play()
        claims = self._claims()
        self._sequence += 1
        self._sent[self._sequence] = _seconds(claims)
        played_ms = int((time.monotonic() - self._opened_s) * 1_000)
        message = {"t": kind, "q": self._sequence, "c": claims, "pt": played_ms, "p": self._played_s, "s": "p", "f": 0}
        sent_s = time.monotonic()
        await ws.send(json.dumps(message | ({"why": "user"} if kind == "bye" else {})))
        await self._hear_for(ws, self._patience_s, sequence=self._sequence)
        if self._sequence in self._sent:
            raise TimeoutError
        self._tally.hear(port)
        self._tally.slowest_ack_s = max(self._tally.slowest_ack_s, time.monotonic() - sent_s)
        if self._broken_s is not None:
            self._tally.slowest_return_s = max(self._tally.slowest_return_s, time.monotonic() - self._broken_s)
            self._broken_s = None

    async def _hear_for(self, ws: ClientConnection, wait_s: float, *, sequence: int | None = None) -> None:
        """Hear until the time is up, or the beat is acknowledged. Raises: Elsewhere, when it is time to go."""
        until_s = time.monotonic() + wait_s
        while sequence is None or sequence in self._sent:
            now_s = time.monotonic()
            if self._leave_s is not None and now_s >= self._leave_s and sequence is None:
                raise Elsewhere
            if now_s >= until_s:
                return
            try:
                text = await asyncio.wait_for(ws.recv(), until_s - now_s)
            except TimeoutError:
                continue
            await self._take(ws, json.loads(text))

    async def _take(self, ws: ClientConnection, said: Any) -> None:
        """Do what one message of the server asks."""
        if said["t"] == "ack":
            granted = self._sent.pop(said["q"], set()) - _seconds(said.get("rem", []))
            self._hold(granted, said["n"])
        elif said["t"] == "chk":
            answer = {"t": "ans", "id": said["id"], "v": "", "ms": 1_500}
            await ws.send(json.dumps(answer))
        elif said["t"] == "drain":
            within_s = min(self._drain_s, said["in_ms"] / 1_000)
            self._leave_s = time.monotonic() + self._chance.random() * within_s
        elif said["t"] == "err":
            self._tally.ends[f"err {said['code']}"] += 1

    def _hold(self, seconds: set[int], confirmed_s: int) -> None:
        """Note what the server says it holds: from now on none of it may ever be missing."""
        self.acknowledged |= seconds
        self.pending -= seconds
        if confirmed_s < self._confirmed_s:
            self._tally.faults.append(f"{self._confirmed_s} s were confirmed, and then {confirmed_s}")
        self._confirmed_s = max(self._confirmed_s, confirmed_s)

    def _play(self) -> None:
        """Play on to the present moment, seen or unseen by the server."""
        if self._began_s is None or not self.is_playing:
            return
        reached_s = int(time.monotonic() - self._began_s)
        self.pending |= set(range(self._played_s, reached_s)) - self.acknowledged
        self._played_s = max(self._played_s, reached_s)

    def _claims(self) -> list[list[int]]:
        """Return the first runs of what is unacknowledged; the rest next time."""
        runs: list[list[int]] = []
        for second in sorted(self.pending):
            if runs and runs[-1][1] == second:
                runs[-1][1] += 1
            elif len(runs) == _RUNS_MAX:
                break
            else:
                runs.append([second, second + 1])
        return runs

    def _end(self, how: str) -> None:
        self._tally.ends[how] += 1
        if self._broken_s is None and self._began_s is not None:
            self._broken_s = time.monotonic()


def _seconds(runs: Iterable[Sequence[int]]) -> set[int]:
    return {second for from_s, to_s in runs for second in range(from_s, to_s)}
