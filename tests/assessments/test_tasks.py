import datetime as dt

import pytest

from assessments import tasks
from assessments.actions import attempts
from assessments.models import Attempt
from learning.models import CreditEntry, Person
from learning.models.clock import database_now
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db


def test_close_due_attempts_closes_the_overdue_at_their_bell_and_leaves_the_rest(ada: Person, bureau: object) -> None:
    now = database_now()
    over = make.AttemptFactory(
        enrolment__person=ada, started_at=now - dt.timedelta(hours=2), deadline_at=now - dt.timedelta(hours=1)
    )
    running = make.AttemptFactory(enrolment__person=ada, started_at=now, deadline_at=now + dt.timedelta(hours=1))

    assert tasks.close_due_attempts() == 1
    assert tasks.close_due_attempts() == 0

    over.refresh_from_db()
    running.refresh_from_db()
    assert (over.state, over.submitted_at, running.state) == ("expired", over.deadline_at, "open")


def test_close_due_attempts_records_a_pass(ada: Person, bureau: object) -> None:
    now = database_now()
    attempt = attempts.start(enrolment=make.ready(ada), now=now - dt.timedelta(hours=2))
    for position, letters in attempt.right_letters().items():
        make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))

    tasks.close_due_attempts()

    assert CreditEntry.objects.count() == 1


def test_close_due_attempts_goes_on_after_a_row_that_fails(
    ada: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = database_now() - dt.timedelta(hours=2)
    rows = [
        make.AttemptFactory(enrolment__person=ada, started_at=past, deadline_at=past + dt.timedelta(minutes=number))
        for number in (1, 2)
    ]
    expire = attempts.expire

    def fail_first(*, attempt: Attempt, now: dt.datetime) -> Attempt:
        if attempt.pk == rows[0].pk:
            raise RuntimeError("broken row")
        return expire(attempt=attempt, now=now)

    monkeypatch.setattr(attempts, "expire", fail_first)
    tasks.close_due_attempts()

    assert list(Attempt.objects.order_by("pk").values_list("state", flat=True)) == ["open", "expired"]
    assert "broken row" in caplog.text
