"""What tracking's doors are tested with: a clock that stands still, and the real application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from pytest_django import Settings

from learning.asgi import application
from tests.factories import tracking as make
from tests.factories.tracking import NOON_MS, Learner
from tests.tracking import record_store_double
from tracking import group_commit
from tracking.models.clock import ProcessClock, process_clock


class StandingClock:
    """Server time that moves only when a test says so."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def pass_s(self, seconds: float) -> None:
        self.ms += int(seconds * 1_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock()
    monkeypatch.setattr(ProcessClock, "now_ms", lambda _self: standing.ms)
    monkeypatch.setattr(process_clock, "offset_ms", 0)
    return standing


PLAYERS: list[Player] = []


class Player:
    """A player at the other end of a socket."""

    def __init__(
        self, at: Learner, *, origin: str = "http://testserver:80", protocols: tuple[str, ...] = ("trk.v1",)
    ) -> None:
        self.at = at
        headers = [
            (b"origin", origin.encode()),
            (b"cookie", f"sessionid={at.client.cookies['sessionid'].value}".encode() if at.client.cookies else b""),
            (b"user-agent", b"Mozilla/5.0 (Windows NT 10.0) Chrome/140 Edg/140"),
        ]
        self.socket = WebsocketCommunicator(application, "/ws/track/", headers=headers, subprotocols=list(protocols))
        self.sequence = 0
        self.has_left = False
        PLAYERS.append(self)

    async def connect(self) -> Player:
        is_accepted, _protocol = await self.socket.connect(timeout=20)
        assert is_accepted
        return self

    async def say(self, **message: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(message))

    async def hear(self) -> Any:
        return json.loads(await self.socket.receive_from(timeout=20))

    async def open(self, *, ticket: str | None = None, **fields: Any) -> Any:
        if ticket is None:
            ticket = await database_sync_to_async(self.at.ticket)()
        await self.say(**({"t": "open", "v": 1, "ticket": ticket, "dev": "desk"} | fields))
        answer = await self.hear()
        self.sequence = answer.get("q", 0)
        return answer

    async def beat(self, *runs: list[int], played_ms: int = 3_600_000, **fields: Any) -> None:
        self.sequence += 1
        message = {"t": "hb", "q": self.sequence, "c": list(runs), "pt": played_ms, "p": 0, "s": "p", "f": 0}
        await self.say(**(message | fields))

    async def closed(self) -> int:
        """Wait for the close and return its code."""
        message = await self.socket.receive_output(timeout=20)
        assert message["type"] == "websocket.close", message
        return int(message["code"])

    async def outcome(self) -> int | str:
        """Hear until the first acknowledgement or the close; return "ack", or the close's code."""
        while True:
            message = await self.socket.receive_output(timeout=20)
            if message["type"] == "websocket.close":
                return int(message["code"])
            if json.loads(message["text"])["t"] == "ack":
                return "ack"

    async def ending(self) -> int:
        """Hear until the close, and return its code."""
        while (outcome := await self.outcome()) == "ack":
            pass
        return int(outcome)

    async def leave(self) -> None:
        """Go, as a browser does after every close; a socket left lying would keep the channel layer waiting."""
        if not self.has_left:
            self.has_left = True
            await self.socket.disconnect(timeout=20)


@pytest.fixture
def at(transactional_db: None) -> Learner:
    return make.learner()


@pytest.fixture
async def committer() -> AsyncIterator[None]:
    """Let the group commit finish before the database goes away."""
    yield
    while PLAYERS:
        await PLAYERS.pop().leave()
    for seat in list(group_commit.committer()._seats):
        group_commit.committer().leave(seat)
    await asyncio.wait_for(group_commit.committer().finished(), 10)


@pytest.fixture
def lrs(settings: Settings) -> Iterator[record_store_double.Store]:
    """A learning record store, and the installation told of it."""
    with record_store_double.serving() as (address, store):
        settings.LRS_URL, settings.LRS_KEY = address, record_store_double.KEY
        settings.LRS_SECRET = record_store_double.SECRET
        yield store
