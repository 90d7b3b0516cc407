"""Presence checks over the wire: asked by the server, answered, missed, asked anew."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from learning.models import Enrolment, Evidence, Lesson, Person, Requirement
from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tracking import ledger_check
from tracking.models import Coverage, LiveViewing, ViewingEntry
from tracking.rules.viewing import SeenSeconds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committer")]

QUESTION = {
    "text_zh": "法律由谁制定？",
    "text_en": "Who makes the law?",
    "options_zh": ["国家", "单位", "个人"],
    "options_en": ["The state", "The employer", "The person"],
    "right": 0,
}
CHECKED: dict[str, Any] = {"has_presence_checks": True, "check_min_s": 20, "check_max_s": 20, "check_answer_s": 60}


async def learner(*, seconds: int = 600, questions: list[dict[str, Any]] | None = None, **rule: Any) -> Learner:
    """A learner whose rule checks presence after 20 credited seconds."""

    def made() -> Learner:
        at = make.learner(seconds=seconds, questions=questions or [])
        Requirement.objects.update(**(CHECKED | rule))
        return at

    return await in_thread(made)()


async def watched(player: Player, clock: StandingClock, to_s: int, *, by_s: int | None = None) -> list[Any]:
    """Watch up to a second, and return what the server says to the beat: the ack, and perhaps a check."""
    clock.pass_s(by_s if by_s is not None else 30)
    await player.beat([0, to_s])
    said = [await player.hear()]
    if not await player.socket.receive_nothing(timeout=0.3):
        said.append(await player.hear())
    return said


async def kinds() -> list[str]:
    return await in_thread(lambda: list(ViewingEntry.objects.order_by("pk").values_list("kind", flat=True)))()


async def held(at: Learner, lesson: Lesson | None = None) -> SeenSeconds:
    lesson_id = (lesson or at.lesson).pk
    return await in_thread(Coverage.objects.held)(enrolment_id=at.enrolment.pk, lesson_id=lesson_id)


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
    await in_thread(Requirement.objects.update)(missed_check="hold")
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
