"""A server killed in the middle of play: what was acknowledged is there afterwards.

A real uvicorn process, a real socket, SIGKILL, a new process, resume. With
HOURBOOK_TEST_DATABASE_URL the same on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.server import Server, own_database_url
from tracking.models import Coverage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(own_database_url())
    yield server
    server.kill()


class Player:
    """A player that remembers what it was acknowledged."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self.acked_s = 0
        self.sequence = 0

    async def open(self, at: Learner, **fields: Any) -> Any:
        ticket = await in_thread(at.ticket)()
        await self.ws.send(json.dumps({"t": "open", "v": 1, "ticket": ticket, "dev": "desk"} | fields))
        answer = json.loads(await asyncio.wait_for(self.ws.recv(), 10))
        self.sequence = answer["q"]
        return answer

    async def claim(self, to_s: int) -> None:
        self.sequence += 1
        message = {"t": "hb", "q": self.sequence, "c": [[0, to_s]], "pt": 60_000, "p": to_s, "s": "p", "f": 0}
        await self.ws.send(json.dumps(message))

    async def hear(self) -> int:
        answer = json.loads(await asyncio.wait_for(self.ws.recv(), 10))
        assert answer["t"] == "ack"
        self.acked_s = answer["n"]
        return self.acked_s


def socket_of(server: Server, at: Learner) -> Any:
    return connect(
        f"ws://127.0.0.1:{server.port}/ws/track/",
        origin=f"http://127.0.0.1:{server.port}",  # type: ignore[arg-type]
        subprotocols=["trk.v1"],  # type: ignore[list-item]
        additional_headers={"Cookie": f"sessionid={at.session_key}"},
    )


async def held_s(at: Learner) -> int:
    seen = await in_thread(Coverage.objects.held)(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk)
    return seen.confirmed_s


async def test_every_acknowledged_second_survives_a_kill(server: Server) -> None:
    at = await in_thread(make.learner)()
    await asyncio.to_thread(server.start)
    async with socket_of(server, at) as ws:
        player = Player(ws)
        opened = await player.open(at)
        for _second in range(4):
            await asyncio.sleep(1.05)
            await player.claim(60)
            await player.hear()
        # One more is on its way when the power goes.
        await player.claim(60)
        await asyncio.to_thread(server.kill)
    acked_s = player.acked_s

    await asyncio.to_thread(server.start)
    async with socket_of(server, at) as ws:
        again = Player(ws)
        answer = await again.open(at, resume=opened["sid"])
        await asyncio.sleep(1.05)
        await again.claim(60)
        grown_s = await again.hear()

    assert acked_s >= 4
    assert answer["sid"] == opened["sid"]
    assert answer["n"] >= acked_s
    assert answer["have"] == [[0, answer["n"]]]
    assert answer["pos"] == answer["n"]
    assert grown_s > answer["n"]
    assert await held_s(at) == grown_s


async def test_a_draining_server_sends_its_players_elsewhere_and_takes_nobody_new(server: Server) -> None:
    at = await in_thread(make.learner)()
    await asyncio.to_thread(server.start)
    async with socket_of(server, at) as ws:
        player = Player(ws)
        await player.open(at)
        server.drain()
        told = json.loads(await asyncio.wait_for(ws.recv(), 10))
        await asyncio.sleep(1.05)
        await player.claim(60)

        assert told == {"t": "drain", "in_ms": 120_000}
        # Who is still here is served to the end.
        assert await player.hear() >= 1
        with pytest.raises(InvalidStatus) as refused:
            async with socket_of(server, at):
                pass
    assert refused.value.response.status_code == 503


async def test_a_signal_to_drain_before_anybody_came_ends_nothing(server: Server) -> None:
    await asyncio.to_thread(server.start)
    server.drain()
    await asyncio.sleep(0.5)

    assert server.is_alive()
