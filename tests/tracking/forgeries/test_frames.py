"""Frames that are no messages, on a socket that already earns: each closes it, and takes nothing away.

What the parser makes of each is tested beside the parser; here it is the door that is tried, and
what the learner holds afterwards. Source: TRACKING §1 C11, C13.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tests.tracking.forgeries.gain import held_s, ledger_faults, settled
from tests.tracking.fuzz.target import Target, serving
from tests.tracking.server import own_database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]

BEAT = '{"t":"hb","q":2,"c":[[20,30]],"pt":3600000,"p":0,"s":"p","f":0}'
SIXTY_FOUR_KIB = 65_536
CLAIMS = '"c":[[20,30]]'

# By what is wrong with them: each with the code it is refused with.
NO_MESSAGES: dict[str, dict[str, tuple[str | bytes, str]]] = {
    "shape": {
        "empty": ("", "bad_msg"),
        "not JSON": ("{", "bad_msg"),
        "cut short": (BEAT[:-1], "bad_msg"),
        "two at once": (BEAT + BEAT, "bad_msg"),
        "a list": (f"[{BEAT}]", "bad_msg"),
        "a field twice": (BEAT.replace(CLAIMS, f'{CLAIMS},"c":[[0,60]]'), "bad_msg"),
        "a field unknown": (BEAT.replace(CLAIMS, f'{CLAIMS},"n":60'), "bad_msg"),
        "the server's own word": ('{"t":"ack","q":9,"n":60}', "bad_msg"),
        "a second open": ('{"t":"open","v":1,"ticket":"t","dev":"d"}', "bad_msg"),
    },
    "depth": {
        "100": ("[" * 100 + "]" * 100, "bad_msg"),
        "2,000": ("[" * 2_000 + "]" * 2_000, "bad_msg"),
        "800 objects": ('{"a":' * 800, "bad_msg"),
        "in a field": (BEAT.replace('"p"', "[" * 400 + "]" * 400), "bad_msg"),
    },
    "text": {
        "random bytes": (bytes(range(256)), "bad_msg"),
        "no UTF-8": (BEAT.encode().replace(b'"p"', b'"\xff"'), "bad_msg"),
        "UTF-16": (BEAT.encode("utf-16"), "bad_msg"),
        "a lone surrogate": ('{"t":"ans","id":"c","v":"\\ud800","ms":1}', "bad_msg"),
        "a nul": ('{"t":"ans","id":"c","v":"\\u0000","ms":1}', "bad_msg"),
        "text for a number": (BEAT.replace('"q":2', '"q":"2"'), "bad_msg"),
    },
    "numbers": {
        "NaN": (BEAT.replace("3600000", "NaN"), "bad_msg"),
        "Infinity": (BEAT.replace("3600000", "Infinity"), "bad_msg"),
        "a fraction": (BEAT.replace("3600000", "3600000.5"), "bad_msg"),
        "an exponent": (BEAT.replace("3600000", "1e300"), "bad_msg"),
        "2^63": (BEAT.replace("3600000", str(2**63)), "bad_msg"),
        "2^63 as sequence": (BEAT.replace('"q":2', f'"q":{2**63}'), "bad_msg"),
        "2^63 as claim": (BEAT.replace("30]", f"{2**63}]"), "bad_range"),
        "4,000 digits": ('{"t":"ans","id":"a","v":"","ms":' + "9" * 4_000 + "}", "bad_msg"),
        "below nought": (BEAT.replace('"q":2', '"q":-2'), "bad_msg"),
        "true for one": (BEAT.replace('"q":2', '"q":true'), "bad_msg"),
        "a run turned round": (BEAT.replace("[20,30]", "[30,20]"), "bad_range"),
    },
    "size": {
        "seventeen runs": (BEAT.replace("[[20,30]]", json.dumps([[20, 30]] * 17)), "bad_msg"),
        "a beat of more than 1 KiB": (BEAT + " " * 1_024, "too_big"),
        "64 KiB": ("x" * SIXTY_FOUR_KIB, "too_big"),
        "64 KiB of bytes": (b"\0" * SIXTY_FOUR_KIB, "too_big"),
    },
}


@pytest.mark.parametrize("what", NO_MESSAGES)
async def test_a_frame_that_is_no_message_takes_nothing_and_gives_nothing(
    at: Learner, clock: StandingClock, what: str
) -> None:
    key = None
    for number, (name, (frame, code)) in enumerate(NO_MESSAGES[what].items(), start=1):
        player = await Player(at).connect()
        # The session is whole after each: it is resumed, and an honest second is credited.
        opened = await player.open(resume=key)
        clock.pass_s(1)
        await player.beat([0, 60])
        assert (await player.hear())["n"] == number, name

        kind = "bytes" if isinstance(frame, bytes) else "text"
        await player.socket.send_input({"type": "websocket.receive", kind: frame})
        answer = await player.hear()

        is_fatal = code != "bad_range"
        assert answer == {"t": "err", "code": code, "fatal": is_fatal}, name
        assert not is_fatal or await player.closed() == 4400, name
        assert await held_s(at) == number, name
        await player.leave()
        key = opened["sid"]
    assert await ledger_faults() == []


async def test_a_binary_frame_with_a_message_is_a_message(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(30)

    await player.socket.send_to(bytes_data=BEAT.encode())

    assert await player.hear() == {"t": "ack", "q": 2, "n": 10}
    await player.leave()


async def test_fifty_messages_a_second_close_the_socket_and_earn_one_budget(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(5)

    for _number in range(50):
        await player.beat([0, 60])

    assert await player.ending() == 4429
    await settled()
    assert await held_s(at) == 5
    assert await ledger_faults() == []


async def test_frames_after_the_refusal_are_not_heard(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)

    await player.socket.send_to(text_data="{")
    await player.beat([0, 15])

    assert await player.ending() == 4400
    await settled()
    assert await held_s(at) == 0


async def close_code_of(target: Target, session_key: str, ticket: str, frame: str | bytes) -> int:
    """Open a session on a real server, send a frame; return the code it closes with."""
    async with connect(
        f"ws://127.0.0.1:{target.port}/ws/track/",
        origin=f"http://127.0.0.1:{target.port}",  # type: ignore[arg-type]
        subprotocols=["trk.v1"],  # type: ignore[list-item]
        additional_headers={"Cookie": f"sessionid={session_key}"},
    ) as socket:
        await socket.send(json.dumps({"t": "open", "v": 1, "ticket": ticket, "dev": "desk"}))
        assert json.loads(await socket.recv())["t"] == "ok"
        await socket.send(frame, text=True)
        await asyncio.wait_for(socket.wait_closed(), 20)
    assert socket.close_code is not None
    return socket.close_code


def test_a_real_server_refuses_oversized_and_broken_text_by_itself(transactional_db: None, tmp_path: Path) -> None:
    learners = [make.learner() for _number in range(3)]
    frames: list[str | bytes] = ["x" * SIXTY_FOUR_KIB, "x" * 4_097, b"\xff\xfe"]

    with serving(own_database_url(), tmp_path / "server.log", burst=10) as target:
        codes = [
            asyncio.run(close_code_of(target, at.session_key, at.ticket(), frame))
            for at, frame in zip(learners, frames, strict=True)
        ]
        errors = target.errors()

    assert codes == [1009, 1009, 1007]
    assert errors == []
