"""The socket closed: frames, logins and silence that end it, and with which code."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import partial

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session

from learning.models import Enrolment, Person
from tests.factories import tracking as make
from tests.factories.guards import rewrite_rules
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tracking import consumers, group_commit
from tracking.actions import tickets, viewings
from tracking.models import LiveViewing, ViewingSession

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]


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


async def test_socket_on_which_nobody_opens_anything_is_closed(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "_OPEN_WITHIN_S", 0.05)
    player = await Player(at).connect()

    assert await player.closed() == 4408


async def test_opening_that_takes_long_is_waited_for(
    at: Learner, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "_OPEN_WITHIN_S", 0.05)
    monkeypatch.setattr(viewings, "open_now", partial(_slowly, viewings.open_now))
    ticket = await in_thread(at.ticket)()
    player = await Player(at).connect()

    assert (await player.open(ticket=ticket))["t"] == "ok"
    await player.leave()


def _slowly(opening: Callable[..., object], *said: object) -> object:
    time.sleep(0.3)
    return opening(*said)


async def test_socket_without_the_protocol_is_refused(at: Learner) -> None:
    player = await Player(at, protocols=()).connect()

    assert await player.hear() == {"t": "err", "code": "version", "fatal": True}
    assert await player.closed() == 4426


async def test_anonymous_socket_is_refused(at: Learner) -> None:
    at.client.cookies.clear()
    player = await Player(at).connect()

    assert await player.hear() == {"t": "err", "code": "auth", "fatal": True}
    assert await player.closed() == 4401


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
        await in_thread(rewrite_rules)(cutoff_on=NOON.date() - dt.timedelta(days=1))
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


async def test_who_was_asked_to_beat_seldom_is_not_silent_for_it(
    at: Learner, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit.committer(), "heartbeat_ms", 60_000)
    player = await Player(at).connect()
    assert (await player.open())["hb_ms"] == 60_000
    await player.beat(s="p")
    await player.hear()

    clock.pass_s(180)
    await group_commit.committer().look_round()
    assert await player.socket.receive_nothing(timeout=0.05)
    clock.pass_s(1)
    await group_commit.committer().look_round()

    assert await player.closed() == 4408


@pytest.mark.parametrize("error", [OSError, RuntimeError], ids=["client gone", "closed by the server itself"])
async def test_a_connection_that_takes_no_answer_is_left_in_order(
    at: Learner, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    player = await Player(at).connect()
    await player.open()

    async def refuse(_event: object) -> None:
        raise error

    (seat,) = group_commit.committer()._seats
    monkeypatch.setattr(seat.player, "_emit", refuse)
    await player.say(t="ans", id="c1", v="here", ms=900)
    await player.leave()

    assert (await in_thread(LiveViewing.objects.get)()).attached_ms is None
