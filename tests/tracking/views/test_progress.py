from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.demo import history

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def test_course_progress_counts_each_lesson(at: Learner) -> None:
    history.watch(at.enrolment, at.lesson, 30, NOON)

    answer = at.client.get(reverse("tracking:course-progress", args=[at.enrolment.course_key]))

    assert [(row.lesson.number, row.covered_s, row.is_watched) for row in answer.context["rows"]] == [
        (1, 30, False),
        (2, 0, False),
    ]


def test_course_progress_of_a_course_not_studied_is_404(at: Learner, cy: Person) -> None:
    client = Client()
    client.force_login(cy)

    assert client.get(reverse("tracking:course-progress", args=[at.enrolment.course_key])).status_code == 404


@pytest.mark.parametrize(("watched_s", "number"), [(0, 1), (30, 1), (60, 2)])
def test_resume_leads_to_the_lecture_to_go_on_with(at: Learner, watched_s: int, number: int) -> None:
    if watched_s:
        history.watch(at.enrolment, at.lesson, watched_s, NOON)

    answer = at.client.get(reverse("tracking:resume", args=[at.enrolment.pk]))

    assert answer["Location"] == reverse("tracking:lecture", args=[at.enrolment.course_key, number])


def test_resume_shows_itself_to_htmx(at: Learner) -> None:
    answer = at.client.get(reverse("tracking:resume", args=[at.enrolment.pk]), headers={"HX-Request": "true"})

    assert (answer.status_code, answer.context["row"].lesson.number) == (200, 1)


def test_resume_of_anothers_place_is_404(at: Learner, cy: Person) -> None:
    client = Client()
    client.force_login(cy)

    assert client.get(reverse("tracking:resume", args=[at.enrolment.pk])).status_code == 404
