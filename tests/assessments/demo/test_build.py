import datetime as dt

import pytest

from assessments.demo import build as demo
from assessments.demo import sittings
from assessments.demo.questions import QUESTIONS
from assessments.models import Attempt, Question
from learning.models import AuditLogEntry, CreditFlag
from tests.factories import flags as make_flags
from tests.factories import learning as make
from tests.factories.assessments import watched
from tests.factories.learning import NOON, EditionFactory

pytestmark = pytest.mark.django_db


def test_build_fills_the_bank_of_each_published_course_and_says_which_is_not() -> None:
    edition = EditionFactory(course_key="bim-design")
    said: list[str] = []

    demo.build(NOON, said.append)

    bank = QUESTIONS["bim-design"]
    assert Question.objects.of_course("bim-design", edition.base).count() == len(bank) == Question.objects.count()
    assert [line.split(":")[1] for line in said].count(" the course is not published, skipped") == 3
    assert f"question bank of bim-design: {len(bank)} questions" in said


def test_build_twice_changes_nothing() -> None:
    EditionFactory(course_key="bim-design")
    demo.build(NOON, lambda _line: None)
    before = (list(Question.objects.values()), AuditLogEntry.objects.count())
    said: list[str] = []

    demo.build(NOON, said.append)

    assert (list(Question.objects.values()), AuditLogEntry.objects.count()) == before
    assert [line for line in said if "bim-design" in line] == []


def test_build_keeps_the_right_choices() -> None:
    EditionFactory(course_key="bim-design")

    demo.build(NOON, lambda _line: None)

    for question in QUESTIONS["bim-design"]:
        right = [choice.code for choice in question.choices if choice.is_right]
        assert Question.objects.get(code=question.code).answer == right


def test_build_lets_those_who_watched_sit_their_exam_once() -> None:
    edition = EditionFactory(course_key="capacity-building")
    make.BureauFactory()
    ready, lacking = (
        make.EnrolmentFactory(person=make.PersonFactory(email=None), edition=edition) for _number in range(2)
    )
    watched(ready)
    later = NOON + dt.timedelta(days=3)

    for _time in range(2):
        demo.build(later, lambda _line: None)

    attempt = Attempt.objects.get()
    assert (attempt.enrolment, attempt.has_passed) == (ready, True)
    assert attempt.submitted_at is not None
    assert NOON < attempt.started_at < attempt.submitted_at < later
    assert not Attempt.objects.of(lacking).exists()


def test_build_leaves_five_on_one_network_and_one_quick_exam_to_look_at() -> None:
    edition = EditionFactory(course_key="capacity-building")
    make.BureauFactory()
    make_flags.policy()
    places = [
        watched(make.EnrolmentFactory(person=make.PersonFactory(email=None), edition=edition))
        for _sitting in sittings.SITTINGS
    ]

    demo.build(NOON + dt.timedelta(days=3), lambda _line: None)

    flags = CreditFlag.objects.order_by("entry_id").values_list("entry__enrolment", "code", "facts__usual")
    at_work = [(place.pk, "same_network", 1) for place in places[:5]]
    assert list(flags) == [*at_work, (places[5].pk, "quick_exam", 21 * 60)]
