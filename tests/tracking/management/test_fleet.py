"""A fleet of one learner before a server that takes its time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tracking.management.load import fleet as fleets
from tracking.management.load import wire
from tracking.management.load.fleet import Fleet
from tracking.management.load.learner import Learner

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


class Office:
    """Tickets for the asking."""

    def __init__(self, _facts: dict[str, Any]) -> None:
        pass

    async def ticket(self, _learner: Learner) -> str:
        return "ticket"


async def test_end_lets_nobody_say_what_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleets, "TicketOffice", Office)
    asked, go, said = asyncio.Event(), asyncio.Event(), asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(wire.END_OF_HEAD)
        asked.set()
        await go.wait()
        writer.write(ANSWER)
        try:
            said.put_nowait(await reader.read(1_000))
        except ConnectionResetError:
            said.put_nowait(b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    facts = {"beat_s": 15, "client": 0, "ports": [port], "origin": "", "session_cookie": "s", "headers": {}}
    fleet = Fleet(facts, ["7 8 9 login-key"])
    fleet.connect(fleet.learners[0])
    await asyncio.wait_for(asked.wait(), 10)

    await fleet.end()
    go.set()

    assert await asyncio.wait_for(said.get(), 10) == b""
    fleet.connect(fleet.learners[0])
    assert not fleet.learners[0].is_connecting
    server.close()
