from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import pytest

from tests.tracking.rules import video_profile as profile
from tests.tracking.rules.said import NOON_MS
from tests.tracking.rules.watchers import DURATION_S, OWN, PLATFORM, Watcher
from tracking.rules.statements import Statement, Teller
from tracking.rules.viewing import EndReason, MissedCheck


def in_short(statements: list[Statement]) -> list[tuple[Any, ...]]:
    """Return verb, seconds after noon and the media times of each statement."""
    short = []
    for each in statements:
        stamp = each["timestamp"]
        seconds = (int(stamp[11:13]) * 60 + int(stamp[14:16])) * 60 + int(stamp[17:19]) - 4 * 3600
        times = [profile.said(each, "result", word) for word in ("time", "time-from", "time-to")]
        short.append((each["verb"]["display"]["en"], seconds, *(time for time in times if time is not None)))
    return short


def test_tell_plain_watching() -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 15))
    watcher.beat((15, 30), state="i")
    watcher.leave()

    (statements,) = watcher.told()

    assert in_short(statements) == [("initialized", 0), ("played", 0, 0), ("paused", 30, 30), ("terminated", 30, 30)]
    assert profile.said(statements[-1], "result", "played-segments") == "0[.]30"
    assert profile.said(statements[-1], "result", "progress") == 0.5


def test_tell_a_pause_and_a_jump() -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 15))
    watcher.beat((15, 20), wait_s=5, state="i")
    watcher.beat(wait_s=20, state="p")
    watcher.beat((20, 30), wait_s=10)
    watcher.beat((5, 15), wait_s=10, state="i")
    watcher.leave()

    (statements,) = watcher.told()

    assert in_short(statements) == [
        ("initialized", 0),
        ("played", 0, 0),
        ("paused", 20, 20),
        ("played", 40, 20),
        ("seeked", 50, 30, 5),
        ("paused", 60, 15),
        ("terminated", 60, 15),
    ]
    # In the order in which they were played, not united.
    assert profile.said(statements[-1], "result", "played-segments") == "0[.]20[,]20[.]30[,]5[.]15"


def test_tell_a_jump_while_stopped() -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 10), wait_s=10)
    watcher.beat((10, 15), wait_s=5, state="i")
    watcher.beat(wait_s=60, state="p")
    watcher.beat((40, 50), wait_s=10, state="i")

    (statements,) = watcher.told()

    assert in_short(statements)[2:5] == [("paused", 15, 15), ("seeked", 75, 15, 40), ("played", 75, 40)]
    assert profile.said(statements[-1], "result", "played-segments") == "0[.]15[,]40[.]50"


def test_tell_no_pause_where_a_check_cut_the_ledger() -> None:
    watcher = Watcher(check_s=20)
    watcher.open()
    watcher.beat((0, 15))
    watcher.beat((15, 30))
    watcher.now_ms += 8_000
    watcher.answer()
    watcher.beat((30, 45), wait_s=7)
    watcher.leave()

    (statements,) = watcher.told()

    assert [verb for verb, *_rest in in_short(statements)] == ["initialized", "played", "paused", "terminated"]


def test_tell_seconds_that_were_deferred_as_played_when_they_were() -> None:
    # The check is open for 75 s while the film runs on; what was claimed counts once it is passed.
    watcher = Watcher(check_s=1)
    watcher.open()
    watcher.beat((0, 15))
    for _beat in range(3):
        watcher.beat((0, 60), wait_s=15)
    watcher.answer()
    watcher.beat((15, 60), wait_s=1)
    watcher.leave()

    (statements,) = watcher.told()

    assert [verb for verb, *_rest in in_short(statements)].count("paused") == 1


def test_tell_late_seconds_before_the_end() -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 15))
    watcher.now_ms += 30_000
    watcher.open()
    watcher.flush((15, 30))

    first, _second = watcher.told()

    # The player had testified to 17 s of play, so four late seconds are granted.
    assert in_short(first)[-2:] == [("paused", 45, 19), ("terminated", 45, 19)]
    assert profile.said(first[-1], "result", "played-segments") == "0[.]19"


def test_complete_at_the_true_share_once_a_registration() -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 58), wait_s=58, state="i")
    watcher.leave()
    watcher.open()
    watcher.beat((0, 60), wait_s=60, state="i")

    first, second = watcher.told()

    (completed,) = [each for each in first if each["verb"]["id"] == profile.COMPLETED]
    assert completed["result"]["completion"] is True
    assert completed["result"]["duration"] == "PT58S"
    assert profile.said(completed, "result", "progress") == 0.966
    assert profile.said(completed, "context", "completion-threshold") == 0.966
    assert "completed" not in [verb for verb, *_rest in in_short(second)]


def test_tell_ids_from_the_session_and_the_line() -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 15), state="i")

    (statements,) = watcher.told()

    session = UUID(int=1, version=4)
    assert [each["id"] for each in statements] == [
        str(session),
        str(uuid5(session, "1|played")),
        str(uuid5(session, "1|paused")),
        str(uuid5(session, "2|terminated")),
    ]


def test_tell_what_proves_it_and_nobody_by_name() -> None:
    watcher = Watcher(check_s=1_000, rate_percent=150)
    watcher.open()
    watcher.beat((0, 15), state="i")
    watcher.leave(EndReason.TIMEOUT)

    (statements,) = watcher.told()

    opening, ending = statements[0]["context"]["extensions"], statements[-1]["context"]["extensions"]
    assert opening[f"{profile.EXTENSION}speed"] == "1.5x"
    assert opening[f"{profile.EXTENSION}length"] == DURATION_S
    assert (ending[f"{OWN}seal-digest"], ending[f"{OWN}rule-version"]) == ("ab" * 32, "trk1")
    assert ending[f"{OWN}end-reason"] == "timeout"
    assert statements[-1]["result"]["extensions"][f"{OWN}credited-seconds"] == 15
    assert statements[0]["actor"] == {
        "objectType": "Agent",
        "account": {"homePage": f"{PLATFORM}/", "name": "0" * 64},
    }


def test_pass_in_another_lesson_completes_the_one_before() -> None:
    watcher = Watcher(mode=MissedCheck.REWIND, check_s=59)
    watcher.open(1)
    watcher.beat((0, 58), wait_s=58, state="i")
    watcher.open(2)
    watcher.beat((0, 5), wait_s=5)
    watcher.answer()
    watcher.leave()

    first, second = watcher.told()

    assert profile.said(first[-1], "result", "progress") == 0
    (completed,) = [each for each in second if each["verb"]["id"] == profile.COMPLETED]
    assert completed["object"]["id"] == f"{PLATFORM}/lessons/1"
    assert completed["result"]["duration"] == "PT58S"
    assert profile.said(completed, "context", "session-id") is None


def test_pass_completes_two_lessons_under_two_ids() -> None:
    watcher = Watcher(mode=MissedCheck.REWIND, check_s=117)
    for media in (1, 2):
        watcher.open(media)
        watcher.beat((0, 58), wait_s=58, state="i")
    watcher.open(3)
    watcher.beat((0, 5), wait_s=5)
    watcher.answer()

    *_before, last = watcher.told()

    completed = [each for each in last if each["verb"]["id"] == profile.COMPLETED]
    assert [each["object"]["id"][-1] for each in completed] == ["1", "2"]
    assert len({each["id"] for each in completed}) == 2


def test_void_takes_seconds_out_for_good() -> None:
    watcher = Watcher(mode=MissedCheck.REWIND, check_s=10)
    watcher.open()
    watcher.beat((0, 12), wait_s=12)
    watcher.miss()
    watcher.beat((20, 32), wait_s=12)
    watcher.answer()
    watcher.leave()

    (statements,) = watcher.told()

    assert statements[-1]["result"]["extensions"][f"{OWN}credited-seconds"] == 12
    assert profile.said(statements[-1], "result", "played-segments") == "0[.]12[,]20[.]32"


def test_tell_no_time_that_runs_back() -> None:
    # One beat of two runs: the first completes the lesson at the beat's end, the second began before.
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 58), (59, 60), wait_s=60)
    watcher.leave()

    (statements,) = watcher.told()

    assert [(verb, at) for verb, at, *_times in in_short(statements)] == [
        ("initialized", 0),
        ("played", 0),
        ("completed", 60),
        ("seeked", 60),
        ("paused", 60),
        ("terminated", 60),
    ]


def test_pass_over_leaves_what_telling_leaves() -> None:
    watcher = Watcher(check_s=1_000)
    for run in ((0, 20), (20, 40), (40, 60)):
        watcher.open()
        watcher.beat(run, wait_s=20, state="i")
        watcher.leave()
    sessions = watcher.sealed()
    teller = Teller(PLATFORM)
    for session in sessions[:2]:
        teller.pass_over(session)

    assert list(teller.tell(sessions[2])) == watcher.told()[2]


def test_tell_refuses_a_session_without_an_end() -> None:
    watcher = Watcher()
    watcher.open()
    session = watcher.sealed()[0]

    with pytest.raises(ValueError, match="one end"):
        list(Teller(PLATFORM).tell(replace(session, lines=session.lines[:-1])))


def test_noon_is_what_the_tests_think_it_is() -> None:
    watcher = Watcher()
    watcher.open()

    assert watcher.told()[0][0]["timestamp"] == "2026-11-19T04:00:00.000Z"
    assert NOON_MS % 1_000 == 0
