from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.models import Evidence
from tests.factories import tracking as make
from tests.factories.guards import rewrite_rules
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tests.tracking.views.calling import API, Caller, assert_every_chain_holds, confirmed_s
from tracking.models import LiveViewing, ViewingEntry, ViewingSession


def test_open_says_where_the_learner_stands_and_to_beat_every_20_s(caller: Caller) -> None:
    [ok] = caller.open()

    assert (caller.status, ok["t"], ok["ep"], ok["D"], ok["hb_ms"]) == (200, "ok", 1, 60, 20_000)
    assert ViewingSession.objects.get().device_label == "Windows · Edge"


def test_beat_is_acknowledged_and_defers_what_the_clock_does_not_afford(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(20)

    assert caller.beat([0, 25]) == [{"t": "ack", "q": 1, "n": 20, "rem": [[20, 25]]}]
    clock.pass_s(20)
    assert caller.beat([20, 40]) == [{"t": "ack", "q": 2, "n": 40}]
    assert confirmed_s(caller.at) == 40


def test_repeated_beat_is_acknowledged_again_and_changes_nothing(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(20)
    first = caller.beat([0, 20])
    clock.pass_s(20)

    assert caller.beat([0, 20], q=1) == first
    assert caller.beat([0, 40], q=1) == [first[0] | {"rem": [[20, 40]]}]
    assert confirmed_s(caller.at) == 20


def test_bye_ends_and_seals_the_session_and_a_beat_after_it_is_gone(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(12)

    ack, receipt = caller.beat([0, 12], kind="bye")

    assert (caller.status, ack) == (200, {"t": "ack", "q": 1, "n": 12})
    assert (receipt["t"], receipt["n"]) == ("rcpt", 12)
    assert ViewingSession.objects.get().end_reason == "bye"
    assert caller.refused(caller.beat([12, 20]), "sealed")
    assert caller.status == 410
    assert_every_chain_holds()


def test_session_past_its_longest_time_is_ended(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(12 * 3_600 - 1)
    caller.beat()
    # The token is of the same length of life by another clock; here only the session's is moved.
    clock.pass_s(2)

    assert caller.refused(caller.beat([0, 15]), "session_ended")
    assert (caller.status, ViewingSession.objects.get().end_reason) == (410, "timeout")


def test_session_ended_by_silence_is_gone(caller: Caller) -> None:
    caller.open()
    ViewingSession.objects.update(ended_ms=1, end_reason="timeout")
    LiveViewing.objects.update(session=None)

    assert caller.refused(caller.beat([0, 15]), "session_ended")
    assert caller.status == 410


def test_presence_check_is_asked_answered_and_passed(caller: Caller, clock: StandingClock) -> None:
    caller = checked(caller)
    caller.open()
    clock.pass_s(30)

    ack, check = caller.beat([0, 30])
    wrong = caller.say("ans", id="another", v="here", ms=900)
    result = caller.say("ans", id=check["id"], v="here", ms=900)

    assert (ack["n"], check["t"], check["kind"], check["ms"]) == (30, "chk", "tap", 60_000)
    assert caller.refused(wrong, "no_check")
    assert result == [{"t": "chkr", "id": check["id"], "ok": True}]
    assert LiveViewing.objects.get().check_ms is None


@pytest.mark.parametrize(("policy", "rewind"), [("hold", {}), ("rewind", {"rewind": 0})])
def test_missed_check_is_noticed_at_the_next_message(
    caller: Caller, clock: StandingClock, policy: str, rewind: dict[str, int]
) -> None:
    caller = checked(caller, missed_check=policy)
    caller.open()
    clock.pass_s(30)
    _ack, check = caller.beat([0, 30])
    clock.pass_s(70)

    # What is refused records nothing; the miss is noticed again.
    assert caller.refused(caller.beat([500, 601]), "bad_range")
    missed, *_rest = caller.beat([0, 60])

    assert missed == {"t": "chkr", "id": check["id"], "ok": False} | rewind
    assert ViewingEntry.objects.filter(kind="void" if rewind else "miss").count() == 1
    assert confirmed_s(caller.at) == (0 if rewind else 60)
    caller.beat(kind="bye")
    assert_every_chain_holds()


def checked(caller: Caller, **rule: Any) -> Caller:
    """Return a learner at a longer lesson, whose rule checks presence after 20 credited seconds."""
    at = make.learner(caller.at.person, seconds=600)
    facts = {"has_presence_checks": True, "check_min_s": 20, "check_max_s": 20, "check_answer_s": 60}
    rewrite_rules(**(facts | rule))
    return Caller(at)


def test_watched_lesson_becomes_evidence(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(58)

    caller.beat([0, 58])

    assert Evidence.objects.get().facts["covered_s"] == 58


def test_evidence_that_cannot_be_recorded_costs_no_acknowledgement(
    caller: Caller, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_facts: object) -> None:
        raise OperationalError

    monkeypatch.setattr("tracking.actions.watched.record_if_watched", fail)
    caller.open()
    clock.pass_s(58)

    assert caller.beat([0, 58])[0]["n"] == 58


def test_beat_asks_the_database_no_more_than_it_must(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(20)
    caller.beat([0, 20])
    clock.pass_s(20)

    with CaptureQueriesContext(connection) as asked:
        caller.beat([20, 40])

    # Neither the framing of transactions nor the cache, which in production is no database.
    framing = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SET LOCAL")
    spoken = [query["sql"] for query in asked if not query["sql"].startswith(framing)]
    own = [sql for sql in spoken if "learning_cache" not in sql]
    # Login: session, person. The verb: lock, session with lesson, may watch, coverage; and the write, which on
    # PostgreSQL goes past Django's log.
    assert len(own) == (6 if connection.vendor == "postgresql" else 7), "\n".join(own)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committer")
async def test_socket_and_requests_alternate_on_one_session(at: Learner, clock: StandingClock) -> None:
    player, caller = await Player(at).connect(), Caller(at)
    opened = await player.open()
    clock.pass_s(10)
    await player.beat([0, 10])
    await player.hear()

    [resumed] = await in_thread(caller.open)(resume=opened["sid"])
    clock.pass_s(10)
    [ack] = await in_thread(caller.beat)([10, 20])
    again = await Player(at).connect()
    back = await again.open(resume=opened["sid"])
    clock.pass_s(10)
    await again.beat([20, 30])

    assert [resumed[name] for name in ("sid", "ep", "q", "n")] == [opened["sid"], 2, 1, 10]
    assert ack == {"t": "ack", "q": 2, "n": 20}
    assert [back[name] for name in ("ep", "q", "n")] == [3, 2, 20]
    assert await again.hear() == {"t": "ack", "q": 3, "n": 30}
    assert (await in_thread(caller.beat)([20, 30]))[0]["code"] == "superseded"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committer")
async def test_requests_earn_nothing_beside_a_socket_under_its_epoch(at: Learner, clock: StandingClock) -> None:
    player, caller = await Player(at).connect(), Caller(at)
    opened = await player.open()
    caller.stamp = {"tok": opened["tok"], "ep": opened["ep"]}
    clock.pass_s(15)
    await player.beat([0, 15])
    await player.hear()

    clock.pass_s(15)
    refused = await in_thread(caller.beat)([15, 30], q=2, s="i")
    await player.beat([30, 45], q=3)
    await player.hear()

    assert await in_thread(confirmed_s)(at) == 30, "no more seconds than have passed"
    assert caller.refused(refused, "superseded")


@pytest.mark.django_db(transaction=True)
def test_the_same_beat_twice_at_once_is_credited_once(at: Learner, clock: StandingClock) -> None:
    caller = Caller(at)
    caller.open()
    clock.pass_s(20)
    message = json.dumps(caller.claim([0, 20]) | caller.stamp)
    start, answers = threading.Barrier(4), []

    def send() -> None:
        client = Client()
        client.cookies = at.client.cookies
        start.wait(10)
        answers.append(client.post(f"{API}hb", message, content_type="application/json").json()["messages"])
        connection.close()

    threads = [threading.Thread(target=send) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert answers == [[{"t": "ack", "q": 1, "n": 20}]] * 4
    live = LiveViewing.objects.get()
    assert (live.granted_s, live.sequence) == (20, 1)
    assert list(ViewingEntry.objects.order_by("line_index").values_list("kind", "new_s")) == [("open", 0), ("seg", 20)]
