"""The demo question banks, entered as their bases would enter them, and the exams that were sat.

Run after the demo courses are published and watched; a second run changes nothing.
"""

from collections.abc import Callable
from datetime import datetime

from assessments.actions import questions
from assessments.demo import sittings
from assessments.demo.questions import QUESTIONS, DemoQuestion
from assessments.models import Question
from assessments.rules.questions import Choice, Kind, QuestionDraft
from learning.actions import flags
from learning.models import Edition


def build(now: datetime, report: Callable[[str], None]) -> None:
    """Fill the bank of every demo course that is published."""
    for course_key, bank in QUESTIONS.items():
        edition = Edition.objects.filter(course_key=course_key).select_related("base").order_by("-version").first()
        if edition is None:
            report(f"question bank of {course_key}: the course is not published, skipped")
            continue
        before = Question.objects.of_course(course_key, edition.base).count()
        for question in bank:
            questions.add(base=edition.base, course_key=course_key, draft=_draft(question), by=None, now=now)
        added = Question.objects.of_course(course_key, edition.base).count() - before
        if added:
            report(f"question bank of {course_key}: {added} questions")
    if sat := sittings.build(now):
        report(f"{sat} classmates have sat the exam of {sittings.COURSE_KEY}")
        while flags.screen_due(now=now):
            pass


def _draft(question: DemoQuestion) -> QuestionDraft:
    return QuestionDraft(
        code=question.code,
        kind=Kind(question.kind),
        points=question.points,
        stem_zh=question.stem_zh,
        stem_en=question.stem_en,
        choices=tuple(Choice(choice.code, choice.text_zh, choice.text_en) for choice in question.choices),
        right=tuple(choice.code for choice in question.choices if choice.is_right),
        explanation_zh=question.explanation_zh,
        explanation_en=question.explanation_en,
    )
