"""Enrolling from a course page: a place, or the refusing rule in words."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from learning.models import Edition, Enrolment, Person
from learning.rules.eligibility import Refusal, Tier
from learning.rules.requirements import PromotionTrack
from learning.views.enrolments import quoted
from tests.factories import learning as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Edition:
    edition: Edition = make.EditionFactory(course_key="ethics", title_zh="职业道德")
    return edition


def enrol(client: Client, person: Person) -> tuple[str, list[str]]:
    client.force_login(person)
    response = client.post("/courses/ethics/enrol/")
    assert response.status_code == 302
    said = [str(message) for message in get_messages(response.wsgi_request)]
    return response["Location"], said


def test_enrol_gives_a_place_and_opens_the_first_lecture(client: Client, learner: Person, course: Edition) -> None:
    assert enrol(client, learner) == ("/learn/ethics/1/", ["已报名《职业道德》。"])

    place = Enrolment.objects.get()
    assert (place.person, place.edition) == (learner, course)


def test_enrol_twice_is_one_place(client: Client, learner: Person, course: Edition) -> None:
    enrol(client, learner)

    assert enrol(client, learner)[0] == "/learn/ethics/1/"
    assert Enrolment.objects.count() == 1


def test_enrol_is_refused_with_the_rule_quoted(client: Client, learner: Person) -> None:
    base = make.BaseFactory(tier=Tier.COUNTY, region=make.kaifeng())
    make.EditionFactory(course_key="ethics", base=base)
    Person.objects.filter(pk=learner.pk).update(promotion_track=PromotionTrack.INTERMEDIATE_TO_ASSOCIATE)

    where, said = enrol(client, learner)

    assert where == "/courses/ethics/"
    assert said == [quoted(Refusal.PROMOTION_NEEDS_MUNICIPAL)]
    assert "R16" in said[0]
    assert not Enrolment.objects.exists()


def test_enrol_without_a_requirement_is_refused(client: Client, cy: Person, course: Edition) -> None:
    where, said = enrol(client, cy)

    assert (where, len(said)) == ("/courses/ethics/", 1)
    assert not Enrolment.objects.exists()


def test_enrol_asks_for_sign_in(client: Client, course: Edition) -> None:
    assert client.post("/courses/ethics/enrol/")["Location"].startswith("/accounts/login/")


def test_enrol_in_an_unknown_course_is_not_found(client: Client, learner: Person) -> None:
    client.force_login(learner)

    assert client.post("/courses/nowhere/enrol/").status_code == 404


def test_enrol_takes_no_get(client: Client, learner: Person, course: Edition) -> None:
    client.force_login(learner)

    assert client.get("/courses/ethics/enrol/").status_code == 405
