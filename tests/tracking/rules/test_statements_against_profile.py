"""Whatever is watched: the statements pass the profile's judge, and say what the auditor recomputes."""

from __future__ import annotations

import json
import os
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.rules import video_profile as profile
from tests.tracking.rules.watchers import DURATION_S, NEEDED_S, OWN, Watcher
from tracking.rules.replay import replay
from tracking.rules.viewing import EndReason, MissedCheck

IS_FULL = os.environ.get("HOURBOOK_HYPOTHESIS") == "full"
EXAMPLES = 2_000 if IS_FULL else 100


RUNS = st.lists(
    st.tuples(st.integers(0, DURATION_S - 1), st.integers(1, 30)).map(
        lambda run: (run[0], min(DURATION_S, run[0] + run[1]))
    ),
    max_size=3,
)
ACTS = st.one_of(
    st.tuples(st.just("open"), st.integers(1, 2)),
    st.tuples(st.just("beat"), RUNS, st.sampled_from([0, 0.5, 5, 15, 15, 30, 70]), st.sampled_from("ppppihw")),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("miss")),
    st.tuples(st.just("leave"), st.sampled_from(list(EndReason))),
    st.tuples(st.just("flush"), RUNS),
)


def live(watcher: Watcher, acts: list[tuple[Any, ...]]) -> None:
    for word, *facts in acts:
        if word == "beat":
            runs, wait_s, state = facts
            watcher.beat(*_apart(runs), wait_s=wait_s, state=state)
        elif word == "flush":
            watcher.flush(*_apart(facts[0]))
        elif word == "answer":
            watcher.answer(is_right=facts[0])
        else:
            getattr(watcher, word)(*facts)


def _apart(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return runs as the wire demands them: in order, apart from one another."""
    kept: list[tuple[int, int]] = []
    for from_s, to_s in sorted(runs):
        if not kept or from_s > kept[-1][1]:
            kept.append((from_s, to_s))
    return kept


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    acts=st.lists(ACTS, min_size=1, max_size=40),
    mode=st.sampled_from(list(MissedCheck)),
    rate_percent=st.sampled_from([100, 150]),
    check_s=st.sampled_from([10, 25, 1_000]),
)
def test_whatever_is_watched_passes_the_video_profile(
    acts: list[tuple[Any, ...]], mode: MissedCheck, rate_percent: int, check_s: int
) -> None:
    watcher = Watcher(mode=mode, rate_percent=rate_percent, check_s=check_s)
    watcher.open()
    live(watcher, acts)

    sessions = watcher.told()

    assert profile.faults(sessions) == []
    assert json.dumps(watcher.told()) == json.dumps(sessions)


@settings(max_examples=EXAMPLES, deadline=None)
@given(acts=st.lists(ACTS, min_size=1, max_size=40), mode=st.sampled_from(list(MissedCheck)))
def test_what_is_told_is_what_the_auditor_recomputes(acts: list[tuple[Any, ...]], mode: MissedCheck) -> None:
    watcher = Watcher(mode=mode)
    watcher.open()
    live(watcher, acts)

    sessions = watcher.told()

    records = list(watcher.records())
    for at, (kept, statements) in enumerate(zip(watcher.kept, sessions, strict=True), start=1):
        held = replay(records[:at]).confirmed[kept.media]
        assert statements[-1]["result"]["extensions"][f"{OWN}credited-seconds"] == held.bit_count()
        if mode is MissedCheck.HOLD:
            assert _mask(profile.segments(statements[-1])) == held
    completed = {
        each["object"]["id"][-1] for session in sessions for each in session if each["verb"]["id"] == profile.COMPLETED
    }
    confirmed = replay(records).confirmed
    assert completed == {str(media) for media, mask in confirmed.items() if mask.bit_count() >= NEEDED_S}


def _mask(segments: list[Any]) -> int:
    mask = 0
    for start, end in segments:
        mask |= (1 << int(end)) - (1 << int(start))
    return mask


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda said: said[1]["result"]["extensions"].clear(), "lacks time"),
        (lambda said: said[2]["result"]["extensions"].update({f"{profile.EXTENSION}progress": 0.12345}), "progress"),
        (lambda said: said[2]["result"]["extensions"].update({f"{profile.EXTENSION}time": 9}), "matches no time"),
        (lambda said: said[2].update(timestamp="2026-11-19T12:00:30+08:00"), "timestamp"),
        (lambda said: said[2]["context"]["contextActivities"].update(category=[{"id": "x"}]), "category"),
        (lambda said: said[0]["actor"].update(name="Ada"), "actor"),
        (lambda said: said[3]["result"].update(completion=False), "completion"),
        (lambda said: said.pop(2), "take turns"),
        (lambda said: said[0].update(id=str(UUID(int=9, version=4))), "session-id"),
        (lambda said: said[3].update(id=said[1]["id"]), "twice"),
    ],
)
def test_the_judge_of_the_profile_sees_a_breach(change: Any, fault: str) -> None:
    watcher = Watcher(check_s=1_000)
    watcher.open()
    watcher.beat((0, 15), state="i")
    sessions = watcher.told()
    assert profile.faults(sessions) == []

    change(sessions[0])

    assert any(fault in each for each in profile.faults(sessions)), profile.faults(sessions)
