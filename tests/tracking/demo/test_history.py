from __future__ import annotations

import datetime as dt

import pytest

from learning.models import Evidence, Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking import ledger_check
from tracking.demo import history
from tracking.models import Coverage, ViewingEntry, ViewingSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def test_watch_gives_a_history_that_the_ledger_bears_out(at: Learner) -> None:
    assert history.watch(at.enrolment, at.lesson, 60, NOON - dt.timedelta(days=3)) == 60

    session = ViewingSession.objects.get()
    assert (session.end_reason, session.new_s) == ("bye", 60)
    assert session.ended_ms is not None
    assert session.ended_ms - session.opened_ms == 60_000
    assert Evidence.objects.get().facts["covered_s"] == 60
    assert list(ledger_check.differences()) == []


def test_watch_part_of_a_lesson_records_no_evidence(at: Learner) -> None:
    assert history.watch(at.enrolment, at.lesson, 20, NOON) == 20

    assert Evidence.objects.count() == 0
    assert Coverage.objects.resume_s(enrolment_id=at.enrolment.pk, lesson=at.lesson) == 20


def test_watch_twice_writes_nothing_new(at: Learner) -> None:
    history.watch(at.enrolment, at.lesson, 60, NOON - dt.timedelta(days=3))
    before = ViewingEntry.objects.count()

    history.watch(at.enrolment, at.lesson, 60, NOON)

    assert (ViewingEntry.objects.count(), ViewingSession.objects.count(), Evidence.objects.count()) == (before, 1, 1)
