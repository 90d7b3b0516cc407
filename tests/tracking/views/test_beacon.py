from __future__ import annotations

import pytest
from channels.db import database_sync_to_async as in_thread

from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tests.tracking.views.calling import Caller, assert_every_chain_holds, confirmed_s
from tracking.models import LiveViewing, ViewingSession


def test_beacon_of_a_foreign_origin_does_nothing(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(10)

    caller.post("beacon", caller.claim([0, 10]) | caller.stamp, origin="https://elsewhere.test")

    assert (caller.status, LiveViewing.objects.get().epoch, confirmed_s(caller.at)) == (204, 1, 0)


def test_beacon_credits_fences_and_lets_the_session_be_resumed(caller: Caller, clock: StandingClock) -> None:
    [opened] = caller.open()
    clock.pass_s(10)
    caller.beat([0, 10])
    clock.pass_s(5)

    assert caller.beacon([10, 15]) == 204

    assert (LiveViewing.objects.get().epoch, confirmed_s(caller.at)) == (2, 15)
    assert caller.refused(caller.beat([10, 16]), "superseded")
    [resumed] = caller.open(resume=opened["sid"], dev="phone")
    assert [resumed[name] for name in ("sid", "ep", "q", "n")] == [opened["sid"], 3, 2, 15]
    clock.pass_s(5)
    assert caller.beat([15, 20]) == [{"t": "ack", "q": 3, "n": 20}]


def test_beacon_of_an_older_epoch_is_ignored(caller: Caller, clock: StandingClock) -> None:
    [opened] = caller.open()
    old = dict(caller.stamp)
    caller.open(resume=opened["sid"])
    clock.pass_s(10)

    caller.beacon([0, 10], **old)

    assert (LiveViewing.objects.get().epoch, confirmed_s(caller.at)) == (2, 0)
    assert caller.beat([0, 10])[0]["n"] == 10


def test_refused_beacon_leaves_the_connection_as_it_is(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(10)

    caller.beacon([0, 99])

    assert (LiveViewing.objects.get().epoch, caller.beat([0, 10])[0]["n"]) == (1, 10)


def test_beacon_bye_ends_the_session(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(10)

    assert caller.beacon([0, 10], kind="bye", why="unload") == 204

    session = ViewingSession.objects.get()
    assert (session.end_reason, session.new_s) == ("bye", 10)
    assert caller.refused(caller.beat([0, 10]), "sealed")
    assert_every_chain_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committer")
async def test_beacon_fences_a_live_socket_and_every_second_is_kept_once(at: Learner, clock: StandingClock) -> None:
    player, caller = await Player(at).connect(), Caller(at)
    opened = await player.open()
    clock.pass_s(10)
    await player.beat([0, 10])
    await player.hear()
    clock.pass_s(10)
    caller.stamp, caller.sequence = {"tok": opened["tok"], "ep": opened["ep"]}, 2

    # The beat under way was sent first and comes second; the beacon contains what it claims.
    assert await in_thread(caller.beacon)([10, 20]) == 204
    await player.beat([10, 18])

    assert await player.hear() == {"t": "err", "code": "superseded", "fatal": True}
    assert await player.closed() == 4409
    assert await in_thread(confirmed_s)(at) == 20
    await in_thread(caller.open)(resume=opened["sid"])
    await in_thread(caller.beat)(kind="bye")
    assert (await in_thread(ViewingSession.objects.get)()).new_s == 20
    await in_thread(assert_every_chain_holds)()
