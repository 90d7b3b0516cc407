"""Next steps: nearest to credit first, then what is still missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.next_steps import Place, Step, StepKind, in_order, next_steps, weekly_centihours
from learning.rules.requirements import Missing, SubjectKind


def place(number: int = 1, *, watched: int = 1, kind: SubjectKind = SubjectKind.PUBLIC, credit: int = 600) -> Place:
    return Place(
        enrolment_id=number,
        subject_kind=kind,
        credit_centihours=credit,
        watched_count=watched,
        lesson_count=4,
        is_exam_due=True,
    )


def test_next_steps_tell_the_nearest_course_in_full() -> None:
    steps = next_steps(Missing(1_850, 600, 0), [place()])

    assert steps == (
        Step(StepKind.FINISH_COURSE, 1),
        Step(StepKind.TAKE_EXAM, 1),
        Step(StepKind.CHOOSE_ANY, centihours=1_250),
    )


def test_next_steps_tell_further_courses_in_one_step() -> None:
    steps = next_steps(Missing(1_000, 0, 0), [place(), place(2, watched=0, kind=SubjectKind.PROFESSIONAL)])

    assert steps == (
        Step(StepKind.FINISH_COURSE, 1),
        Step(StepKind.TAKE_EXAM, 1),
        Step(StepKind.COMPLETE_COURSE, 2),
    )


def test_next_steps_never_fill_public_with_professional() -> None:
    steps = next_steps(Missing(600, 600, 0), [place(kind=SubjectKind.PROFESSIONAL)])

    assert steps[-1] == Step(StepKind.CHOOSE_PUBLIC, centihours=600)


def test_next_steps_of_a_year_with_a_share_ask_for_professional_hours() -> None:
    assert next_steps(Missing(500, 0, 500), []) == (Step(StepKind.CHOOSE_PROFESSIONAL, centihours=500),)


def test_next_steps_of_a_fulfilled_year_are_none() -> None:
    assert next_steps(Missing(0, 0, 0), []) == ()


def test_in_order_puts_an_exam_due_before_what_was_begun_before_what_was_not() -> None:
    places = [place(1, watched=0), place(2, watched=2), place(3, watched=4)]

    assert [each.enrolment_id for each in in_order(places)] == [3, 2, 1]


@given(
    total=st.integers(0, 9_000),
    public=st.integers(0, 3_000),
    credits_held=st.lists(st.tuples(st.sampled_from(SubjectKind), st.integers(1, 3_000)), max_size=5),
)
def test_next_steps_choose_exactly_what_courses_under_way_leave(
    total: int, public: int, credits_held: list[tuple[SubjectKind, int]]
) -> None:
    missing = Missing(total, public, 0)
    places = [place(number, kind=kind, credit=credit) for number, (kind, credit) in enumerate(credits_held, start=1)]

    chosen = [step for step in next_steps(missing, places) if step.enrolment_id is None]

    got_public = sum(credit for kind, credit in credits_held if kind == SubjectKind.PUBLIC)
    got = sum(credit for _kind, credit in credits_held)
    chosen_public = sum(step.centihours for step in chosen if step.kind == StepKind.CHOOSE_PUBLIC)
    chosen_total = sum(step.centihours for step in chosen)
    assert chosen_public == max(public - got_public, 0)
    assert got + chosen_total >= missing.to_study_centihours
    assert chosen_total == max(missing.to_study_centihours - got, chosen_public, 0)


@pytest.mark.parametrize(
    ("to_study", "days", "expected"),
    [(1_850, 40, 330), (700, 7, 700), (1, 70, 10), (1_850, 6, None), (0, 40, None)],
    ids=["rounds up", "a week", "at least a tenth", "last week", "nothing left"],
)
def test_weekly_centihours_is_the_average_rounded_up(to_study: int, days: int, expected: int | None) -> None:
    assert weekly_centihours(to_study, days_left=days) == expected
