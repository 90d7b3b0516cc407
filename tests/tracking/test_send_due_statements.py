"""The sweep that tells the record store, with two workers at once."""

from __future__ import annotations

import threading

import pytest
from django.conf import settings
from django.db import connection

from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.record_store_double import Store
from tracking import tasks
from tracking.demo import history
from tracking.models import StatementExport


def watched(person_count: int) -> list[Learner]:
    learners = [make.learner() for _person in range(person_count)]
    for at in learners:
        history.watch(at.enrolment, at.lesson, 60, NOON)
    return learners


@pytest.mark.django_db
def test_sweep_does_nothing_without_a_store() -> None:
    watched(1)

    tasks.send_due_statements()

    assert not StatementExport.objects.exists()


@pytest.mark.django_db
def test_sweep_sends_claim_after_claim(lrs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.actions.statement_exports._CLAIM_SESSIONS", 2)
    watched(5)

    tasks.send_due_statements()

    assert [len(request) for request in lrs.requests] == [10, 10, 5]


@pytest.mark.django_db
def test_sweep_leaves_the_rest_to_the_next_when_its_time_is_up(lrs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.actions.statement_exports._CLAIM_SESSIONS", 2)
    monkeypatch.setattr(tasks, "_SENDING_S", 0)
    watched(5)

    tasks.send_due_statements()

    assert StatementExport.objects.filter(state=StatementExport.State.DUE).count() == 3


@pytest.mark.django_db
def test_sweep_says_an_outage_in_one_line(lrs: Store, caplog: pytest.LogCaptureFixture) -> None:
    watched(1)
    lrs.troubles = [503]

    tasks.send_due_statements()

    assert [record.getMessage() for record in caplog.records] == [
        "The learning record store is not available: 503: not now"
    ]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_session_once(lrs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.actions.statement_exports._CLAIM_SESSIONS", 2)
    watched(8)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait(timeout=20)
        try:
            tasks.send_due_statements()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    sent = [statement["id"] for request in lrs.requests for statement in request]
    assert len(sent) == len(set(sent)) == 40
    assert set(StatementExport.objects.values_list("state", flat=True)) == {StatementExport.State.SENT}


def test_beat_sends_the_sweep() -> None:
    assert tasks.send_due_statements.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
