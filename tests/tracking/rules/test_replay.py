"""The auditor's recomputation: coverage from lines, and each fault by name."""

from dataclasses import replace

import pytest

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.replay import Fault, Finding, SessionRecord, replay
from tracking.rules.runs import mask_of_run

LESSON = 7
OPEN = LedgerLine("s1", 0, LineKind.OPEN, 0, 0, 0, LESSON, 90, flags=100)
SEGMENT = LedgerLine("s1", 1, LineKind.SEGMENT, 0, 30_000, 30_000, 10, 40, 30)
PASS = LedgerLine("s1", 2, LineKind.ANSWER, 30_000, 32_000, 0, flags=1)
WRONG = replace(PASS, flags=0)
VOID = LedgerLine("s1", 2, LineKind.VOID, 30_000, 90_000, 0)
RECORD = SessionRecord("s1", [OPEN, SEGMENT], ended_ms=30_000)


def test_replay_finds_what_segments_cover() -> None:
    replayed = replay([RECORD])

    assert replayed.confirmed == {LESSON: mask_of_run(10, 40)}
    assert replayed.new_s == 30
    assert replayed.findings == []


def test_replay_counts_the_segment_still_open() -> None:
    running = replace(RECORD, lines=[OPEN], open_segment=SEGMENT)

    assert replay([running]).confirmed == {LESSON: mask_of_run(10, 40)}


@pytest.mark.parametrize(
    ("decision", "confirmed_s", "provisional_s"),
    [(None, 0, 30), (PASS, 30, 0), (WRONG, 0, 30), (VOID, 0, 0)],
    ids=["undecided", "passed", "wrong", "missed"],
)
def test_replay_decides_provisional_seconds(decision: LedgerLine | None, confirmed_s: int, provisional_s: int) -> None:
    lines = [OPEN, SEGMENT] + ([decision] if decision else [])

    replayed = replay([replace(RECORD, lines=lines, is_provisional=True)])

    assert replayed.confirmed[LESSON].bit_count() == confirmed_s
    assert replayed.provisional[LESSON].bit_count() == provisional_s


def test_replay_confirms_across_sessions() -> None:
    first = replace(RECORD, is_provisional=True)
    opening = replace(OPEN, session_key="s2", from_s=8, start_ms=30_000, end_ms=30_000)
    second = SessionRecord("s2", [opening, PASS], ended_ms=40_000, is_provisional=True)

    assert replay([second, first]).confirmed[LESSON] == mask_of_run(10, 40)


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (replace(RECORD, lines=[]), Fault.NO_OPENING),
        (replace(RECORD, lines=[SEGMENT]), Fault.NO_OPENING),
        (replace(RECORD, lines=[OPEN, replace(SEGMENT, to_s=91)]), Fault.OUTSIDE_MEDIA),
        (replace(RECORD, ended_ms=29_999), Fault.OVER_WALL),
        (replace(RECORD, lines=[OPEN, replace(SEGMENT, new_s=31)]), Fault.OVER_BUDGET),
    ],
    ids=["no_lines", "no_open", "outside", "over_wall", "over_budget"],
)
def test_replay_names_the_fault(record: SessionRecord, fault: Fault) -> None:
    assert replay([record]).findings == [Finding("s1", fault)]


def test_replay_sees_sessions_that_overlap() -> None:
    other = replace(RECORD, session_key="s2", lines=[replace(OPEN, start_ms=29_999)])

    assert replay([RECORD, other]).findings == [Finding("s2", Fault.OVERLAP)]


def test_replay_lets_a_session_begin_as_another_ends() -> None:
    other = replace(RECORD, session_key="s2", lines=[replace(OPEN, start_ms=30_000)])

    assert replay([RECORD, other]).findings == []
