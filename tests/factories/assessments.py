"""Factories of assessments' nouns: a bank, and an attempt whose paper is known by heart."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from assessments.models import Answer, Attempt, Question
from assessments.models.attempt import paper_digest
from learning.actions import evidence
from learning.models import Enrolment
from tests.factories.learning import NOON, BaseFactory, EditionFactory, EnrolmentFactory

#: Text of every right choice and explanation that factories make: a canary that no learner may meet.
CANARY = "canary-explanation"


class QuestionFactory(DjangoModelFactory[Question]):
    """A single-choice question worth 5 points whose right choice is B."""

    class Meta:
        model = Question

    base = factory.SubFactory(BaseFactory)
    course_key = "course-0"
    code = factory.Sequence(lambda n: f"q-{n:04d}")
    kind = "single"
    points = 5
    stem_zh = factory.LazyAttribute(lambda row: f"题目 {row.code}")
    stem_en = factory.LazyAttribute(lambda row: f"Question {row.code}")
    choices = factory.LazyFunction(
        lambda: [{"code": code, "text_zh": f"选项{code}", "text_en": f"Choice {code}"} for code in "ABCD"]
    )
    answer = factory.LazyFunction(lambda: ["B"])
    explanation_zh = CANARY
    explanation_en = CANARY


def bank(enrolment: Enrolment, count: int = 8) -> list[Question]:
    """Give the enrolment's course a bank of single-choice questions."""
    return [QuestionFactory(course_key=enrolment.course_key, base=enrolment.edition.base) for _number in range(count)]


def watched(enrolment: Enrolment) -> Enrolment:
    """Record that every lecture of the enrolment was watched."""
    for lesson in enrolment.edition.lessons.all():
        evidence.record_watched(
            enrolment=enrolment, lesson=lesson, covered_s=lesson.duration_s, digest="0" * 64, now=NOON
        )
    return enrolment


def ready(person: Any, *, question_count: int = 5, bank_count: int = 8, **edition: Any) -> Enrolment:
    """Return an enrolment of the person that may sit its exam: watched, with a bank."""
    row = EnrolmentFactory(person=person, edition=EditionFactory(exam_question_count=question_count, **edition))
    bank(row, bank_count)
    return watched(row)


class AttemptFactory(DjangoModelFactory[Attempt]):
    """An open attempt of 30 minutes begun at noon: `question_count` questions of 5 points, each right with B."""

    class Meta:
        model = Attempt

    class Params:
        question_count = 4

    enrolment = factory.SubFactory(EnrolmentFactory)
    number = 1
    seed = 7
    paper = factory.LazyAttribute(lambda row: [paper_row(position) for position in range(1, row.question_count + 1)])
    key = factory.LazyAttribute(lambda row: {str(question["position"]): ["B"] for question in row.paper})
    paper_digest = factory.LazyAttribute(lambda row: paper_digest(paper=row.paper, key=row.key, seed=row.seed))
    max_points = factory.LazyAttribute(lambda row: sum(question["points"] for question in row.paper))
    started_at = NOON
    deadline_at = NOON + dt.timedelta(minutes=30)


class AnswerFactory(DjangoModelFactory[Answer]):
    """A right answer to the first question, saved a minute after the start."""

    class Meta:
        model = Answer

    attempt = factory.SubFactory(AttemptFactory)
    position = 1
    choices = factory.LazyFunction(lambda: ["B"])
    revision = 1
    saved_at = NOON + dt.timedelta(minutes=1)


def paper_row(position: int, *, kind: str = "single", points: int = 5) -> dict[str, Any]:
    """Return one question as a frozen paper holds it."""
    return {
        "position": position,
        "question_id": position,
        "kind": kind,
        "points": points,
        "stem_zh": f"第{position}题的题干",
        "stem_en": f"Stem of question {position}",
        "choices": [{"code": code, "text_zh": f"选项{code}", "text_en": f"Choice {code}"} for code in "ABCD"],
    }
