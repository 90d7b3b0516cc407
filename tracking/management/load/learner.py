"""One learner at one socket: an honest viewer, as lean as a hundred thousand of them must be.

Plays at 1×, claims every second not yet acknowledged, pauses now and then, resumes its session
after a lost connection, stops the video 240 s after the last acknowledgement. Answers presence
checks; a question about the lecture it can only guess at. Remembers what was acknowledged, for the
audit. Source: TRACKING §2.
"""

import asyncio
import json
import random
from typing import TYPE_CHECKING, Any, Final, cast

from tracking.management.load import wire

if TYPE_CHECKING:
    from tracking.management.load.fleet import Fleet

#: A pause every so many beats: with the play after it two entries, TRACKING §5's one in ten beats.
PAUSE_EVERY: Final = 20
#: Source: TRACKING §2 Constants, heartbeat.
USUAL_BEAT_S: Final = 15.0
_OFFLINE_S: Final = 240
_PATIENCE_S: Final = 10.0
_ACK: Final = b'{"t":"ack"'
_NORMAL: Final = 1000
#: Codes after which a player does not come back by itself. Source: TRACKING §2, Close.
_FINAL_CODES: Final = frozenset({4401, 4403, 4409, 4426})


class Learner(asyncio.Protocol):
    """A learner; made once, connected as often as it takes. Instants are the loop's, in seconds."""

    __slots__ = (
        "acked_to_s", "beat_count", "due_at", "ended_id", "enrolment_id", "fleet", "from_s", "has_parted", "head",
        "heartbeat_s", "is_connecting", "is_open", "is_upgraded", "lesson_id", "number", "person_id", "played_from_s",
        "playing_since", "sent_at", "sent_to_s", "sequence", "session_from_s", "session_id", "session_key", "state",
        "ticket", "transport", "tries",
    )  # fmt: skip

    def __init__(self, fleet: "Fleet", number: int, row: str) -> None:
        """Take the learner's line of the cast."""
        person, enrolment, lesson, self.session_key = row.split()
        self.fleet, self.number = fleet, number
        self.person_id, self.enrolment_id, self.lesson_id = int(person), int(enrolment), int(lesson)
        # Spread, so that coverage is as wide as in life.
        self.from_s = self.acked_to_s = self.sent_to_s = self.played_from_s = self.session_from_s = number * 37 % 1_800
        self.session_id = self.ticket = ""
        #: The session that was found ended: what it left pending goes with the next `open`.
        self.ended_id = ""
        #: How often the server asks for a beat; the fleet's own pace where that is slower.
        self.heartbeat_s = 0.0
        self.sequence = self.beat_count = self.tries = 0
        #: When the beat in flight was sent; 0 without one.
        self.sent_at = 0.0
        self.playing_since: float | None = None
        self.due_at = 0.0
        self.state = "p"
        self.transport: asyncio.Transport | None = None
        self.is_connecting = self.is_upgraded = self.is_open = self.has_parted = False
        self.head = b""

    # The connection -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the socket."""
        self.transport, self.head, self.is_upgraded = cast("asyncio.Transport", transport), b"", False
        self.transport.write(self.fleet.upgrade_of(self))

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole; the rest waits."""
        if self.head:
            data = self.head + data
        if not self.is_upgraded:
            head, end, data = data.partition(wire.END_OF_HEAD)
            if not end:
                self.head = head
                return
            if b" 101 " not in head[:16]:
                self.fleet.count("refused")
                self.abort()
                return
            self.is_upgraded = True
            self.say(self.fleet.opening_of(self))
        frames, self.head = wire.take_frames(data)
        for opcode, payload in frames:
            if opcode == wire.TEXT:
                self.hear(payload)
            elif opcode == wire.PING:
                self.send(wire.frame(wire.PONG, payload))
            elif opcode == wire.CLOSE:
                self._closed(payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """Come back later, as the protocol says."""
        self.transport = None
        self.is_open = self.is_connecting = False
        self.head, self.sent_at = b"", 0.0
        self.fleet.lost(self)

    def _closed(self, payload: bytes) -> None:
        """Answer a close in kind, and leave; what a farewell was answered with is nothing to tell of."""
        code = int.from_bytes(payload[:2], "big")
        if not (self.has_parted and code == _NORMAL):
            self.fleet.count(f"closed {code}")
        if code in _FINAL_CODES:
            self.has_parted = True
        self.send(wire.frame(wire.CLOSE, payload[:2]))
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Let go at once."""
        if self.transport is not None:
            self.transport.abort()

    def say(self, text: str) -> None:
        """Send a message, if there is somebody to send it to."""
        self.send(wire.text_frame(text.encode()))

    def send(self, frame: bytes) -> None:
        """Send a frame, likewise."""
        if self.transport is not None:
            self.transport.write(frame)

    # What is heard -----------------------------------------------------------------

    def hear(self, payload: bytes) -> None:
        """Take one message."""
        message = json.loads(payload)
        if payload.startswith(_ACK):
            self._acked(message)
        elif message["t"] == "ok":
            self._opened(message)
        elif message["t"] == "chk":
            self._answer(message)
        elif message["t"] == "err":
            self.fleet.count(f"err {message['code']}")
            if message["code"] == "session_ended" and not self.is_open:
                self._begin_anew()
        elif message["t"] == "drain":
            self.fleet.drained(self, message["in_ms"] / 1_000)

    def _answer(self, check: dict[str, Any]) -> None:
        """Say that somebody is here; of several answers, any."""
        self.fleet.count(f"check {check['kind']}")
        value = random.choice(check["opts"]) if check["opts"] else ""  # noqa: S311 -- no secret
        self.say(json.dumps({"t": "ans", "id": check["id"], "v": value, "ms": 2_000}, separators=(",", ":")))

    def _begin_anew(self) -> None:
        """Open another session in place of one that has ended, with what that one left pending."""
        self.ended_id, self.session_id = self.session_id, ""
        self.sent_to_s = max(self.sent_to_s, self.reach(self.fleet.loop.time()))
        self.say(self.fleet.opening_of(self))

    def pending(self) -> str:
        """Return as runs what was played and is not yet acknowledged."""
        return f"[[{self.acked_to_s},{self.sent_to_s}]]" if self.sent_to_s > self.acked_to_s else "[]"

    def _opened(self, message: dict[str, Any]) -> None:
        """Play, or play on."""
        now = self.fleet.loop.time()
        if message["sid"] != self.session_id:
            self.session_id, self.session_from_s = message["sid"], self.reach(now)
        self.sequence, self.tries, self.ended_id = message["q"], 0, ""
        self._pace(message)
        for from_s, to_s in message["have"]:
            if from_s <= self.from_s < to_s:
                self.acked_to_s = max(self.acked_to_s, to_s)
        if self.playing_since is None and self.state == "p":
            # NB: who had paused pauses on; a beat that plays again counts from itself.
            self.playing_since = now
        self.is_open, self.is_connecting = True, False
        self.fleet.arrived(self, now)

    def _acked(self, message: dict[str, Any]) -> None:
        """Count as saved all that was sent but for what was deferred: always the end of a plain viewer's claim."""
        if message["q"] != self.sequence or not self.sent_at:
            return
        now = self.fleet.loop.time()
        if "hb_ms" in message:
            self._pace(message)
        deferred = message.get("rem")
        self.acked_to_s = max(self.acked_to_s, deferred[0][0] if deferred else self.sent_to_s)
        if message["n"] < self.acked_to_s - self.from_s:
            self.fleet.count("ack short of its own seconds")
        self.fleet.acked(self, now, now - self.sent_at)

    def _pace(self, message: dict[str, Any]) -> None:
        """Beat as seldom as the server asks, once it asks for less than usual."""
        asked_s = message["hb_ms"] / 1_000
        self.heartbeat_s = asked_s if asked_s > USUAL_BEAT_S else 0.0
        if self.heartbeat_s:
            self.fleet.count("asked to beat slower")

    # What is said ------------------------------------------------------------------

    def reach(self, now: float) -> int:
        """Return the second up to which was played; the video stops when too much waits to be saved."""
        if self.playing_since is None:
            return self.played_from_s
        reach_s = self.played_from_s + int(now - self.playing_since)
        if reach_s > self.acked_to_s + _OFFLINE_S:
            reach_s = self.acked_to_s + _OFFLINE_S
            self.played_from_s, self.playing_since = reach_s, now
        return reach_s

    def beat(self, now: float, why: str = "") -> None:
        """Claim what is not yet acknowledged; with `why`, say goodbye."""
        self.sent_to_s = reach_s = self.reach(now)
        self.sequence += 1
        self.beat_count += 1
        self._pause_or_play(now, reach_s)
        runs = self.pending()
        played_ms = (reach_s - self.session_from_s) * 1_000
        self.has_parted = bool(why)
        head, tail = ("bye", f',"why":"{why}"') if why else ("hb", "")
        self.say(
            f'{{"t":"{head}","q":{self.sequence},"c":{runs},"pt":{played_ms},"p":{reach_s},'
            f'"s":"{self.state}","f":0{tail}}}'
        )
        self.sent_at = now

    def _pause_or_play(self, now: float, reach_s: int) -> None:
        if self.state == "i":
            self.state, self.playing_since = "p", now
        elif self.beat_count % PAUSE_EVERY == self.number % PAUSE_EVERY:
            self.state, self.played_from_s, self.playing_since = "i", reach_s, None

    def is_overdue(self, now: float) -> bool:
        """Say whether the beat in flight waits too long for its answer."""
        return bool(self.sent_at) and now - self.sent_at > _PATIENCE_S
