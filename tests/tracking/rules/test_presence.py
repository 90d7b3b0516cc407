"""Presence checks: drawing and deadlines."""

import random

import pytest

from tracking.rules.presence import (
    NO_CHECK_S,
    CheckKind,
    CheckPlan,
    CheckQuestion,
    deadline_ms,
    draw_check,
    draw_next_check,
    is_overdue,
)

PLAN = CheckPlan(min_s=30, max_s=33, answer_ms=60_000)


def test_draw_reaches_both_ends_and_no_further() -> None:
    numbers = {draw_next_check(PLAN, random.randint) for _ in range(500)}

    assert numbers == {30, 31, 32, 33}


def test_draw_without_a_plan_never_falls_due() -> None:
    assert draw_next_check(None, random.randint) == NO_CHECK_S


@pytest.mark.parametrize(
    ("now_ms", "is_late"),
    [(61_000, False), (61_001, True)],
    ids=["at_the_deadline", "one_millisecond_after"],
)
def test_overdue_begins_after_the_deadline(*, now_ms: int, is_late: bool) -> None:
    assert is_overdue(1_000, PLAN, now_ms=now_ms) == is_late


def test_deadline_is_the_plans_time_after_the_issue() -> None:
    assert deadline_ms(1_000, PLAN) == 61_000


def test_draw_check_without_questions_asks_for_a_touch() -> None:
    check = draw_check((), random.randint)

    assert (check.kind, check.options, check.answer) == (CheckKind.TAP, (), "")


def test_draw_check_asks_one_of_the_questions_and_shuffles_its_options() -> None:
    question = CheckQuestion("Which?", ("a", "b", "c", "d"), "b")
    chance = random.randint

    checks = [draw_check((question,), chance) for _ in range(200)]

    assert {check.kind for check in checks} == {CheckKind.PICK}
    assert {check.answer for check in checks} == {"b"}
    assert {check.options.index("b") for check in checks} == {0, 1, 2, 3}
    assert len({check.key for check in checks}) == 200


@pytest.mark.parametrize(
    ("after_s", "held", "may"),
    [(0, 0, True), (10, (1 << 9) - 1, False), (10, 1 << 9, True)],
    ids=["for_everybody", "not_there_yet", "that_second_is_held"],
)
def test_a_question_is_asked_of_those_who_have_seen_what_it_is_about(*, after_s: int, held: int, may: bool) -> None:
    assert CheckQuestion("Which?", ("a", "b"), "b", after_s).may_be_asked(held) is may
