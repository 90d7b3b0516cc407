"""What waits for a check under REWIND, and what a day may hold."""

from __future__ import annotations

import pytest
from channels.db import database_sync_to_async as in_thread

from learning.models import Enrolment, Evidence
from tests.factories.guards import rewrite_rules
from tests.factories.tracking import Learner
from tests.tracking.checked import held, kinds, learner, watched
from tests.tracking.conftest import Player, StandingClock
from tracking import ledger_check

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]


async def test_rewind_voids_what_was_earned_since_the_last_pass_and_nothing_else(clock: StandingClock) -> None:
    at = await learner(missed_check="rewind")
    player = await Player(at).connect()
    await player.open()
    ack, check = await watched(player, clock, 30)
    await player.say(t="ans", id=check["id"], v="here", ms=900)
    await player.hear()
    confirmed_s = (await held(at)).confirmed_s
    _ack, second = await watched(player, clock, 60)

    clock.pass_s(63)
    await player.beat([0, 60])
    missed, after = await player.hear(), await player.hear()

    assert (ack["n"], ack["v"]) == (0, 30)
    assert confirmed_s == 30
    assert missed == {"t": "chkr", "id": second["id"], "ok": False, "rewind": 30}
    assert after["n"] == 30
    assert "void" in await kinds()
    assert (await held(at)).confirmed_s == 30


async def test_rewind_settles_the_learners_other_lessons_too(clock: StandingClock) -> None:
    at = await learner(missed_check="rewind", check_min_s=100, check_max_s=100)
    second = Learner(at.person, at.enrolment, await in_thread(at.enrolment.edition.lessons.get)(number=2), at.client)
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(80)
    await player.beat([0, 80], t="bye", why="user")
    await player.hear()
    other = await Player(second).connect()
    await other.open(take=True)
    _ack, check = await watched(other, clock, 30)
    before = (await held(at), await held(second, second.lesson))

    await other.say(t="ans", id=check["id"], v="here", ms=900)
    await other.hear()

    assert [(seen.confirmed_s, seen.provisional_s) for seen in before] == [(0, 80), (0, 30)]
    assert ((await held(at)).confirmed_s, (await held(second, second.lesson)).confirmed_s) == (80, 30)


async def test_a_check_passed_under_hold_confirms_what_waits_from_rewind(clock: StandingClock) -> None:
    at = await learner(missed_check="rewind", check_min_s=100, check_max_s=100)
    second = Learner(at.person, at.enrolment, await in_thread(at.enrolment.edition.lessons.get)(number=2), at.client)
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(80)
    await player.beat([0, 80], t="bye", why="user")
    await player.hear()
    await in_thread(rewrite_rules)(missed_check="hold")
    other = await Player(second).connect()
    await other.open(take=True)
    _ack, check = await watched(other, clock, 30)

    await other.say(t="ans", id=check["id"], v="here", ms=900)
    await other.hear()

    assert (await held(at)).confirmed_s == 80
    assert await in_thread(lambda: list(ledger_check.differences()))() == []


async def test_evidence_under_rewind_waits_for_a_passed_check(clock: StandingClock) -> None:
    at = await learner(seconds=60, missed_check="rewind")
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(60)
    await player.beat([0, 60])
    check = [await player.hear(), await player.hear()][1]
    without = await in_thread(Evidence.objects.count)()

    await player.say(t="ans", id=check["id"], v="here", ms=900)
    assert (await player.hear())["ok"] is True
    for _attempt in range(100):
        if await in_thread(Evidence.objects.exists)():
            break
        clock.pass_s(0)
        await player.socket.receive_nothing(timeout=0.05)

    assert without == 0
    evidence = await in_thread(Evidence.objects.get)()
    assert evidence.facts["covered_s"] == 60


async def test_a_day_holds_no_more_than_its_cap_across_lessons_and_the_next_day_goes_on(clock: StandingClock) -> None:
    # 0.01 h of 45 min = 27 s.
    at = await learner(has_presence_checks=False, daily_cap_centihours=1, hour_seconds=2_700)
    player = await Player(at).connect()
    await player.open()

    [first] = await watched(player, clock, 20, by_s=30)
    [second] = await watched(player, clock, 60, by_s=30)
    await player.leave()
    again = await Player(at).connect()
    await again.open(take=True)
    [third] = await watched(again, clock, 60, by_s=30)
    # Past midnight in Beijing.
    clock.pass_s(12 * 3_600)
    await again.leave()
    tomorrow = await Player(at).connect()
    await tomorrow.open(take=True)
    [fourth] = await watched(tomorrow, clock, 40, by_s=30)

    assert (first["n"], "cap" in first) == (20, False)
    assert (second["n"], second["rem"], second["cap"]) == (27, [[27, 60]], 1)
    assert (third["n"], third["cap"]) == (27, 1)
    assert (fourth["n"], "cap" in fourth) == (40, False)


async def test_an_enrolment_may_be_of_a_year_without_checks(clock: StandingClock) -> None:
    at = await learner(has_presence_checks=False)
    player = await Player(at).connect()
    await player.open()

    said = await watched(player, clock, 290, by_s=290)

    assert [message["t"] for message in said] == ["ack"]
    assert await in_thread(Enrolment.objects.count)() == 1
