"""Sittings judged again: silent on what the verbs leave, naming what a hand in SQL changes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from assessments import ledger_check
from assessments.actions import attempts
from assessments.models import Answer, Attempt
from learning.models import Evidence, Person
from tests.factories import assessments as make
from tests.factories import ledger
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def sit(attempt: Attempt, *, right: int, at: dt.datetime) -> None:
    """Answer so many questions rightly, the rest wrongly."""
    for position, letters in attempt.right_letters().items():
        wrong = [letter for letter in "ABCD" if letter not in letters][:1]
        choices = list(letters) if position <= right else wrong
        attempts.save_answer(attempt=attempt, position=position, choices=choices, is_flagged=False, revision=1, now=at)


@pytest.fixture
def passed(ada: Person, bureau: object) -> Attempt:
    """A sitting that failed, one that ran out of time, one that passed; another person's is under way."""
    enrolment = make.ready(ada, bank_count=20, attempts_max=3, exam_minutes=30)
    first = attempts.start(enrolment=enrolment, now=NOON)
    sit(first, right=1, at=NOON + MINUTE)
    attempts.submit(attempt=first, now=NOON + 2 * MINUTE)
    second = attempts.start(enrolment=enrolment, now=NOON + 3 * MINUTE, extra_time_percent=33)
    sit(second, right=2, at=NOON + 4 * MINUTE)
    attempts.expire(attempt=second, now=NOON + 60 * MINUTE)
    third = attempts.start(enrolment=enrolment, now=NOON + 61 * MINUTE)
    sit(third, right=4, at=NOON + 62 * MINUTE)
    return attempts.submit(attempt=third, now=NOON + 63 * MINUTE)


def differences() -> list[str]:
    return list(ledger_check.differences())


def test_finds_nothing_in_what_the_verbs_leave(passed: Attempt) -> None:
    assert passed.has_passed
    assert differences() == []


def test_finds_nothing_while_it_is_sat(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON)
    sit(attempt, right=2, at=NOON + MINUTE)

    assert differences() == []


@pytest.mark.parametrize(
    "column",
    [
        "number",
        "state",
        "paper",
        "key",
        "seed",
        "paper_digest",
        "extra_time_percent",
        "started_at",
        "deadline_at",
        "submitted_at",
        "score_points",
        "max_points",
        "score_percent",
        "has_passed",
        "enrolment_id",
    ],
)
def test_names_the_attempt_whatever_column_is_altered(passed: Attempt, column: str) -> None:
    others: dict[str, Any] = {
        "number": 9,
        "state": "expired",
        "paper": json.dumps(passed.paper[:-1]),
        "key": json.dumps(passed.key | {"5": ["A", "B", "C"]}),
        "seed": passed.seed ^ 1,
        "paper_digest": "ab" * 32,
        "extra_time_percent": 50,
        "started_at": passed.started_at - dt.timedelta(seconds=1),
        "deadline_at": passed.deadline_at + MINUTE,
        "submitted_at": NOON + 62 * MINUTE,
        "score_points": 25,
        "max_points": 20,
        "score_percent": 100,
        "has_passed": False,
        "enrolment_id": 999,
    }
    values, where = [others[column]], f"{column} = %s"
    if column == "state":
        # The database ties this state to its time.
        where = "state = %s, submitted_at = deadline_at"

    with ledger.lifted("assessments_attempt", "assessments_answer"):
        ledger.execute(f"UPDATE assessments_attempt SET {where} WHERE id = %s", *values, passed.pk)  # noqa: S608
        found = differences()

    evidence = Evidence.objects.get(kind="passed")
    names = (f"attempt {passed.pk} (", f"evidence {evidence.pk}: ")
    assert any(difference.startswith(names) for difference in found), found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ('choices = \'["A", "B"]\'', "its answers give"),
        ("position = 9", "is to no question of its paper"),
        ("saved_at = '2026-11-19 06:00:00'", "was saved outside of it"),
        ("saved_at = '2026-11-19 03:59:59'", "was saved outside of it"),
    ],
    ids=["another choice", "another question", "after the end", "before the start"],
)
def test_names_an_answer_that_was_altered(passed: Attempt, change: str, fault: str) -> None:
    answer = Answer.objects.get(attempt=passed, position=1)
    with ledger.lifted("assessments_answer"):
        ledger.execute(f"UPDATE assessments_answer SET {change} WHERE id = %s", answer.pk)  # noqa: S608
        found = differences()

    assert any(difference.startswith(f"attempt {passed.pk} (") and fault in difference for difference in found), found


def test_names_an_answer_that_is_gone(passed: Attempt) -> None:
    with ledger.lifted("assessments_answer"):
        ledger.execute("DELETE FROM assessments_answer WHERE attempt_id = %s AND position = 1", passed.pk)
        found = differences()

    assert any(f"attempt {passed.pk} (" in difference and "its answers give" in difference for difference in found)


def test_names_a_pass_without_evidence_and_evidence_without_a_pass(passed: Attempt) -> None:
    item = Evidence.objects.get(kind="passed")
    with ledger.lifted("learning_evidence", "learning_creditentryevidence"):
        ledger.execute("DELETE FROM learning_evidence WHERE id = %s", item.pk)
        assert f"attempt {passed.pk} (enrolment {passed.enrolment_id}, 3): was passed and has no evidence" in (
            differences()
        )
    with ledger.lifted("learning_evidence"):
        facts = json.dumps(item.facts | {"attempt": 999})
        ledger.execute("UPDATE learning_evidence SET facts = %s WHERE id = %s", facts, item.pk)
        assert f"evidence {item.pk}: names attempt 999, which is none of its enrolment" in differences()


def test_looks_at_what_is_new_only(passed: Attempt) -> None:
    with ledger.lifted("assessments_attempt"):
        ledger.execute("UPDATE assessments_attempt SET score_points = 25 WHERE id = %s", passed.pk)

        assert len(list(ledger_check.differences_since(NOON + 60 * MINUTE))) > 0
        assert list(ledger_check.differences_since(NOON + 70 * MINUTE)) == []
