"""Exams being sat at a base: counted by course, for those who may look."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.actions import attempts
from learning.models import Enrolment, Role
from tests.factories import assessments as make
from tests.factories import learning as people
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting() -> Enrolment:
    enrolment = make.ready(people.PersonFactory())
    attempts.start(enrolment=enrolment, now=NOON)
    return enrolment


def page(client: Client, enrolment: Enrolment) -> str:
    base = enrolment.edition.base
    client.force_login(years.member(base, Role.AUDITOR))
    return client.get(f"/en/base/{base.slug}/exams/", headers={"HX-Request": "true"}).content.decode()


def test_the_fragment_counts_who_sits_which_exam(client: Client, sitting: Enrolment) -> None:
    found = page(client, sitting)

    assert sitting.edition.title_en in found
    assert "1 person sits it" in found
    assert "first bell at" in found


def test_who_handed_in_or_ran_out_of_time_sits_no_more(client: Client, sitting: Enrolment) -> None:
    attempt = sitting.attempts.get()
    over = make.ready(people.PersonFactory(), base=sitting.edition.base)
    attempts.start(enrolment=over, now=NOON - dt.timedelta(days=1))

    attempts.submit(attempt=attempt, now=NOON)

    assert "Nobody sits an exam now." in page(client, sitting)


def test_another_base_s_exams_are_not_counted(client: Client, sitting: Enrolment) -> None:
    other = make.ready(people.PersonFactory())

    assert "Nobody sits an exam now." in page(client, other)


@pytest.mark.parametrize("more", [0, 2])
def test_the_fragment_costs_the_same_questions_for_many(client: Client, sitting: Enrolment, more: int) -> None:
    for _exam in range(more):
        enrolment = make.ready(people.PersonFactory(), base=sitting.edition.base)
        attempts.start(enrolment=enrolment, now=NOON)
    page(client, sitting)

    with CaptureQueriesContext(connection) as asked:
        client.get(f"/en/base/{sitting.edition.base.slug}/exams/", headers={"HX-Request": "true"})

    assert len(asked) == 7
