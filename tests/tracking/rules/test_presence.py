"""Presence checks: drawing and deadlines."""

import random

import pytest

from tracking.rules.presence import (
    NO_CHECK_S,
    CheckPlan,
    deadline_ms,
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


def test_deadline_stretches_for_an_accommodation() -> None:
    assert deadline_ms(1_000, PLAN, accommodation_percent=250) == 151_000
