from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from learning.models import Edition, Enrolment, Person
from learning.models.clock import database_now
from tests.factories import tracking as make
from tests.factories.learning import RequirementFactory
from tests.factories.tracking import Learner
from tracking.actions import tickets

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def address(at: Learner, name: str, number: int = 1) -> str:
    return reverse(f"tracking:{name}", args=[at.enrolment.course_key, number])


def test_ticket_is_given_to_the_learner(at: Learner) -> None:
    answer = at.client.post(address(at, "ticket"))

    body = answer.json()
    assert (answer.status_code, body["ws"], body["exp_s"]) == (200, "/ws/track/", 60)
    ticket = tickets.read(body["ticket"], person_id=at.person.pk, session_key=at.session_key)
    assert (ticket.enrolment_id, ticket.lesson_id) == (at.enrolment.pk, at.lesson.pk)
    assert "no-store" in answer["Cache-Control"]


def test_ticket_needs_the_csrf_token(at: Learner) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(at.person)

    assert strict.post(address(at, "ticket")).status_code == 403


def test_ticket_is_not_given_by_get(at: Learner) -> None:
    assert at.client.get(address(at, "ticket")).status_code == 405


@pytest.mark.parametrize("name", ["ticket", "coverage"])
def test_signed_out_visitors_get_401_in_json(at: Learner, name: str) -> None:
    anonymous = Client()
    answer = anonymous.post(address(at, name)) if name == "ticket" else anonymous.get(address(at, name))

    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


@pytest.mark.parametrize("name", ["ticket", "coverage"])
def test_cy_gets_404(at: Learner, cy: Person, name: str) -> None:
    outsider = Client()
    outsider.force_login(cy)
    answer = outsider.post(address(at, name)) if name == "ticket" else outsider.get(address(at, name))

    assert answer.status_code == 404


def test_a_lecture_that_is_not_there_is_404(at: Learner) -> None:
    assert at.client.post(address(at, "ticket", number=3)).status_code == 404


def test_a_withdrawn_place_is_404(at: Learner) -> None:
    Enrolment.objects.update(status=Enrolment.Status.WITHDRAWN)

    assert at.client.post(address(at, "ticket")).status_code == 404


def test_a_closed_year_is_409(at: Learner) -> None:
    yesterday = database_now().date() - dt.timedelta(days=2)
    Enrolment.objects.update(requirement=RequirementFactory(version=9, cutoff_on=yesterday))

    answer = at.client.post(address(at, "ticket"))

    assert (answer.status_code, answer.json()) == (409, {"code": "year_closed"})


def test_a_suspended_edition_is_409(at: Learner) -> None:
    Edition.objects.update(status=Edition.Status.SUSPENDED)

    answer = at.client.post(address(at, "ticket"))

    assert (answer.status_code, answer.json()) == (409, {"code": "edition_suspended"})


def test_coverage_says_what_is_held(at: Learner) -> None:
    make.CoverageFactory(enrolment=at.enrolment, lesson=at.lesson)

    assert at.client.get(address(at, "coverage")).json() == {"have": [[0, 20]], "prov": [], "n": 20, "D": 60}


def test_an_expired_ticket_is_refused(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    text = at.ticket()
    monkeypatch.setattr(tickets, "LIFETIME_S", -1)

    with pytest.raises(tickets.TicketRefused):
        tickets.read(text, person_id=at.person.pk, session_key=at.session_key)


def test_a_ticket_opens_while_the_cache_is_away(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def add(self, *_arguments: object, **_options: object) -> bool:
            raise ConnectionError("the cache is away")

    monkeypatch.setattr(tickets, "cache", Away())

    assert at.open().row.session_id
