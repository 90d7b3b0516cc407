from __future__ import annotations

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.actions import statements
from tracking.demo import history
from tracking.models import ViewingSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def watch(at: Learner, seconds: int, *, hours: int = 0) -> ViewingSession:
    history.watch(at.enrolment, at.lesson, seconds, NOON + dt.timedelta(hours=hours))
    return ViewingSession.objects.filter(person=at.person).latest("pk")


def test_statements_of_a_later_session_rest_on_the_earlier_ones(at: Learner) -> None:
    first, second = watch(at, 30), watch(at, 60, hours=2)

    together = [told.statement for told in statements.of_person(at.person.pk, {first.pk, second.pk})]
    alone = [told.statement for told in statements.of_person(at.person.pk, {second.pk})]

    assert alone == together[-len(alone) :]
    assert [each["result"]["duration"] for each in alone if "duration" in each.get("result", {})] == ["PT60S"]


def test_statements_ask_a_steady_number_of_questions(
    at: Learner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sessions = [watch(at, 10 * number, hours=number) for number in range(1, 4)]

    for count in (1, 3):
        ids = {session.pk for session in sessions[:count]}
        with django_assert_num_queries(3 + count):
            list(statements.of_person(at.person.pk, ids))
