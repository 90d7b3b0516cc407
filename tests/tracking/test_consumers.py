from __future__ import annotations

import asyncio
import json

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from django.conf import settings

from learning.models import Evidence
from learning.rules import signatures
from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tracking.models import Coverage, LiveViewing, ViewingSession
from tracking.rules import receipts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]


async def held_s(at: Learner) -> int:
    seen = await in_thread(Coverage.objects.held)(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk)
    return seen.confirmed_s


async def test_open_says_where_the_learner_stands(at: Learner, clock: StandingClock) -> None:
    await in_thread(make.CoverageFactory)(enrolment=at.enrolment, lesson=at.lesson)
    player = await Player(at).connect()

    answer = await player.open()

    session = await in_thread(ViewingSession.objects.get)()
    assert answer == {
        "t": "ok",
        "sid": str(session.key),
        "ep": 1,
        "q": 0,
        "D": 60,
        "have": [[0, 20]],
        "prov": [],
        "n": 20,
        "pos": 0,
        "hb_ms": 15_000,
        "rate": 100,
        "tok": answer["tok"],
        "policy": session.policy_digest,
    }
    assert session.device_label == "Windows · Edge"
    await player.leave()


async def test_beat_is_acknowledged_after_the_commit(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)

    await player.beat([0, 15])

    assert await player.hear() == {"t": "ack", "q": 1, "n": 15}
    assert await held_s(at) == 15
    await player.leave()


async def test_beat_defers_what_the_server_clock_does_not_afford(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(10)

    await player.beat([0, 15])

    assert await player.hear() == {"t": "ack", "q": 1, "n": 10, "rem": [[10, 15]]}
    await player.leave()


async def test_replayed_beat_changes_nothing(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(10)
    await player.beat([0, 10])
    first = await player.hear()
    clock.pass_s(30)

    await player.beat([0, 40], q=1)

    # It is answered with what was applied, and what it claims beyond that stays pending.
    assert await player.hear() == first | {"rem": [[10, 40]]}
    assert await held_s(at) == 10
    await player.leave()


async def test_reconnect_resumes_at_the_last_acknowledged_second(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    opened = await player.open()
    clock.pass_s(10)
    await player.beat([0, 10])
    await player.hear()
    await player.leave()
    clock.pass_s(5)

    again = await Player(at).connect()
    answer = await again.open(resume=opened["sid"])
    await again.beat([10, 15])

    assert [answer[name] for name in ("sid", "ep", "q", "n", "pos")] == [opened["sid"], 2, 1, 10, 10]
    assert await again.hear() == {"t": "ack", "q": 2, "n": 15}
    await again.leave()


async def test_resume_of_nothing_leaves_the_socket_and_the_ticket_good(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    ticket = await in_thread(at.ticket)()

    refused = await player.open(ticket=ticket, resume="00000000-0000-4000-8000-000000000000")
    opened = await player.open(ticket=ticket)

    assert refused == {"t": "err", "code": "session_ended", "fatal": False}
    assert opened["t"] == "ok"
    await player.leave()


async def test_take_over_closes_the_other_device(at: Learner, clock: StandingClock) -> None:
    desk, phone = await Player(at).connect(), await Player(at).connect()
    await desk.open()
    clock.pass_s(20)
    await desk.beat([0, 20])
    await desk.hear()

    ticket = await in_thread(at.ticket)()
    busy = await phone.open(ticket=ticket, dev="phone")
    taken = await phone.open(ticket=ticket, dev="phone", take=True)

    assert (busy["code"], json.loads(busy["who"])["label"]) == ("lease_busy", "Windows · Edge")
    assert (taken["t"], taken["n"], taken["pos"]) == ("ok", 20, 20)
    assert await desk.hear() == {"t": "err", "code": "superseded", "fatal": True}
    assert await desk.closed() == 4409
    await phone.leave()


async def test_beat_of_a_fenced_connection_is_not_acknowledged(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    # Another process took over, and its hint was lost.
    await in_thread(LiveViewing.objects.update)(epoch=9)
    clock.pass_s(15)

    await player.beat([0, 15])

    assert await player.hear() == {"t": "err", "code": "superseded", "fatal": True}
    assert await player.closed() == 4409
    assert await held_s(at) == 0


async def test_bye_ends_and_seals_the_session(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(12)

    await player.beat([0, 12], t="bye", why="user")

    assert await player.hear() == {"t": "ack", "q": 1, "n": 12}
    receipt = await player.hear()
    assert await player.closed() == 1000
    session = await in_thread(ViewingSession.objects.get)()
    said = receipts.receipt_text(str(session.key), 12, bytes(session.head), clock.ms)
    public_key = signatures.public_key(receipts.receipts_seed(settings.SIGNING_SEED))
    assert receipt["t"] == "rcpt"
    assert signatures.is_genuine(receipt["sig"], digest=said, public_keys=[public_key])
    assert not signatures.is_genuine(receipt["sig"], digest=said.replace("|12|", "|13|"), public_keys=[public_key])
    assert (session.end_reason, session.new_s, session.sealed_ms) == ("bye", 12, clock.ms)
    assert (await in_thread(LiveViewing.objects.get)()).session_id is None
    await player.leave()


async def test_bye_is_not_sealed_before_it_ended_when_the_clock_stepped_back(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(12)
    await player.beat([0, 12])
    await player.hear()
    clock.pass_s(-5)

    await player.beat([0, 12], t="bye", why="user")
    assert [(await player.hear())["t"], (await player.hear())["t"]] == ["ack", "rcpt"]
    assert await player.closed() == 1000

    session = await in_thread(ViewingSession.objects.get)()
    assert session.ended_ms == session.sealed_ms == clock.ms + 5_000
    await player.leave()


async def test_watched_lesson_becomes_evidence(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(58)

    await player.beat([0, 58])
    await player.hear()
    for _attempt in range(100):
        evidence = await in_thread(Evidence.objects.first)()
        if evidence is not None:
            break
        await asyncio.sleep(0.05)

    assert evidence is not None
    assert evidence.facts == {"covered_s": 58, "duration_s": 60, "needed_s": 58}
    await player.leave()


async def test_session_past_its_longest_time_is_ended(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(12 * 3_600 + 1)

    await player.beat([0, 15])

    assert await player.hear() == {"t": "err", "code": "session_ended", "fatal": True}
    assert await player.closed() == 4410
    session = await in_thread(ViewingSession.objects.get)()
    assert (session.end_reason, session.new_s) == ("timeout", 0)


async def test_claim_outside_the_media_is_refused_and_the_session_goes_on(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)

    await player.beat([50, 61])
    refused = await player.hear()
    await player.beat([0, 15])

    assert refused == {"t": "err", "code": "bad_range", "fatal": False}
    assert await player.hear() == {"t": "ack", "q": 2, "n": 15}
    await player.leave()


async def test_answer_without_a_check_is_refused(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()

    await player.say(t="ans", id="c1", v="here", ms=900)

    assert await player.hear() == {"t": "err", "code": "no_check", "fatal": False}
    await player.leave()


async def test_a_channel_layer_that_hangs_costs_no_beat(
    at: Learner, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = asyncio.Event()

    async def hang(*_arguments: object) -> None:
        await hangs.wait()

    monkeypatch.setattr(get_channel_layer(), "group_send", hang)
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)

    await player.beat([0, 15])

    assert await player.hear() == {"t": "ack", "q": 1, "n": 15}
    hangs.set()
    await player.leave()
