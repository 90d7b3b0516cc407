import json
from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.actions import attempts
from assessments.models import Answer, Attempt
from learning.models import Enrolment, Membership, Person, Role
from learning.models.clock import database_now
from tests.assessments.room import address, overdue, post_json, signed_in, started
from tests.factories import assessments as make
from tests.factories.learning import EnrolmentFactory

pytestmark = pytest.mark.django_db
ROOM = ["exam", "take", "save", "submit", "result"]


# who may enter -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROOM)
@pytest.mark.parametrize("act", [Client.get, Client.post], ids=["get", "post"])
def test_room_sends_a_stranger_to_sign_in(
    ada: Person, bureau: object, name: str, act: Callable[..., HttpResponse]
) -> None:
    target = address(name, started(ada).enrolment)

    response = act(Client(), target)

    assert (response.status_code, response["Location"]) == (302, f"{reverse('account_login')}?next={target}")


@pytest.mark.parametrize("name", ROOM)
@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.ADMINISTRATOR, Role.EDITOR], ids=str)
def test_room_does_not_exist_for_anyone_else(
    ada: Person, cy: Person, bureau: object, name: str, role: Role | None
) -> None:
    attempt = started(ada)
    if role is not None:
        Membership.objects.create(person=cy, organisation=attempt.enrolment.edition.base, role=role)
    client = signed_in(cy)
    target = address(name, attempt.enrolment)

    statuses = {client.get(target).status_code, client.post(target).status_code}

    assert statuses <= {404, 405}
    assert client.post(target).status_code == 404 or name == "result"
    assert Attempt.objects.get().state == "open"


def test_room_is_closed_after_withdrawing(ada: Person, bureau: object) -> None:
    enrolment = started(ada).enrolment
    Enrolment.objects.update(status=Enrolment.Status.WITHDRAWN)

    assert signed_in(ada).get(address("take", enrolment)).status_code == 404


# the door -----------------------------------------------------------------------------


def test_exam_says_what_is_missing_and_offers_no_start(ada: Person, requirement: object) -> None:
    enrolment = EnrolmentFactory(person=ada)
    make.bank(enrolment)

    response = signed_in(ada).get(address("exam", enrolment))

    assert list(response.context["reasons"]) == ["lessons_missing"]
    assert [lesson.number for lesson in response.context["missing_lessons"]] == [1, 2]
    assert 'method="post"><input' not in response.content.decode().split('id="st"')[1].split("</section>")[0]


def test_exam_refuses_a_start_that_the_page_did_not_offer(ada: Person, requirement: object) -> None:
    enrolment = EnrolmentFactory(person=ada)
    make.bank(enrolment)

    response = signed_in(ada).post(address("exam", enrolment))

    assert response["Location"] == address("exam", enrolment)
    assert not Attempt.objects.exists()


def test_exam_starts_once_and_goes_to_the_paper(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)
    client = signed_in(ada)

    locations = [client.post(address("exam", enrolment))["Location"] for _time in range(2)]

    assert locations == [address("take", enrolment)] * 2
    assert Attempt.objects.count() == 1


def test_exam_of_a_course_without_one_does_not_exist(ada: Person, requirement: object) -> None:
    enrolment = EnrolmentFactory(person=ada, edition__exam_required=False)

    assert signed_in(ada).get(address("exam", enrolment)).status_code == 404


# the paper ----------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [None, "2", "0", "99", "²", "x" * 50], ids=str)
def test_take_shows_one_question_and_never_fails_on_its_number(ada: Person, bureau: object, asked: str | None) -> None:
    attempt = started(ada)

    response = signed_in(ada).get(address("take", attempt.enrolment), {"q": asked} if asked else {})

    assert response.context["position"] == (2 if asked == "2" else 1)


def test_take_resumes_at_the_question_answered_last(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    post_json(signed_in(ada), attempt, position=3)

    assert signed_in(ada).get(address("take", attempt.enrolment)).context["position"] == 3


def test_take_asks_the_database_as_often_for_one_question_as_for_three(ada: Person, bureau: object) -> None:
    counts = []
    for question_count in (1, 3):
        attempt = started(ada, question_count=question_count)
        client = signed_in(ada)
        client.get(address("take", attempt.enrolment))
        with CaptureQueriesContext(connection) as queries:
            client.get(address("take", attempt.enrolment))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_take_saves_a_plain_form_and_goes_where_it_asks(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    client = signed_in(ada)
    form = {"attempt": "1", "position": "1", "revision": "1", "flagged": "0", "answer": "B"}

    onward = client.post(address("take", attempt.enrolment), form | {"go": "2"})
    flagged = client.post(address("take", attempt.enrolment), form | {"revision": "2", "flag": "1"})
    review = client.post(address("take", attempt.enrolment), form | {"revision": "3", "flagged": "1", "go": "review"})

    assert onward["Location"] == f"{address('take', attempt.enrolment)}?q=2"
    assert flagged["Location"] == f"{address('take', attempt.enrolment)}?q=1"
    assert review["Location"] == address("submit", attempt.enrolment)
    assert Answer.objects.values_list("position", "choices", "is_flagged", "revision").get() == (1, ["B"], True, 3)


@pytest.mark.parametrize("change", [{"position": "77"}, {"answer": "Z"}, {"revision": ""}], ids=str)
def test_take_refuses_a_plain_form_that_the_page_did_not_make(
    ada: Person, bureau: object, change: dict[str, str]
) -> None:
    attempt = started(ada)
    form = {"attempt": "1", "position": "1", "revision": "1", "flagged": "0", "answer": "B"}

    assert signed_in(ada).post(address("take", attempt.enrolment), form | change).status_code == 400
    assert not Answer.objects.exists()


def test_take_without_an_open_attempt_goes_to_the_door(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)

    assert signed_in(ada).get(address("take", enrolment))["Location"] == address("exam", enrolment)


# saving -------------------------------------------------------------------------------


def test_save_acknowledges_what_is_saved(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    client = signed_in(ada)

    first = post_json(client, attempt, choices=["C"], revision=4).json()  # type: ignore[attr-defined]
    stale = post_json(client, attempt, choices=["A"], revision=3).json()  # type: ignore[attr-defined]

    for ack in (first, stale):
        assert (ack["position"], ack["choices"], ack["flagged"], ack["revision"]) == (1, ["C"], False, 4)
        assert 0 < ack["left_ms"] <= 30 * 60 * 1_000
    assert set(first) == {"position", "choices", "flagged", "revision", "saved_at", "left_ms"}


@pytest.mark.parametrize("change", [{"position": 99}, {"choices": ["A", "B"]}, {"revision": 0}], ids=str)
def test_save_refuses_a_malformed_answer(ada: Person, bureau: object, change: dict[str, object]) -> None:
    assert post_json(signed_in(ada), started(ada), **change).status_code == HTTPStatus.BAD_REQUEST
    assert not Answer.objects.exists()


def test_save_refuses_without_a_csrf_token(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert post_json(client, attempt).status_code == HTTPStatus.FORBIDDEN


def test_save_from_a_forgotten_tab_never_reaches_the_resit(ada: Person, bureau: object) -> None:
    first = started(ada)
    attempts.submit(attempt=first, now=database_now())
    attempts.start(enrolment=first.enrolment, now=database_now())

    response = post_json(signed_in(ada), first)

    assert response.status_code == HTTPStatus.CONFLICT
    assert not Answer.objects.exists()


def test_save_after_the_bell_is_refused_and_the_attempt_ends_at_the_bell(ada: Person, bureau: object) -> None:
    attempt = overdue(ada)

    response = post_json(signed_in(ada), attempt)

    assert (response.status_code, json.loads(response.content)) == (
        409, {"closed": True, "result": address("result", attempt.enrolment)},
    )  # fmt: skip
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submitted_at) == ("expired", attempt.deadline_at)
