"""From a course page to an edition: what the editor wrote, frozen by `learning`.

Knows which fields become which facts, and under which rule the hours are approved.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cms.models import CoursePage, Lecture
from cms.models.check_questions import facts_of_questions
from cms.models.rule_in_force import rule_in_force
from learning.actions import audit_log
from learning.actions import editions as learning_editions
from learning.actions.editions import EditionDraft, LessonDraft, Objection
from learning.actions.enrolments import local_year
from learning.models import Edition, Person
from learning.rules.requirements import SubjectKind


class NoRuleInForce(Exception):
    """No requirement of the base's region and the course's year says how long an hour is."""


def draft_of(page: CoursePage, *, now: datetime, lectures: Sequence[Lecture] | None = None) -> EditionDraft:
    """Return the page as an edition about to be published.

    `lectures`: those of a form not yet saved; else the page's own.

    Raises: NoRuleInForce.
    """
    is_public = page.subject_kind == SubjectKind.PUBLIC
    topic = page.topic if is_public else None
    year = topic.year if topic else local_year(now)
    rule = rule_in_force(page.base, year=year)
    if rule is None:
        raise NoRuleInForce(page.base.pk, year)
    return EditionDraft(
        course_key=page.course_key,
        base=page.base,
        subject_kind=SubjectKind(page.subject_kind),
        topic=topic,
        title_zh=page.title_zh,
        title_en=page.title_en,
        approved_centihours=page.approved_centihours,
        requirement=rule,
        lessons=tuple(_lesson(row) for row in (page.lectures.all() if lectures is None else lectures)),
        exam_required=page.exam_required,
        exam_question_count=page.exam_question_count,
        exam_minutes=page.exam_minutes,
        pass_mark_percent=page.pass_mark_percent,
        attempts_max=page.attempts_max,
        # A public course is for everybody (R3 speaks of professional ones).
        target_levels=[] if is_public else list(page.target_levels),
    )


def _lesson(lecture: Lecture) -> LessonDraft:
    media = lecture.media
    return LessonDraft(
        title_zh=lecture.title_zh,
        title_en=lecture.title_en,
        duration_ms=media.duration_ms,
        media_digest=media.sha256,
        media_name=media.video.name,
        poster_name=media.poster.name or "",
        captions_zh_name=media.captions_zh.name or "",
        captions_en_name=media.captions_en.name or "",
        check_questions=facts_of_questions(lecture.check_questions),
    )


def objections(draft: EditionDraft) -> tuple[Objection, ...]:
    """Return why the draft may not be published; both caption languages are asked for here."""
    found = learning_editions.objections(draft)
    lacks_captions = any(not lesson.captions_en_name for lesson in draft.lessons)
    if lacks_captions and Objection.NO_CAPTIONS not in found:
        found = (*found, Objection.NO_CAPTIONS)
    return found


def publish(page: CoursePage, *, by: Person | None, now: datetime) -> Edition:
    """Write the page's edition; the same facts again change nothing.

    Raises: NoRuleInForce; NotPublishable, with every objection.
    """
    draft = draft_of(page, now=now)
    found = objections(draft)
    if found:
        raise learning_editions.NotPublishable(*found)
    return learning_editions.publish(draft=draft, by=by, now=now)


@transaction.atomic
def retire(page: CoursePage, *, by: Person | None, now: datetime) -> int:
    """Close the course to new learners when its page is taken down; those enrolled finish theirs.

    Returns how many editions were open; a second call finds none.
    """
    is_open = Edition.objects.filter(course_key=page.course_key, base=page.base, status=Edition.Status.OPEN)
    count = is_open.update(status=Edition.Status.RETIRED)
    if count:
        audit_log.append(
            action="edition.retire",
            subject=f"course:{page.course_key}",
            actor=by,
            organisation=page.base,
            facts={"editions": count},
            now=now,
        )
    return count
