from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracking.rules.lines import line, segment, session
from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.happenings import Circumstance, DeferralReason, Happening, HappeningKind, happenings_of
from tracking.rules.runs import mask_of_run
from tracking.rules.timeline import Settlement, story_of

K = HappeningKind


def told(*lines: LedgerLine, ended_ms: int, capped: bool = False, is_provisional: bool = False) -> list[Happening]:
    lines_of = session(lines, ended_ms=ended_ms, is_provisional=is_provisional)
    story = story_of([lines_of]).sessions[0]
    return happenings_of(lines_of, story, is_capped=lambda _at_ms: capped)


def facts(happenings: list[Happening], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(item, name) for name in names) for item in happenings]


def test_plain_watching_is_told_in_one_line_however_many_segments_it_took() -> None:
    happenings = told(
        segment(0, 300_000, 0, 300, 300), segment(300_000, 400_000, 300, 400, 100),
        line(LineKind.END_BYE, 400_000), ended_ms=400_000,
    )  # fmt: skip

    assert facts(happenings, "kind", "at_ms", "from_s", "to_s", "gained_s", "first_line", "last_line") == [
        (K.OPENED, 0, 0, 0, 0, 0, 0),
        (K.PLAYED, 0, 0, 400, 400, 1, 2),
        (K.LEFT, 400_000, 0, 0, 0, 3, 3),
    ]


def test_a_pause_stands_between_what_was_played_before_and_after() -> None:
    happenings = told(segment(0, 30_000, 0, 30, 30), segment(30_000, 120_000, 30, 60, 30), ended_ms=120_000)

    assert facts(happenings, "kind", "start_ms", "end_ms") == [
        (K.OPENED, 0, 0),
        (K.PLAYED, 0, 30_000),
        (K.NOT_PLAYING, 30_000, 90_000),
        (K.PLAYED, 90_000, 120_000),
    ]


def test_a_pause_shorter_than_a_beat_is_vague_is_not_told() -> None:
    happenings = told(segment(0, 30_000, 0, 30, 30), segment(30_000, 62_000, 30, 60, 30), ended_ms=62_000)

    assert facts(happenings, "kind", "to_s") == [(K.OPENED, 0), (K.PLAYED, 60)]


def test_circumstances_begin_a_line_of_their_own() -> None:
    muted = segment(30_000, 60_000, 30, 60, 30, flags=1 | 16)

    happenings = told(segment(0, 30_000, 0, 30, 30), muted, ended_ms=60_000)

    assert [item.circumstances for item in happenings if item.kind is K.PLAYED] == [
        Circumstance(0),
        Circumstance.MUTED | Circumstance.OFFLINE_SECONDS,
    ]


def test_watching_again_gains_nothing() -> None:
    happenings = told(segment(0, 30_000, 0, 30, 30), segment(30_000, 60_000, 0, 30, 0), ended_ms=60_000)

    played = [item for item in happenings if item.kind is K.PLAYED]
    assert facts(played, "gained_s", "again_s") == [(30, 0), (0, 30)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (line(LineKind.ANSWER, 30_000, 41_500, flags=1), K.CHECK_PASSED),
        (line(LineKind.ANSWER, 30_000, 41_500, flags=0), K.CHECK_WRONG),
        (line(LineKind.MISS, 30_000, 41_500), K.CHECK_MISSED),
    ],
    ids=["passed", "wrong", "missed"],
)
def test_a_check_is_told_when_asked_and_when_settled(answer: LedgerLine, kind: HappeningKind) -> None:
    happenings = told(segment(0, 30_000, 0, 30, 30), line(LineKind.CHECK, 30_000), answer, ended_ms=41_500)

    check, settled = (item for item in happenings if item.kind in {K.CHECK_ASKED, kind})
    assert (check.kind, check.at_ms) == (K.CHECK_ASKED, 30_000)
    assert (settled.kind, settled.at_ms, settled.length_ms) == (kind, 41_500, 11_500)


def test_a_check_asked_before_the_last_was_answered_is_asked_again() -> None:
    checks = [line(LineKind.CHECK, 0), line(LineKind.MISS, 0, 60_000), line(LineKind.CHECK, 90_000)]

    assert [item.kind for item in told(*checks, ended_ms=90_000) if item.kind is not K.NOT_PLAYING] == [
        K.OPENED,
        K.CHECK_ASKED,
        K.CHECK_MISSED,
        K.CHECK_ASKED_AGAIN,
    ]


def test_a_check_after_a_wrong_answer_is_a_new_one() -> None:
    checks = [line(LineKind.CHECK, 0), line(LineKind.ANSWER, 0, 2_000), line(LineKind.CHECK, 2_000)]

    assert [item.kind for item in told(*checks, ended_ms=2_000)][-1] is K.CHECK_ASKED


def test_a_void_names_what_it_took() -> None:
    void = [line(LineKind.CHECK, 30_000), line(LineKind.VOID, 30_000, 90_000)]

    happenings = told(segment(0, 30_000, 0, 30, 30), *void, ended_ms=90_000, is_provisional=True)

    assert [(item.at_ms, item.lost_s) for item in happenings if item.kind is K.VOIDED] == [(90_000, 30)]
    assert [item.is_provisional for item in happenings if item.kind is K.PLAYED] == [True]


def test_a_void_in_another_lesson_stands_where_its_seconds_were_earned() -> None:
    lines = session([segment(0, 30_000, 0, 30, 30)], ended_ms=30_000, is_provisional=True)
    story = story_of([lines], [Settlement(99_000, is_passed=False)]).sessions[0]

    last = happenings_of(lines, story)[-1]

    assert (last.kind, last.at_ms, last.lost_s, last.first_line) == (K.VOIDED_ELSEWHERE, 99_000, 30, None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(LineKind.END_BYE, K.LEFT), (LineKind.END_PREEMPT, K.TAKEN_OVER), (LineKind.END_TIMEOUT, K.FELL_SILENT)],
)
def test_every_end_is_told(kind: LineKind, expected: HappeningKind) -> None:
    assert told(line(kind, 1_000), ended_ms=1_000)[-1].kind is expected


def test_late_claims_stand_after_the_end_in_one_line() -> None:
    late = [
        line(LineKind.LATE, 30_000, from_s=30, to_s=40, new_s=10),
        line(LineKind.LATE, 30_000, from_s=50, to_s=55, new_s=5),
    ]

    happenings = told(segment(0, 30_000, 0, 30, 30), line(LineKind.END_TIMEOUT, 30_000), *late, ended_ms=30_000)

    assert facts(happenings[-3:], "kind", "from_s", "to_s", "gained_s") == [
        (K.FELL_SILENT, 0, 0, 0),
        (K.LATE, 30, 40, 10),
        (K.LATE, 50, 55, 5),
    ]


def reason_of(*lines: LedgerLine, ended_ms: int, capped: bool = False) -> list[DeferralReason | None]:
    return [item.reason for item in told(*lines, ended_ms=ended_ms, capped=capped) if item.deferred_s]


def test_claims_faster_than_time_are_deferred_by_the_budget() -> None:
    fast = segment(0, 30_000, 0, 30, 30, deferred_s=30)

    assert reason_of(fast, ended_ms=30_000) == [DeferralReason.BUDGET]
    # Even while a check is open, or on a day that reached its cap later.
    assert reason_of(line(LineKind.CHECK, 0), fast, ended_ms=30_000, capped=True) == [DeferralReason.BUDGET]


def test_an_open_check_defers_what_the_budget_would_have_allowed() -> None:
    held = segment(60_000, 120_000, 0, 0, 0, deferred_s=90)

    happenings = told(segment(0, 60_000, 0, 60, 60), line(LineKind.CHECK, 60_000), held, ended_ms=120_000)

    assert facts(happenings[2:], "kind", "reason", "deferred_s") == [
        (K.CHECK_ASKED, None, 0),
        (K.DEFERRED, DeferralReason.CHECK, 90),
    ]


def test_a_passed_check_defers_no_more() -> None:
    passed = [line(LineKind.CHECK, 0), line(LineKind.ANSWER, 0, 5_000, flags=1)]

    assert reason_of(*passed, segment(5_000, 60_000, 0, 0, 0, deferred_s=9), ended_ms=60_000) == [DeferralReason.BUDGET]


def test_a_full_day_defers_what_the_budget_would_have_allowed() -> None:
    held = segment(0, 60_000, 0, 0, 0, deferred_s=60)

    assert reason_of(held, ended_ms=60_000, capped=True) == [DeferralReason.DAILY_CAP]


def test_a_beat_of_several_runs_is_judged_after_its_last() -> None:
    # Twenty seconds of time bought ten of the first run and ten of the second: nothing was left.
    first = segment(0, 20_000, 0, 10, 10, deferred_s=3)
    second = segment(0, 20_000, 30, 40, 10, accrued_ms=0)

    assert reason_of(line(LineKind.CHECK, 0), first, second, ended_ms=20_000) == [DeferralReason.BUDGET]


@given(
    st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 15), st.integers(0, 40), st.integers(0, 5)), max_size=14),
    st.booleans(),
)
def test_what_happened_adds_up_to_what_is_held(beats: list[tuple[int, int, int, int]], is_provisional: bool) -> None:
    now_ms, confirmed, waiting, lines = 0, 0, 0, []
    for pause_ms, length_s, from_s, act in beats:
        start_ms, now_ms = now_ms, now_ms + pause_ms + length_s * 1_000
        run = mask_of_run(from_s, from_s + length_s)
        lines.append(
            segment(start_ms, now_ms, from_s, from_s + length_s, (run & ~(confirmed | waiting)).bit_count(), flags=act)
        )
        waiting |= run & ~confirmed
        if act in {0, 1}:
            lines.append(line(LineKind.CHECK, now_ms))
            lines.append(line(LineKind.VOID if act else LineKind.ANSWER, now_ms, flags=1 - act))
        if act == 0 or not is_provisional:
            confirmed, waiting = confirmed | waiting, 0
        elif act == 1:
            waiting = 0
    lines_of = session(lines, ended_ms=now_ms, is_provisional=is_provisional)
    lesson = story_of([lines_of])

    happenings = happenings_of(lines_of, lesson.sessions[0])

    assert (lesson.confirmed, lesson.provisional) == (confirmed, waiting)
    assert sum(item.gained_s - item.lost_s for item in happenings) == lesson.held.bit_count()
    assert [item.at_ms for item in happenings] == sorted(item.at_ms for item in happenings)
