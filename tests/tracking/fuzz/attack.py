"""One socket of an attacker, from the handshake to the end: what it sends, and how it was answered.

A connection is either seated, with a real ticket, and sends a long run of messages the rule must
judge, or never opens anything. Most end with a blow that the server must refuse; the rest leave in
one of the ways a socket can be left.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.tracking.fuzz import messages, wire
from tests.tracking.fuzz.wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

_PATIENCE_S = 30.0
_READ_BYTES = 65_536
SEATED_SHARE = 0.15
RESUMING_SHARE = 0.7
LINGERING_SHARE = 0.1
PATIENT_SHARE = 0.3
LONGEST_RUN = 250
_DEVICES = ("desk", "phone")


@dataclass
class Learner:
    """A signed-in learner, where fresh tickets come from, and the viewing session opened last."""

    session_key: str
    ticket: Callable[[], str]
    viewing_key: str | None = None


@dataclass
class Tally:
    """What was sent, and what came back, over all connections."""

    frames: int = 0
    connections: int = 0
    blows: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    closes: Counter[str] = field(default_factory=Counter)


class Attack:
    """One connection."""

    def __init__(self, chance: random.Random, learner: Learner, port: int, tally: Tally) -> None:
        self.chance, self.learner, self.port, self.tally = chance, learner, port, tally
        self.sequence = 0
        self.buffer = bytearray()
        self.close_code = ""

    async def run(self) -> None:
        """Connect, attack, and hear how it ends."""
        self.tally.connections += 1
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._meet()
        except TimeoutError:
            self.close_code = "NEVER"
        except (OSError, asyncio.IncompleteReadError):
            self.close_code = self.close_code or "dropped"
        finally:
            self.tally.closes[self.close_code or "dropped"] += 1
            self.writer.transport.abort()

    async def _meet(self) -> None:
        if self.chance.random() < 0.01:
            await self._stammer()
            return
        self.writer.write(wire.handshake(self.port, self.learner.session_key))
        answer = await self.reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in answer, answer
        if self.chance.random() < SEATED_SHARE and await self._sit_down():
            if self.chance.random() < LINGERING_SHARE:
                await asyncio.sleep(self.chance.uniform(1, 4))
            await self._send(self._run_of_messages())
            if self.chance.random() < PATIENT_SHARE:
                await self._hear_until("ack")
        if not self.close_code:
            await self._end()

    async def _stammer(self) -> None:
        """Send a handshake that is none, or half of one, and hang up."""
        request = wire.handshake(self.port, self.learner.session_key)
        way = self.chance.randint(0, 2)
        if way == 0:
            request = request[: self.chance.randint(1, len(request) - 1)]
        elif way == 1:
            request = request.replace(b"Sec-WebSocket-Key", b"Sec-WebSocket-Kex")
        else:
            request = request.replace(b"13", b"\xff\x00")
        self.writer.write(request)
        self.writer.write_eof()
        answer = await self.reader.read()
        self.close_code = answer[9:12].decode() or "no handshake"

    async def _sit_down(self) -> bool:
        """Open a session; say whether it was granted."""
        message = {"t": "open", "v": 1, "ticket": self.learner.ticket(), "dev": self.chance.choice(_DEVICES)}
        message |= {"take": self.chance.random() < 0.5}
        if self.chance.random() < RESUMING_SHARE:
            message["resume"] = self.learner.viewing_key
        await self._send([wire.frame(TEXT, messages.text_of(message))])
        return await self._hear_until("ok", "err") == "ok"

    def _run_of_messages(self) -> list[bytes]:
        """Return a run of messages that the parser takes."""
        frames: list[bytes] = []
        for _number in range(self.chance.randint(1, LONGEST_RUN)):
            message, self.sequence = messages.well_formed(self.chance, self.sequence)
            payload = messages.text_of(message)
            way = self.chance.random()
            if way < 0.03:
                frames += wire.fragments(self.chance, payload)
            elif way < 0.05:
                frames += [wire.frame(self.chance.choice([PING, PONG]), b"x" * self.chance.randint(0, 125))]
            elif way < 0.15:
                frames.append(wire.frame(BINARY, payload, mask=self.chance.randbytes(4)))
            else:
                frames.append(wire.frame(TEXT, payload))
        return frames

    async def _end(self) -> None:
        """Deal the last blow, or leave."""
        way = self.chance.choices(list(_ENDS), list(_ENDS.values()))[0]
        self.tally.blows[way] += 1
        if way == "malformed":
            # What chance leaves well-formed closes nothing; the last one does.
            blows = [self._malformed() for _number in range(self.chance.randint(1, 3))]
            await self._send([*blows, wire.frame(TEXT, b"!")])
        elif way == "framing":
            await self._send([self.chance.choice(_BROKEN)(self.chance)])
            # Half a frame would be waited for.
            self.writer.write_eof()
        elif way == "close":
            await self._send([wire.frame(CLOSE, self.chance.choice(_FAREWELLS))])
        elif way == "half-closed":
            self.writer.write_eof()
        else:
            self.close_code = "aborted by us"
            return
        await self._hear_until()

    def _malformed(self) -> bytes:
        payload = messages.malformed(self.chance, self.sequence + 1, self.learner.ticket())
        return wire.frame(BINARY if self.chance.random() < 0.3 else TEXT, payload)

    async def _send(self, frames: list[bytes]) -> None:
        """Send frames, whole or in odd pieces of the stream."""
        self.tally.frames += len(frames)
        data = b"".join(frames)
        if self.chance.random() < 0.1:
            at = self.chance.randint(0, len(data))
            self.writer.write(data[:at])
            await self.writer.drain()
            await asyncio.sleep(0)
            data = data[at:]
        self.writer.write(data)
        await self.writer.drain()

    async def _hear_until(self, *kinds: str) -> str:
        """Read until a message of one of the kinds, and return it; "" when the server closed."""
        while not self.close_code and (data := await self.reader.read(_READ_BYTES)):
            for answer in self._answers(data):
                if answer["t"] in kinds:
                    return str(answer["t"])
        return ""

    def _answers(self, data: bytes) -> list[dict[str, object]]:
        """Return the messages in what was read, and keep the code of a close."""
        self.buffer += data
        heard = []
        for opcode, payload in wire.frames_in(self.buffer):
            if opcode == CLOSE:
                self.close_code = str(int.from_bytes(payload[:2])) if payload else "no code"
            elif opcode == TEXT:
                answer = json.loads(payload)
                heard.append(answer)
                if answer["t"] == "ok":
                    self.sequence, self.learner.viewing_key = answer["q"], answer["sid"]
                self.tally.answers[answer["t"] + (f" {answer['code']}" if answer["t"] == "err" else "")] += 1
        return heard


_ENDS = {"malformed": 70, "framing": 15, "close": 5, "half-closed": 5, "aborted": 5}

# No code, good ones, one of ours, one out of range, a reason that is not UTF-8, half a code.
_FAREWELLS = [b"", b"\x03\xe8", b"\x03\xe9gone", b"\x11\x30", b"\x00\x01", b"\x03\xe8\xff", b"\x03"]

_BROKEN: list[Callable[[random.Random], bytes]] = [
    lambda chance: wire.frame(chance.choice([3, 4, 5, 6, 7, 11, 12, 15]), b"{}"),
    lambda _chance: wire.frame(TEXT, b"{}", is_masked=False),
    lambda chance: wire.frame(TEXT, b"{}", reserved_bits=chance.randint(1, 7)),
    lambda _chance: wire.frame(PING, b"x" * 126),
    lambda _chance: wire.frame(PING, b"x", is_last=False),
    lambda _chance: wire.frame(CONTINUATION, b"{}"),
    lambda _chance: wire.frame(TEXT, b"{", is_last=False) + wire.frame(TEXT, b"}"),
    lambda _chance: wire.frame(TEXT, b"x", is_last=False) + 9 * wire.frame(CONTINUATION, b"x" * 500, is_last=False),
    lambda chance: wire.frame(TEXT, b"x" * chance.choice([4_097, 65_536, 70_000])),
    lambda _chance: wire.frame(TEXT, b"x", said_length=2**63 - 1),
    lambda _chance: wire.frame(TEXT, b"x", said_length=2**64 - 1),
    lambda _chance: wire.frame(TEXT, b"half a fra", said_length=200),
    lambda _chance: wire.frame(TEXT, b"\xff\xfe\xfd"),
    lambda _chance: wire.frame(TEXT, "学".encode()[:2]),
    lambda chance: chance.randbytes(chance.randint(1, 200)),
]
