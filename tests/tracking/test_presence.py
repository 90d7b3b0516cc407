"""Presence checks over the wire: asked by the server, answered, missed, asked anew."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from learning.models import Person
from tests.tracking.checked import held, kinds, learner, watched
from tests.tracking.conftest import Player, StandingClock
from tracking import ledger_check
from tracking.models import LiveViewing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]

QUESTION = {
    "text_zh": "法律由谁制定？",
    "text_en": "Who makes the law?",
    "options_zh": ["国家", "单位", "个人"],
    "options_en": ["The state", "The employer", "The person"],
    "right": 0,
}


async def test_a_check_is_asked_with_the_beat_that_reaches_it_and_passes_by_a_touch(clock: StandingClock) -> None:
    at = await learner()
    player = await Player(at).connect()
    await player.open()

    ack, check = await watched(player, clock, 30)
    await player.say(t="ans", id=check["id"], v="here", ms=900)
    result = await player.hear()

    assert ack == {"t": "ack", "q": 1, "n": 30}
    assert (check["t"], check["kind"], check["opts"], check["ms"]) == ("chk", "tap", [], 60_000)
    assert result == {"t": "chkr", "id": check["id"], "ok": True}
    assert await kinds() == ["open", "seg", "chk", "ans"]
    live = await in_thread(LiveViewing.objects.get)()
    assert (live.check_ms, live.check_key, live.since_pass_s, live.next_check_s) == (None, "", 0, 20)


async def test_nothing_is_credited_far_beyond_an_open_check_and_all_of_it_after_a_pass(clock: StandingClock) -> None:
    at = await learner()
    player = await Player(at).connect()
    await player.open()
    _ack, check = await watched(player, clock, 30)

    [ack] = await watched(player, clock, 130, by_s=58)
    [late] = await watched(player, clock, 130, by_s=1)
    await player.say(t="ans", id=check["id"], v="here", ms=900)
    assert (await player.hear())["ok"] is True
    ack_after = (await watched(player, clock, 130, by_s=60))[0]

    # 20 s until the check and 60 s after it, whatever else the budget holds.
    assert ack == {"t": "ack", "q": 2, "n": 80, "rem": [[80, 130]]}
    assert late["n"] == 80
    assert ack_after["n"] == 130


async def test_a_missed_check_takes_nothing_and_a_late_answer_still_passes(clock: StandingClock) -> None:
    at = await learner()
    player = await Player(at).connect()
    await player.open()
    _ack, check = await watched(player, clock, 30)

    clock.pass_s(62.1)
    await player.beat([0, 60])
    missed, ack = await player.hear(), await player.hear()
    assert missed == {"t": "chkr", "id": check["id"], "ok": False}
    assert ack["n"] == 60
    await player.say(t="ans", id=check["id"], v="here", ms=70_000)

    assert await player.hear() == {"t": "chkr", "id": check["id"], "ok": True}
    assert await kinds() == ["open", "seg", "chk", "seg", "miss", "seg", "ans"]
    assert (await held(at)).confirmed_s == 60


async def test_the_server_notices_a_missed_check_by_itself(clock: StandingClock) -> None:
    at = await learner(check_answer_s=0)
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(30)
    await player.beat([0, 20])
    check = [await player.hear(), await player.hear()][1]

    clock.pass_s(3)
    missed = await player.hear()

    assert missed == {"t": "chkr", "id": check["id"], "ok": False}
    assert (await in_thread(LiveViewing.objects.get)()).is_check_missed


@pytest.mark.parametrize(
    "said",
    [
        {"t": "hb", "q": 9, "c": [[0, 9_999]], "pt": 0, "p": 0, "s": "p", "f": 0},
        {"t": "ans", "id": "guess", "v": "here", "ms": 1},
    ],
    ids=["a_claim_outside", "another_checks_answer"],
)
async def test_what_is_refused_leaves_no_trace_though_a_check_is_overdue(
    clock: StandingClock, said: dict[str, Any]
) -> None:
    at = await learner()
    player = await Player(at).connect()
    await player.open()
    await watched(player, clock, 30)
    clock.pass_s(63)

    await player.say(**said)
    assert (await player.hear())["t"] == "err"
    await player.beat([0, 40])
    await player.hear()
    await player.hear()

    assert await kinds() == ["open", "seg", "chk", "seg", "miss"]
    assert await in_thread(lambda: list(ledger_check.differences()))() == []


async def test_a_content_question_comes_in_the_learners_language_and_a_wrong_answer_brings_another(
    clock: StandingClock,
) -> None:
    at = await learner(questions=[QUESTION], asks_content_questions=True)
    player = await Player(at).connect()
    await player.open(ticket=await in_thread(at.ticket)("en"))

    _ack, check = await watched(player, clock, 30)
    await player.say(t="ans", id=check["id"], v="The person", ms=900)
    wrong = await player.hear()
    _ack, again = await watched(player, clock, 40)
    await player.say(t="ans", id=again["id"], v="The state", ms=900)
    right = await player.hear()

    assert (check["kind"], check["text"], sorted(check["opts"])) == (
        "pick",
        "Who makes the law?",
        ["The employer", "The person", "The state"],
    )
    assert (wrong["ok"], right["ok"]) == (False, True)
    assert again["id"] != check["id"]


async def test_an_answer_to_another_check_is_refused_and_changes_nothing(clock: StandingClock) -> None:
    at = await learner()
    player = await Player(at).connect()
    await player.open()
    await watched(player, clock, 30)

    await player.say(t="ans", id="guess", v="here", ms=1)

    assert await player.hear() == {"t": "err", "code": "no_check", "fatal": False}
    assert await kinds() == ["open", "seg", "chk"]


@pytest.mark.parametrize("is_resumed", [True, False], ids=["resumed", "reopened"])
async def test_an_open_check_is_asked_anew_with_all_its_time(clock: StandingClock, is_resumed: bool) -> None:
    at = await learner()
    player = await Player(at).connect()
    opened = await player.open()
    _ack, check = await watched(player, clock, 30)
    await player.leave()

    clock.pass_s(200)
    again = await Player(at).connect()
    await again.open(**({"resume": opened["sid"]} if is_resumed else {}))
    anew = await again.hear()
    clock.pass_s(60)
    await again.say(t="ans", id=anew["id"], v="here", ms=900)

    assert (anew["t"], anew["ms"]) == ("chk", 60_000)
    assert anew["id"] != check["id"]
    assert (await again.hear())["ok"] is True
    assert await in_thread(lambda: list(ledger_check.differences()))() == []


async def test_an_accommodation_gives_more_time(clock: StandingClock) -> None:
    at = await learner()
    await in_thread(Person.objects.update)(check_time_percent=250)
    player = await Player(at).connect()
    await player.open()

    _ack, check = await watched(player, clock, 30)
    clock.pass_s(150)
    await player.say(t="ans", id=check["id"], v="here", ms=149_000)

    assert check["ms"] == 150_000
    assert (await player.hear())["ok"] is True
    assert "miss" not in await kinds()
