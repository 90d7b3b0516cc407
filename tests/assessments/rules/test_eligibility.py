from dataclasses import replace
from typing import Any

import pytest

from assessments.rules.eligibility import Refusal, Standing, refusals

READY = Standing(
    exam_required=True,
    has_passed=False,
    is_year_closed=False,
    missing_lesson_numbers=(),
    attempts_used=1,
    attempts_max=2,
    bank_count=10,
    question_count=10,
)


def test_refusals_let_a_ready_learner_in() -> None:
    assert refusals(READY) == ()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"exam_required": False}, Refusal.NO_EXAM),
        ({"has_passed": True}, Refusal.ALREADY_PASSED),
        ({"is_year_closed": True}, Refusal.YEAR_CLOSED),
        ({"attempts_used": 2}, Refusal.ATTEMPTS_USED),
        ({"missing_lesson_numbers": (2,)}, Refusal.LESSONS_MISSING),
        ({"bank_count": 9}, Refusal.BANK_TOO_SMALL),
        ({"question_count": 0}, Refusal.BANK_TOO_SMALL),
    ],
    ids=str,
)
def test_refusals_name_the_one_thing_in_the_way(change: dict[str, Any], refusal: Refusal) -> None:
    assert refusals(replace(READY, **change)) == (refusal,)


def test_refusals_say_everything_the_most_final_first() -> None:
    standing = replace(READY, is_year_closed=True, missing_lesson_numbers=(1,), attempts_used=2)

    assert refusals(standing) == (Refusal.YEAR_CLOSED, Refusal.ATTEMPTS_USED, Refusal.LESSONS_MISSING)


def test_refusals_after_a_pass_speak_of_nothing_else() -> None:
    standing = replace(READY, has_passed=True, attempts_used=2, is_year_closed=True)

    assert refusals(standing) == (Refusal.ALREADY_PASSED,)
