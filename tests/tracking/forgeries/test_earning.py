"""Earning more than was watched: each trick that other systems accept, at the real door.

The server's clock stands still unless a test turns it, so "at most the wall's seconds" is a figure.
Source: TRACKING §1 C1-C11.
"""

from __future__ import annotations

import asyncio

import pytest
from channels.db import database_sync_to_async as in_thread

from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tests.tracking.forgeries.gain import has_evidence, held_s, ledger_faults
from tracking.actions import watched

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]

LONG_S = 7_200
DAY_S = 86_400


@pytest.fixture
def at(transactional_db: None) -> Learner:
    """A learner before a lesson of two hours."""
    return make.learner(seconds=LONG_S)


async def test_a_day_in_one_beat_earns_what_the_clock_affords(clock: StandingClock, transactional_db: None) -> None:
    at = await in_thread(make.learner)(seconds=DAY_S)
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)

    await player.beat([0, DAY_S], played_ms=DAY_S * 1_000)

    assert await player.hear() == {"t": "ack", "q": 1, "n": 15, "rem": [[15, DAY_S]]}
    assert await held_s(at) == 15
    await player.leave()


async def test_a_day_of_a_shorter_lesson_is_refused_whole(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)

    await player.beat([0, 15], [15, DAY_S])

    assert await player.hear() == {"t": "err", "code": "bad_range", "fatal": False}
    assert await held_s(at) == 0
    await player.leave()


async def test_a_replayed_beat_earns_nothing_however_often(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(10)
    await player.beat([0, 20], q=1)
    await player.hear()

    for _number in range(5):
        clock.pass_s(60)
        await player.beat([0, 20], q=1)
        assert await player.hear() == {"t": "ack", "q": 1, "n": 10, "rem": [[10, 20]]}

    assert await held_s(at) == 10
    await player.leave()


async def test_an_instant_completion_completes_nothing(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()

    await player.beat([0, LONG_S], played_ms=LONG_S * 1_000)
    beaten = await player.hear()
    await player.beat([0, LONG_S], t="bye", why="ended", s="i", p=LONG_S, played_ms=LONG_S * 1_000)
    parted = await player.hear()

    assert (beaten["n"], parted["n"]) == (0, 0)
    assert await player.ending() == 1000
    await in_thread(watched.record_if_watched)(
        enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk, now=at.enrolment.enrolled_at
    )
    assert await held_s(at) == 0
    assert not await has_evidence()


async def test_claims_left_over_at_an_instant_completion_are_worth_nothing_later(
    at: Learner, clock: StandingClock
) -> None:
    first = await Player(at).connect()
    opened = await first.open()
    await first.beat([0, LONG_S], t="bye", why="ended", s="i", played_ms=LONG_S * 1_000)
    assert await first.ending() == 1000
    clock.pass_s(3_600)

    second = await Player(at).connect()
    answer = await second.open(prev={"sid": opened["sid"], "c": [[0, LONG_S]]})

    # A session that said goodbye is sealed; what it could not afford is lost to it.
    assert answer == {"t": "err", "code": "sealed", "fatal": False}
    assert (await second.hear())["n"] == 0
    assert await held_s(at) == 0
    await second.leave()


async def test_two_devices_never_earn_at_once(at: Learner, clock: StandingClock) -> None:
    desk, phone = await Player(at).connect(), await Player(at).connect()
    await desk.open(dev="desk")
    clock.pass_s(10)
    await desk.beat([0, 10])
    await desk.hear()

    refused = await phone.open(dev="phone")
    taken = await phone.open(dev="phone", take=True)
    clock.pass_s(10)
    await phone.beat([100, 200])
    earned = await phone.hear()

    assert refused["code"] == "lease_busy"
    assert (taken["t"], earned["n"]) == ("ok", 20)
    assert await desk.hear() == {"t": "err", "code": "superseded", "fatal": True}
    assert await desk.closed() == 4409
    assert await held_s(at) == 20
    assert await ledger_faults() == []
    await phone.leave()


async def test_two_devices_that_open_at_the_same_instant_earn_as_one(at: Learner, clock: StandingClock) -> None:
    players = [await Player(at).connect() for _number in range(4)]
    await asyncio.gather(*(player.open(dev=f"d{n}", take=True) for n, player in enumerate(players)))
    clock.pass_s(30)

    for number, player in enumerate(players):
        await player.beat([number * 100, number * 100 + 100])
    outcomes = [await player.outcome() for player in players]

    assert sorted(outcomes, key=str) == [4409, 4409, 4409, "ack"]
    assert await held_s(at) == 30
    assert await ledger_faults() == []


async def test_two_courses_never_earn_at_once(at: Learner, clock: StandingClock) -> None:
    other = await in_thread(make.learner)(at.person, seconds=LONG_S)
    here, there = await Player(at).connect(), await Player(other).connect()
    await here.open(dev="desk")
    clock.pass_s(10)
    await here.beat([0, 100])
    await here.hear()

    await there.open(dev="desk")
    clock.pass_s(10)
    await there.beat([0, 100])
    await there.hear()

    assert await here.ending() == 4409
    assert (await held_s(at), await held_s(other)) == (10, 10)
    await there.leave()


async def test_a_bot_at_ten_times_the_speed_ends_with_the_walls_seconds(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()

    for number in range(1, 9):
        clock.pass_s(6)
        await player.beat([0, number * 60], played_ms=number * 60_000)
        answer = await player.hear()

    assert answer["n"] == 48
    assert await held_s(at) == 48
    await player.leave()


async def test_double_speed_earns_half(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()

    for number in range(1, 5):
        clock.pass_s(15)
        await player.beat([0, number * 30], played_ms=number * 30_000)
        answer = await player.hear()

    assert answer == {"t": "ack", "q": 4, "n": 60, "rem": [[60, 120]]}
    assert await held_s(at) == 60
    await player.leave()


async def test_a_seek_to_the_end_earns_the_last_second_only(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(1)

    await player.beat([LONG_S - 1, LONG_S], p=LONG_S, played_ms=1_000)
    answer = await player.hear()

    assert answer == {"t": "ack", "q": 1, "n": 1}
    assert not await has_evidence()
    await player.leave()


async def test_a_hidden_tab_that_did_not_play_earns_nothing(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    await player.open()
    await player.beat(s="h", played_ms=0)
    await player.hear()
    clock.pass_s(200)

    await player.beat([0, 200], s="p", played_ms=0)

    # Two seconds of tolerance on the player's own play time, and no more.
    assert await player.hear() == {"t": "ack", "q": 2, "n": 2, "rem": [[2, 200]]}
    await player.leave()


@pytest.mark.parametrize("asleep_s", [301, 8 * 3_600])
async def test_hoarding_while_asleep_is_capped(at: Learner, clock: StandingClock, asleep_s: int) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(asleep_s)

    await player.beat([0, LONG_S], played_ms=asleep_s * 1_000)

    assert await player.hear() == {"t": "ack", "q": 1, "n": 300, "rem": [[300, LONG_S]]}
    await player.leave()


async def test_hoarding_over_a_reconnect_is_capped(at: Learner, clock: StandingClock) -> None:
    player = await Player(at).connect()
    opened = await player.open()
    await player.leave()
    clock.pass_s(800)

    again = await Player(at).connect()
    await again.open(resume=opened["sid"])
    await again.beat([0, LONG_S], played_ms=800_000)

    assert (await again.hear())["n"] == 300
    await again.leave()


async def test_churning_sessions_gathers_no_slack(at: Learner, clock: StandingClock) -> None:
    for _number in range(6):
        player = await Player(at).connect()
        opened = await player.open(dev="desk")
        clock.pass_s(0.9)
        await player.beat([0, 100])
        assert await player.hear() == {"t": "ack", "q": 1, "n": 0, "rem": [[0, 100]]}

    assert opened["n"] == 0
    assert await held_s(at) == 0
    assert await ledger_faults() == []


async def test_late_claims_are_paid_once(at: Learner, clock: StandingClock) -> None:
    first = await Player(at).connect()
    opened = await first.open(dev="desk")
    clock.pass_s(20)
    # Never claimed, then pre-empted by a reload; what it could still afford is claimed late, twice.
    late = {"sid": opened["sid"], "c": [[0, LONG_S]]}

    await first.beat(played_ms=20_000)
    await first.hear()
    second = await Player(at).connect()
    paid = await second.open(dev="desk", prev=late)
    third = await Player(at).connect()
    again = await third.open(dev="desk", prev=late)

    assert (paid["n"], again["n"]) == (20, 20)
    assert await held_s(at) == 20
    assert await ledger_faults() == []
    await third.leave()
