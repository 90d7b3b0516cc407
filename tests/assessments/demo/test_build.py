import pytest

from assessments.demo import build as demo
from assessments.demo.questions import QUESTIONS
from assessments.models import Question
from learning.models import AuditLogEntry
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
