"""One learner of the load bench, before a server that is only a list of bytes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.tracking.management.test_wire import of_server
from tracking.management.load import wire
from tracking.management.load.fleet import Fleet
from tracking.management.load.learner import PAUSE_EVERY, Learner


class Transport:
    def __init__(self) -> None:
        self.sent = b""
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.is_closed = True

    abort = close


class Loop:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def time(self) -> float:
        return self.now_s


class Crowd:
    """As much of a fleet as a learner knows."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.counts: Counter[str] = Counter()
        self.lost_count = 0
        self.acked_count = 0

    def upgrade_of(self, _learner: Learner) -> bytes:
        return b""

    opening_of = Fleet.opening_of

    def arrived(self, _learner: Learner, _now: float) -> None:
        """Nothing waits for it."""

    def acked(self, learner: Learner, _now: float, _waited_s: float) -> None:
        learner.sent_at = 0.0
        self.acked_count += 1

    def lost(self, _learner: Learner) -> None:
        self.lost_count += 1

    def count(self, what: str) -> None:
        self.counts[what] += 1


class Scene:
    """A learner whose socket is open."""

    def __init__(self) -> None:
        self.crowd = Crowd()
        self.learner = Learner(self.crowd, 0, "7 8 9 login-key")  # type: ignore[arg-type]
        self.transport = Transport()
        self.connect()

    def connect(self) -> None:
        self.learner.connection_made(self.transport)  # type: ignore[arg-type]
        self.learner.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")

    def tell(self, **message: Any) -> None:
        text = json.dumps(message, separators=(",", ":")).encode()
        self.learner.data_received(of_server(wire.TEXT, text))

    def sit(self, key: str = "one") -> None:
        self.tell(t="ok", sid=key, q=0, have=[], hb_ms=15_000)

    def said(self) -> list[Any]:
        """Return what was said since it was last asked, as messages."""
        data, self.transport.sent = self.transport.sent, b""
        messages: list[Any] = []
        while data:
            size, head = data[1] & 0x7F, 6
            if size == 126:
                size, head = int.from_bytes(data[2:4], "big"), 8
            messages.append(json.loads(data[head : head + size]))
            data = data[head + size :]
        return messages


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_ping_is_answered_with_its_own_words(scene: Scene) -> None:
    scene.said()

    scene.learner.data_received(of_server(wire.PING, b"alive?"))

    assert scene.transport.sent == wire.frame(wire.PONG, b"alive?")


def test_close_is_answered_in_kind_and_counted(scene: Scene) -> None:
    scene.said()

    scene.learner.data_received(of_server(wire.CLOSE, (1012).to_bytes(2, "big") + b"restart"))

    assert scene.transport.sent == wire.frame(wire.CLOSE, (1012).to_bytes(2, "big"))
    assert scene.transport.is_closed
    assert scene.crowd.counts == {"closed 1012": 1}
    assert not scene.learner.has_parted


@pytest.mark.parametrize("code", [4401, 4403, 4409, 4426])
def test_a_close_that_is_final_keeps_the_learner_away(scene: Scene, code: int) -> None:
    scene.learner.data_received(of_server(wire.CLOSE, code.to_bytes(2, "big")))

    assert scene.learner.has_parted


def test_check_of_several_answers_is_answered_with_one_of_them(scene: Scene) -> None:
    scene.sit()
    scene.said()

    scene.tell(t="chk", id="c1", kind="pick", text="?", opts=['"a"', "b"], ms=60_000)
    scene.tell(t="chk", id="c2", kind="tap", text="?", opts=[], ms=60_000)

    pick, tap = scene.said()
    assert (pick["id"], tap) == ("c1", {"t": "ans", "id": "c2", "v": "", "ms": 2_000})
    assert pick["v"] in {'"a"', "b"}


def test_beat_claims_what_was_played_and_ack_takes_it_but_for_what_was_deferred(scene: Scene) -> None:
    scene.sit()
    scene.said()
    scene.crowd.loop.now_s += 30

    scene.learner.beat(scene.crowd.loop.now_s)
    (beat,) = scene.said()
    scene.tell(t="ack", q=1, n=28, rem=[[28, 30]])

    assert beat["c"] == [[0, 30]]
    assert beat["pt"] == 30_000
    assert scene.learner.acked_to_s == 28
    assert scene.crowd.acked_count == 1


def test_video_stops_240_s_after_the_last_acknowledgement(scene: Scene) -> None:
    scene.sit()
    scene.said()
    scene.crowd.loop.now_s += 900

    scene.learner.beat(scene.crowd.loop.now_s)

    assert scene.said()[0]["c"] == [[0, 240]]


def test_session_found_ended_is_followed_by_another_with_what_was_pending(scene: Scene) -> None:
    scene.sit("one")
    scene.crowd.loop.now_s += 20
    scene.learner.connection_lost(None)
    scene.connect()
    scene.said()

    scene.tell(t="err", code="session_ended", fatal=False)

    (again,) = scene.said()
    assert (again["t"], again["resume"], again["prev"]) == ("open", None, {"sid": "one", "c": [[0, 20]]})
    scene.tell(t="ok", sid="two", q=0, have=[[0, 20]], hb_ms=15_000)
    assert scene.learner.acked_to_s == 20
    assert scene.learner.sent_to_s == 20


def test_learner_beats_as_seldom_as_asked(scene: Scene) -> None:
    scene.sit()
    assert scene.learner.heartbeat_s == 0.0

    scene.learner.beat(scene.crowd.loop.now_s)
    scene.tell(t="ack", q=1, n=0, hb_ms=40_000)

    assert scene.learner.heartbeat_s == 40.0


def test_who_had_paused_claims_nothing_for_the_time_it_was_away_and_sat_again(scene: Scene) -> None:
    scene.sit()
    for _beat in range(PAUSE_EVERY):
        scene.crowd.loop.now_s += 1
        scene.learner.beat(scene.crowd.loop.now_s)
    scene.learner.connection_lost(None)
    scene.connect()
    scene.tell(t="ok", sid="one", q=PAUSE_EVERY, have=[[0, PAUSE_EVERY]], hb_ms=60_000)
    scene.said()

    scene.crowd.loop.now_s += 60
    scene.learner.beat(scene.crowd.loop.now_s)
    # Before that beat is answered.
    scene.learner.beat(scene.crowd.loop.now_s + 2, "close")

    play, farewell = scene.said()
    assert (play["c"], play["p"], play["s"]) == ([], PAUSE_EVERY, "p")
    assert (farewell["c"], farewell["p"]) == ([[PAUSE_EVERY, PAUSE_EVERY + 2]], PAUSE_EVERY + 2)
    assert scene.learner.sent_to_s == PAUSE_EVERY + 2
