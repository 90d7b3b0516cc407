"""Places with their progress: what is watched, and what is next."""

import pytest

from learning.actions import evidence
from learning.models import Enrolment, Person
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def test_with_progress_names_the_first_lesson_not_yet_watched(requirement: object, ada: Person) -> None:
    # So that no place shares its number with a lesson.
    before = [make.EnrolmentFactory() for _place in range(2)]
    place = make.EnrolmentFactory(person=ada, edition=make.EditionFactory(lessons=[60, 60, 60]))
    for number in (1, 3):
        lesson = place.edition.lessons.get(number=number)
        assert lesson.pk != place.pk
        evidence.record_watched(enrolment=place, lesson=lesson, covered_s=60, digest="aa", now=NOON)

    found = {row.pk: (row.watched_count, row.next_number) for row in Enrolment.objects.with_progress()}

    assert found == {place.pk: (2, 2)} | {row.pk: (0, 1) for row in before}
