from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.sessions.models import Session

from learning.models import Enrolment, Evidence, Person, Requirement
from learning.rules import signatures
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tracking import group_commit
from tracking.actions import tickets
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


@pytest.mark.parametrize(
    ("text", "code", "close"),
    [
        ("{", "bad_msg", 4400),
        ("[" * 3_000, "bad_msg", 4400),
        ('{"t":"hb","q":1,"c":[],"pt":0,"p":0,"s":"p","f":0}', "bad_msg", 4400),
        ('{"t":"open","v":2,"ticket":"t","dev":"d"}', "version", 4426),
        ("x" * 5_000, "too_big", 4400),
        ('{"t":"open","v":1,"ticket":"forged","dev":"d"}', "auth", 4401),
    ],
    ids=["bad-json", "deep", "beat-before-open", "version", "too-big", "forged-ticket"],
)
async def test_first_frame_is_refused(at: Learner, clock: StandingClock, text: str, code: str, close: int) -> None:
    player = await Player(at).connect()

    await player.socket.send_to(text_data=text)

    assert await player.hear() == {"t": "err", "code": code, "fatal": True}
    assert await player.closed() == close


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


async def test_flood_is_closed(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()

    for _number in range(11):
        await player.beat()
    heard = [message := await player.hear()]
    while message["t"] != "err":
        heard.append(message := await player.hear())

    assert heard[-1] == {"t": "err", "code": "rate", "fatal": True}
    assert await player.closed() == 4429


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://testserver:80", "http://testserver:8080", "null", ""]
)
async def test_foreign_origin_is_refused(at: Learner, origin: str) -> None:
    player = Player(at, origin=origin)

    is_accepted, code = await player.socket.connect(timeout=20)

    player.has_left = True
    assert (is_accepted, code) == (False, 1000)


async def test_socket_without_the_protocol_is_refused(at: Learner) -> None:
    player = await Player(at, protocols=()).connect()

    assert await player.hear() == {"t": "err", "code": "version", "fatal": True}
    assert await player.closed() == 4426


async def test_anonymous_socket_is_refused(at: Learner) -> None:
    at.client.cookies.clear()
    player = await Player(at).connect()

    assert await player.hear() == {"t": "err", "code": "auth", "fatal": True}
    assert await player.closed() == 4401


@pytest.mark.parametrize("thief", ["cy", "own_other_login"])
async def test_stolen_ticket_is_refused(at: Learner, clock: StandingClock, thief: str) -> None:
    ticket = await in_thread(at.ticket)()
    other = await in_thread(make.learner)(at.person if thief == "own_other_login" else None)
    player = await Player(other).connect()

    assert await player.open(ticket=ticket) == {"t": "err", "code": "auth", "fatal": True}
    assert await player.closed() == 4401


async def test_reused_ticket_is_refused(at: Learner, clock: StandingClock) -> None:
    ticket = await in_thread(at.ticket)()
    first, second = await Player(at).connect(), await Player(at).connect()
    await first.open(ticket=ticket)

    assert (await second.open(ticket=ticket))["code"] == "auth"
    assert await second.closed() == 4401
    await first.leave()


async def test_ticket_forged_for_cys_own_login_opens_nothing_of_adas(
    at: Learner, cy: Person, clock: StandingClock
) -> None:
    outsider = await in_thread(make.learner)(cy)
    # Even a genuine signature over ada's place is worth nothing in cy's hands.
    ticket = await in_thread(lambda: tickets.issue(at.place, session_key=outsider.session_key))()
    player = await Player(outsider).connect()

    assert (await player.open(ticket=ticket))["code"] == "auth"
    assert await player.closed() == 4401
    assert await in_thread(ViewingSession.objects.count)() == 0


async def test_sign_out_closes_the_socket_at_once(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()

    await in_thread(at.client.logout)()
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(f"person.{at.person.pk}", {"type": "person.signed_out", "person": at.person.pk})

    assert await player.hear() == {"t": "err", "code": "auth", "fatal": True}
    assert await player.closed() == 4401


async def test_signing_out_through_the_page_closes_this_logins_sockets_only(at: Learner, clock: StandingClock) -> None:
    desk = await Player(at).connect()
    await desk.open()

    def sign_out() -> int:
        return at.client.post("/accounts/logout/").status_code

    assert await in_thread(sign_out, thread_sensitive=True)() == 302

    assert await desk.hear() == {"t": "err", "code": "auth", "fatal": True}
    assert await desk.closed() == 4401


@pytest.mark.parametrize("how", ["session", "expired session", "person", "enrolment", "closed year"])
async def test_look_round_closes_whoever_may_not_watch_any_longer(at: Learner, clock: StandingClock, how: str) -> None:
    player = await Player(at).connect()
    await player.open()
    if how == "session":
        await in_thread(at.client.session.delete)()
    elif how == "expired session":
        await in_thread(Session.objects.update)(expire_date=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    elif how == "closed year":
        await in_thread(Requirement.objects.update)(cutoff_on=NOON.date() - dt.timedelta(days=1))
    elif how == "person":
        await in_thread(Person.objects.filter(pk=at.person.pk).update)(is_active=False)
    else:
        await in_thread(Enrolment.objects.update)(status=Enrolment.Status.WITHDRAWN)

    # Who was looked at a moment ago is passed over.
    clock.pass_s(2)
    await group_commit.committer().look_round()

    assert await player.hear() == {"t": "err", "code": "auth", "fatal": True}
    assert await player.closed() == 4401


@pytest.mark.parametrize(("state", "silence_s"), [("p", 50), ("i", 110)])
async def test_look_round_closes_a_silent_socket_and_the_session_stays(
    at: Learner, clock: StandingClock, state: str, silence_s: int
) -> None:
    player = await Player(at).connect()
    opened = await player.open()
    await player.beat(s=state)
    await player.hear()

    clock.pass_s(silence_s)
    await group_commit.committer().look_round()
    assert await player.socket.receive_nothing(timeout=0.05)
    clock.pass_s(1)
    await group_commit.committer().look_round()

    assert await player.closed() == 4408
    again = await Player(at).connect()
    assert (await again.open(resume=opened["sid"]))["t"] == "ok"
    await again.leave()


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
