"""My courses: under way, awaiting the exam, completed."""

import pytest
from django.test import Client

from learning.actions import enrolments, evidence
from learning.models import Edition, Person, Requirement
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def edition() -> Edition:
    return years.published(
        base=make.BaseFactory(), requirement=Requirement.objects.get(), kind=SubjectKind.PROFESSIONAL, centihours=600
    )


@pytest.fixture
def three(learner: Person) -> dict[str, Edition]:
    """One course in each tab."""
    studying, exam, completed = edition(), edition(), edition()
    enrolments.enrol(person=learner, edition=studying, now=NOON)
    place = enrolments.enrol(person=learner, edition=exam, now=NOON)
    for lesson in exam.lessons.all():
        evidence.record_watched(enrolment=place, lesson=lesson, covered_s=lesson.duration_s, digest="aa", now=NOON)
    years.earn(person=learner, edition=completed, now=NOON)
    return {"studying": studying, "exam": exam, "completed": completed}


@pytest.mark.parametrize("tab", ["studying", "exam", "completed"])
def test_courses_stand_in_one_tab_each(client: Client, learner: Person, three: dict[str, Edition], tab: str) -> None:
    client.force_login(learner)

    response = client.get(f"/me/courses/?tab={tab}")

    assert [row.edition for row in response.context["rows"]] == [three[tab]]
    assert [count for _key, _label, count in response.context["tabs"]] == [1, 1, 1]


def test_courses_lead_to_the_next_lecture_and_to_the_exam(
    client: Client, learner: Person, three: dict[str, Edition]
) -> None:
    client.force_login(learner)

    assert f'href="/learn/{three["studying"].course_key}/1/"' in client.get("/me/courses/").text
    assert 'href="/exams/' in client.get("/me/courses/?tab=exam").text


def test_courses_of_an_unknown_tab_are_those_under_way(
    client: Client, learner: Person, three: dict[str, Edition]
) -> None:
    client.force_login(learner)

    assert client.get("/me/courses/?tab=nonsense").context["tab"] == "studying"


def test_courses_show_nobody_elses(client: Client, cy: Person, three: dict[str, Edition]) -> None:
    client.force_login(cy)

    assert list(client.get("/me/courses/").context["rows"]) == []
    assert "您还没有在学的课程" in client.get("/me/courses/").text


def test_courses_ask_for_sign_in(client: Client) -> None:
    assert client.get("/me/courses/")["Location"] == "/accounts/login/?next=/me/courses/"
