from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from learning.models import Membership, Person, Role
from tests.factories import learning as make_learning
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.demo import history

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 45, NOON - dt.timedelta(days=1))
    return at


def why(at: Learner, number: int = 1) -> str:
    return reverse("tracking:lesson-why", args=[at.enrolment.pk, number])


def test_page_shows_a_subtraction_that_is_true(at: Learner) -> None:
    answer = at.client.get("/en" + why(at))

    sums = answer.context["sums"]
    assert (sums.open_s, sums.still_s, sums.again_s, sums.credited_s) == (45, 0, 0, 45)
    assert sums.open_s - sums.still_s - sums.again_s == sums.credited_s


def test_page_tells_of_watching_again_and_of_stillness(at: Learner) -> None:
    history.watch(at.enrolment, at.lesson, 60, NOON)

    sums = at.client.get(why(at)).context["sums"]

    assert (sums.open_s, sums.still_s, sums.again_s, sums.credited_s) == (105, 0, 45, 60)


def test_fragment_for_htmx_has_no_frame(at: Learner) -> None:
    text = at.client.get(why(at), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in text
    assert '<dl class="subtract">' in text


def test_page_of_a_lecture_never_opened(at: Learner) -> None:
    answer = at.client.get(why(at, 2))

    assert answer.status_code == 200
    assert answer.context["chapters"] == []


def test_page_of_a_lecture_that_is_not_there_is_404(at: Learner) -> None:
    assert at.client.get(why(at, 3)).status_code == 404


def test_anonymous_visitors_are_led_to_the_sign_in_page(at: Learner) -> None:
    answer = Client().get(why(at))

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("who", ["cy", "another base's auditor", "own base's editor"])
def test_outsiders_get_404(at: Learner, cy: Person, who: str) -> None:
    if who == "another base's auditor":
        Membership.objects.create(person=cy, organisation=make_learning.BaseFactory(), role=Role.AUDITOR)
    if who == "own base's editor":
        Membership.objects.create(person=cy, organisation=at.enrolment.edition.base, role=Role.EDITOR)
    client = Client()
    client.force_login(cy)

    assert client.get(why(at)).status_code == 404


def test_the_bases_auditor_may_read_it(at: Learner, cy: Person) -> None:
    Membership.objects.create(person=cy, organisation=at.enrolment.edition.base, role=Role.AUDITOR)
    client = Client()
    client.force_login(cy)

    answer = client.get(why(at))

    assert answer.status_code == 200
    assert at.person.full_name in answer.content.decode()


def test_query_count_does_not_grow_with_the_sessions(at: Learner, django_assert_max_num_queries: object) -> None:
    for day in range(3):
        history.watch(at.enrolment, at.lesson, 46 + day, NOON + dt.timedelta(days=day))

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        at.client.get(why(at))
