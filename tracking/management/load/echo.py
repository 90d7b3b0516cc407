"""Sockets that say something to the echo and wait for the answer: what the server can do at best."""

import asyncio
from typing import Any, Final, cast

from tracking.management.load import wire
from tracking.management.load.wire import ECHO_PATH

#: As long as a usual beat.
_WORDS: Final = wire.text_frame(b'{"t":"hb","q":12,"c":[[1015,1030]],"pt":181000,"p":1030,"s":"p","f":0}')
_WITHIN_S: Final = 30.0


class _Echo(asyncio.Protocol):
    """One socket."""

    __slots__ = ("answer_count", "fleet", "head", "ready", "transport")

    def __init__(self, fleet: "EchoFleet") -> None:
        self.fleet = fleet
        self.head = b""
        self.ready: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(wire.upgrade(ECHO_PATH, self.fleet.headers))

    def data_received(self, data: bytes) -> None:
        data = self.head + data
        if self.ready is not None:
            _head, end, data = data.partition(wire.END_OF_HEAD)
            if not end:
                self.head = _head
                return
            self.ready.set_result(None)
            self.ready = None
        frames, self.head = wire.take_frames(data)
        for _frame in frames:
            self.fleet.message_count += 1
            self.speak()

    def speak(self) -> None:
        """Say the next, unless time is up."""
        if self.fleet.is_running and self.transport is not None:
            self.transport.write(_WORDS)


class EchoFleet:
    """The echo's sockets of one client process."""

    def __init__(self, facts: dict[str, Any]) -> None:
        """Connect nobody yet."""
        self.headers: dict[str, str] = facts["headers"]
        self.message_count = 0
        self.is_running = False
        self._ports: list[int] = facts["ports"]
        self._source = f"127.{facts['client'] + 1}.0.100"
        self._sockets: list[_Echo] = []

    async def open(self, count: int) -> None:
        """Connect so many, spread over the servers."""
        loop = asyncio.get_running_loop()
        for number in range(count):
            port = self._ports[number % len(self._ports)]
            _transport, socket = await loop.create_connection(
                lambda: _Echo(self), "127.0.0.1", port, local_addr=(self._source, 0)
            )
            self._sockets.append(socket)
            if socket.ready is not None:
                await asyncio.wait_for(socket.ready, _WITHIN_S)

    async def run(self, seconds: float) -> int:
        """Speak for so long, each socket when it is answered; return how many answers came."""
        self.message_count, self.is_running = 0, True
        for socket in self._sockets:
            socket.speak()
        await asyncio.sleep(seconds)
        self.is_running = False
        return self.message_count

    def close(self) -> None:
        """Hang up."""
        for socket in self._sockets:
            if socket.transport is not None:
                socket.transport.abort()
        self._sockets = []
