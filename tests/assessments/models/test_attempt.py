import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from assessments.actions import attempts
from assessments.models import Answer, Attempt
from learning.models import Membership, Person, Role
from tests.factories import assessments as make
from tests.factories.learning import NOON, EnrolmentFactory

pytestmark = pytest.mark.django_db


def test_attempt_is_visible_to_its_learner_and_its_bases_auditor_only(ada: Person, ben: Person, cy: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)
    Membership.objects.create(person=ben, organisation=attempt.enrolment.edition.base, role=Role.AUDITOR)

    assert [Attempt.objects.visible_to(person).count() for person in (ada, ben, cy)] == [1, 1, 0]


def test_attempt_refuses_a_second_open_one(ada: Person) -> None:
    first = make.AttemptFactory(enrolment__person=ada)

    with pytest.raises(IntegrityError), transaction.atomic():
        make.AttemptFactory(enrolment=first.enrolment, number=2)


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "submitted"},
        {"submitted_at": NOON},
        {"has_passed": True},
        {
            "state": "expired", "submitted_at": NOON, "score_points": 0, "score_percent": 0, "has_passed": False,
        },
        {
            "state": "submitted", "submitted_at": NOON + dt.timedelta(hours=1), "score_points": 0,
            "score_percent": 0, "has_passed": False,
        },
        {
            "state": "submitted", "submitted_at": NOON, "score_points": 999, "score_percent": 100, "has_passed": True,
        },
    ],
    ids=["no time", "time while open", "score while open", "not at the bell", "after the bell", "above the paper"],
)  # fmt: skip
def test_attempt_state_must_match_its_times_and_score(ada: Person, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.AttemptFactory(enrolment__person=ada, **facts)


@pytest.mark.parametrize("column", ["paper", "key", "deadline_at", "started_at", "extra_time_percent"])
def test_attempt_paper_key_and_times_are_frozen_by_the_database(ada: Person, column: str) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)
    other = {"paper": [], "key": {}, "extra_time_percent": 90}.get(column, NOON + dt.timedelta(days=1))

    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(**{column: other})


def test_attempt_and_its_answers_are_frozen_once_closed(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)
    make.AnswerFactory(attempt=attempt)
    attempts.submit(attempt=attempt, now=NOON)

    other = make.AnswerFactory(attempt=make.AttemptFactory(enrolment=EnrolmentFactory(person=ada)), position=3)
    for change in (
        lambda: Attempt.objects.filter(pk=attempt.pk).update(score_points=0),
        lambda: Answer.objects.filter(pk=other.pk).update(attempt=attempt),
        lambda: Answer.objects.filter(attempt=attempt).update(choices=["A"]),
        lambda: make.AnswerFactory(attempt=attempt, position=2),
        lambda: Answer.objects.filter(attempt=attempt).delete(),
    ):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            change()

    attempt.refresh_from_db()
    assert (attempt.score_points, attempt.answers.get().choices) == (5, ["B"])


def test_overdue_keeps_only_open_attempts_whose_bell_has_rung(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)
    make.AttemptFactory(enrolment=EnrolmentFactory(person=ada), deadline_at=NOON + dt.timedelta(hours=9))

    assert list(Attempt.objects.overdue(attempt.deadline_at)) == []
    assert list(Attempt.objects.overdue(attempt.deadline_at + dt.timedelta(seconds=1))) == [attempt]
