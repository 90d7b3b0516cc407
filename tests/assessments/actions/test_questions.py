from dataclasses import replace

import pytest

from assessments.actions import questions
from assessments.models import Question
from assessments.rules.questions import Choice, Kind, Objection, QuestionDraft
from learning.models import AuditLogEntry
from tests.factories.learning import NOON, BaseFactory

pytestmark = pytest.mark.django_db
CHOICES = tuple(Choice(code, f"选项{code}", f"Choice {code}") for code in "ABC")
DRAFT = QuestionDraft(
    code="q-1", kind=Kind.MULTIPLE, points=5, stem_zh="题", stem_en="Q", choices=CHOICES, right=("B", "A")
)


def test_add_writes_the_question_and_the_log() -> None:
    base = BaseFactory()

    question = questions.add(base=base, course_key="bim", draft=DRAFT, by=None, now=NOON)

    assert (question.answer, question.in_bank().choices) == (["A", "B"], CHOICES)
    assert AuditLogEntry.objects.get().subject == f"question:{question.pk}"


def test_add_twice_adds_once() -> None:
    base = BaseFactory()

    first = questions.add(base=base, course_key="bim", draft=DRAFT, by=None, now=NOON)
    second = questions.add(base=base, course_key="bim", draft=DRAFT, by=None, now=NOON)

    assert (second.pk, Question.objects.count(), AuditLogEntry.objects.count()) == (first.pk, 1, 1)


def test_add_refuses_a_code_that_stands_for_another_question() -> None:
    base = BaseFactory()
    questions.add(base=base, course_key="bim", draft=DRAFT, by=None, now=NOON)

    with pytest.raises(questions.CodeTaken):
        questions.add(base=base, course_key="bim", draft=replace(DRAFT, points=6), by=None, now=NOON)
    with pytest.raises(questions.CodeTaken):
        questions.add(base=BaseFactory(), course_key="bim", draft=DRAFT, by=None, now=NOON)

    assert Question.objects.get().points == 5


def test_add_refuses_a_question_that_is_not_fit() -> None:
    with pytest.raises(questions.NotFit) as refusal:
        questions.add(base=BaseFactory(), course_key="bim", draft=replace(DRAFT, right=()), by=None, now=NOON)

    assert refusal.value.objections == (Objection.RIGHT_COUNT,)
    assert not Question.objects.exists()
