from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.tracking.rules.lines import line, segment, session
from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.runs import mask_of_run
from tracking.rules.timeline import LessonStory, SessionLines, SessionStory, Settlement, StretchKind, story_of


def told(lines: list[LedgerLine], ended_ms: int) -> SessionStory:
    return story_of([session(lines, ended_ms=ended_ms)]).sessions[0]


def is_exact(story: SessionStory) -> bool:
    left_s = story.open_s - story.still_s - story.shown_again_s - story.voided_s - story.waiting_s
    return left_s == story.credited_s


def test_story_of_plain_watching() -> None:
    lesson = story_of([session([segment(0, 60_000, 0, 60, 60)], ended_ms=60_000)])

    story = lesson.sessions[0]
    assert [(part.kind, part.start_ms, part.end_ms) for part in story.stretches] == [(StretchKind.CREDITED, 0, 60_000)]
    assert (story.open_s, story.still_s, story.shown_again_s, story.credited_s) == (60, 0, 0, 60)
    assert lesson.held == mask_of_run(0, 60)


def test_story_puts_the_lost_time_before_what_was_played_after_it() -> None:
    # A minute and a half of server time, of which half a minute was played: the rest came first.
    story = told([segment(0, 30_000, 0, 30, 30), segment(30_000, 120_000, 30, 60, 30)], 120_000)

    assert [(part.kind, part.start_ms, part.end_ms) for part in story.stretches] == [
        (StretchKind.CREDITED, 0, 30_000),
        (StretchKind.STILL, 30_000, 90_000),
        (StretchKind.CREDITED, 90_000, 120_000),
    ]


def test_story_tells_watching_again_from_what_was_held_before() -> None:
    before = session([segment(0, 20_000, 5, 25, 20)], ended_ms=20_000)
    again = session([segment(20_000, 50_000, 0, 30, 10)], opened_ms=20_000, ended_ms=50_000)

    story = story_of([before, again]).sessions[1]

    assert [(part.kind, part.from_s, part.to_s) for part in story.stretches] == [
        (StretchKind.CREDITED, 0, 5),
        (StretchKind.AGAIN, 5, 25),
        (StretchKind.CREDITED, 25, 30),
    ]
    assert (story.still_s, story.shown_again_s, story.credited_s) == (0, 20, 10)


def test_story_counts_late_claims_as_credited() -> None:
    late = line(LineKind.LATE, 40_000, from_s=10, to_s=20, new_s=10)

    lesson = story_of([session([segment(0, 10_000, 0, 10, 10), late], ended_ms=40_000)])

    story = lesson.sessions[0]
    assert (story.credited_s, story.late_s, story.still_s) == (20, 10, 20)
    assert lesson.confirmed == mask_of_run(0, 20)


def test_story_of_watching_again_at_double_speed_never_shows_more_time_than_passed() -> None:
    before = session([segment(0, 60_000, 0, 60, 60)], ended_ms=60_000)
    again = session([segment(60_000, 90_000, 0, 60, 0)], opened_ms=60_000, ended_ms=90_000)

    story = story_of([before, again]).sessions[1]

    assert (story.open_s, story.still_s, story.shown_again_s, story.credited_s) == (30, 0, 30, 0)


def test_the_line_an_end_writes_may_reach_back_and_tells_no_time_twice() -> None:
    # The end accounts for the time since the last line, but its line begins where the session did.
    story = told([segment(0, 10_000, 0, 10, 10), segment(0, 30_000, 0, 0, 0, accrued_ms=20_000)], 30_000)

    assert [(part.kind, part.start_ms, part.end_ms) for part in story.stretches] == [
        (StretchKind.CREDITED, 0, 10_000),
        (StretchKind.STILL, 10_000, 30_000),
    ]


def provisional(*lines: LedgerLine, ended_ms: int) -> SessionLines:
    return session(list(lines), ended_ms=ended_ms, is_provisional=True)


CHECK = line(LineKind.CHECK, 60_000)
PASSED = line(LineKind.ANSWER, 60_000, 70_000, flags=1)
VOIDED = line(LineKind.VOID, 60_000, 120_000)


def sums(lesson: LessonStory) -> tuple[int, int, int]:
    story = lesson.sessions[0]
    assert all(is_exact(story) for story in lesson.sessions)
    return story.credited_s, story.waiting_s, story.voided_s


def test_provisional_seconds_wait_for_a_check() -> None:
    lesson = story_of([provisional(segment(0, 60_000, 0, 60, 60), CHECK, ended_ms=60_000)])

    assert sums(lesson) == (0, 60, 0)
    assert (lesson.confirmed, lesson.provisional) == (0, mask_of_run(0, 60))
    assert lesson.sessions[0].stretches[0].kind is StretchKind.WAITING


def test_a_passed_check_confirms_what_waited() -> None:
    lesson = story_of([provisional(segment(0, 60_000, 0, 60, 60), CHECK, PASSED, ended_ms=70_000)])

    assert sums(lesson) == (60, 0, 0)
    assert (lesson.confirmed, lesson.provisional) == (mask_of_run(0, 60), 0)
    assert lesson.sessions[0].stretches[0].kind is StretchKind.CREDITED


def test_a_wrong_answer_settles_nothing() -> None:
    wrong = line(LineKind.ANSWER, 60_000, 70_000, flags=0)

    assert sums(story_of([provisional(segment(0, 60_000, 0, 60, 60), CHECK, wrong, ended_ms=70_000)])) == (0, 60, 0)


def test_a_void_takes_what_waited_and_it_can_be_earned_anew() -> None:
    lines = [segment(0, 60_000, 0, 60, 60), CHECK, VOIDED, segment(120_000, 180_000, 0, 60, 60)]

    lesson = story_of([provisional(*lines, ended_ms=180_000)])

    assert sums(lesson) == (0, 60, 60)
    assert [part.kind for part in lesson.sessions[0].stretches] == [
        StretchKind.VOIDED,
        StretchKind.STILL,
        StretchKind.WAITING,
    ]


def test_a_void_reaches_back_into_the_session_before_and_leaves_confirmed_seconds() -> None:
    first = provisional(
        segment(0, 60_000, 0, 60, 60), CHECK, PASSED, segment(70_000, 90_000, 60, 80, 20), ended_ms=90_000
    )
    void = [line(LineKind.CHECK, 100_000), line(LineKind.VOID, 100_000, 160_000)]
    second = session(void, opened_ms=100_000, ended_ms=160_000, is_provisional=True)

    lesson = story_of([first, second])

    assert sums(lesson) == (60, 0, 20)
    assert lesson.sessions[1].voided_by == {2: 20}
    assert lesson.held == mask_of_run(0, 60)


def test_checks_of_other_lessons_settle_this_one_too() -> None:
    first = provisional(segment(0, 60_000, 0, 60, 60), ended_ms=60_000)
    second = session([segment(200_000, 210_000, 60, 70, 10)], opened_ms=200_000, ended_ms=210_000, is_provisional=True)

    lesson = story_of([first, second], [Settlement(300_000, is_passed=False), Settlement(100_000, is_passed=True)])

    assert [(story.credited_s, story.voided_s) for story in lesson.sessions] == [(60, 0), (0, 10)]
    assert [story.voided_elsewhere for story in lesson.sessions] == [[], [(300_000, 10)]]


def test_a_session_that_holds_confirms_at_once_whatever_is_answered() -> None:
    lesson = story_of([session([segment(0, 60_000, 0, 60, 60), CHECK, VOIDED], ended_ms=120_000)])

    assert sums(lesson) == (60, 0, 0)
    assert lesson.sessions[0].voided_by == {3: 0}


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 15), st.integers(0, 40)), max_size=12))
def test_subtraction_is_always_exact(beats: list[tuple[int, int, int]]) -> None:
    now_ms, seen, lines = 0, 0, []
    for pause_ms, length_s, from_s in beats:
        start_ms, now_ms = now_ms, now_ms + pause_ms + length_s * 1_000
        run = mask_of_run(from_s, from_s + length_s)
        lines.append(segment(start_ms, now_ms, from_s, from_s + length_s, (run & ~seen).bit_count()))
        seen |= run

    lesson = story_of([session(lines, ended_ms=now_ms)])

    story = lesson.sessions[0]
    assert story.open_s - story.still_s - story.shown_again_s == story.credited_s == lesson.held.bit_count()
    assert sum(part.end_ms - part.start_ms for part in story.stretches) == now_ms
