"""Writing the question bank."""

from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from assessments.models import Question
from assessments.rules import questions as law
from assessments.rules.questions import Objection, QuestionDraft
from learning.actions import audit_log
from learning.models import Organisation, Person


class NotFit(Exception):
    """The question is refused; `objections` says why."""

    def __init__(self, *objections: Objection) -> None:
        """Keep the objections."""
        super().__init__(*objections)
        self.objections = objections


class CodeTaken(Exception):
    """The course has another question under this code."""


@transaction.atomic
def add(*, base: Organisation, course_key: str, draft: QuestionDraft, by: Person | None, now: datetime) -> Question:
    """Add a question to the course's bank; adding the same one again returns it as it is.

    Raises: NotFit, with every objection; CodeTaken, when the code stands for
    another question, or the course's bank is another base's.
    """
    found = law.objections(draft)
    if found:
        raise NotFit(*found)
    facts = _facts_of(draft)
    question = Question(base=base, course_key=course_key, **facts)
    try:
        with transaction.atomic():
            question.save()
    except IntegrityError:
        return _same_or_refused(base=base, course_key=course_key, facts=facts)
    audit_log.append(
        action="question.add",
        subject=f"question:{question.pk}",
        actor=by,
        organisation=base,
        facts={"course_key": course_key, "code": draft.code},
        now=now,
    )
    return question


def _facts_of(draft: QuestionDraft) -> dict[str, object]:
    return {
        "code": draft.code,
        "kind": draft.kind.value,
        "points": draft.points,
        "stem_zh": draft.stem_zh,
        "stem_en": draft.stem_en,
        "choices": [asdict(choice) for choice in draft.choices],
        "answer": sorted(set(draft.right)),
        "explanation_zh": draft.explanation_zh,
        "explanation_en": draft.explanation_en,
    }


def _same_or_refused(*, base: Organisation, course_key: str, facts: dict[str, object]) -> Question:
    held = Question.objects.get(course_key=course_key, code=facts["code"])
    if held.base_id != base.pk or any(getattr(held, name) != value for name, value in facts.items()):
        raise CodeTaken(f"{course_key}/{facts['code']}")
    return held
