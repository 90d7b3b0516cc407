"""Publishing an edition: the base's course as it was, frozen and within its scope."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max

from learning.actions import audit_log
from learning.models import BaseProfile, Edition, Lesson, Organisation, Person, PublicTopic, Requirement
from learning.rules.digests import digest_of
from learning.rules.hours import most_centihours
from learning.rules.requirements import SubjectKind

_WHOLE_PERCENT = 100


class Objection(StrEnum):
    """Why a course may not be published as it is."""

    NO_LESSONS = "no_lessons"
    NO_CAPTIONS = "no_captions"
    OUT_OF_SCOPE = "out_of_scope"
    BASE_INACTIVE = "base_inactive"
    CREDIT_TOO_HIGH = "credit_too_high"
    TOPIC_MISSING = "topic_missing"
    EXAM_UNFIT = "exam_unfit"
    COURSE_OF_ANOTHER_BASE = "course_of_another_base"


class NotPublishable(Exception):
    """The publication is refused; `objections` says why."""

    def __init__(self, *objections: Objection) -> None:
        """Keep the objections."""
        super().__init__(*objections)
        self.objections = objections


@dataclass(frozen=True, slots=True)
class LessonDraft:
    """One lecture, its file measured."""

    title_zh: str
    title_en: str
    duration_ms: int
    media_digest: str
    media_name: str
    poster_name: str
    captions_zh_name: str
    captions_en_name: str
    check_questions: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class EditionDraft:
    """A course about to be published. `requirement` gives the length of its hour."""

    course_key: str
    base: Organisation
    subject_kind: SubjectKind
    topic: PublicTopic | None
    title_zh: str
    title_en: str
    approved_centihours: int
    requirement: Requirement
    lessons: Sequence[LessonDraft]
    exam_required: bool = True
    exam_question_count: int = 10
    exam_minutes: int = 30
    pass_mark_percent: int = 60
    attempts_max: int = 2
    target_levels: Sequence[str] = ()


def objections(draft: EditionDraft) -> tuple[Objection, ...]:
    """Return why the draft may not be published; empty: it may.

    Source: R27 (scope), R24, D8 (credit within the measured length), captions:
    RELIABILITY §4.
    """
    profile = draft.base.base_profile
    found: list[Objection] = []
    if profile.status != BaseProfile.Status.ACTIVE:
        found.append(Objection.BASE_INACTIVE)
    is_public = draft.subject_kind == SubjectKind.PUBLIC
    if not (profile.may_teach_public if is_public else profile.may_teach_professional):
        found.append(Objection.OUT_OF_SCOPE)
    if is_public and draft.topic is None:
        found.append(Objection.TOPIC_MISSING)
    if not draft.lessons:
        found.append(Objection.NO_LESSONS)
    if any(not lesson.captions_zh_name for lesson in draft.lessons):
        found.append(Objection.NO_CAPTIONS)
    most = most_centihours(
        duration_ms=_length_ms(draft),
        hour_seconds=draft.requirement.hour_seconds,
        rounding_centihours=draft.requirement.rounding_centihours,
    )
    if draft.approved_centihours > most:
        found.append(Objection.CREDIT_TOO_HIGH)
    if draft.exam_required and not _is_exam(draft):
        found.append(Objection.EXAM_UNFIT)
    if Edition.objects.filter(course_key=draft.course_key).exclude(base=draft.base).exists():
        found.append(Objection.COURSE_OF_ANOTHER_BASE)
    return tuple(found)


def _is_exam(draft: EditionDraft) -> bool:
    """Say whether the exam can be sat, failed and passed."""
    figures = (draft.exam_question_count, draft.exam_minutes, draft.attempts_max, draft.pass_mark_percent)
    return min(figures) > 0 and draft.pass_mark_percent <= _WHOLE_PERCENT


def _length_ms(draft: EditionDraft) -> int:
    """Return the length that credit may rest on: whole seconds, each video once (D8)."""
    each = {lesson.media_digest: lesson.duration_ms // 1_000 * 1_000 for lesson in draft.lessons}
    return sum(each.values())


def facts_of(draft: EditionDraft) -> dict[str, object]:
    """Return what an edition's digest covers: all that a learner is measured against."""
    return {
        "course_key": draft.course_key,
        "base": draft.base.pk,
        "subject_kind": str(draft.subject_kind),
        "topic": draft.topic.pk if draft.topic else None,
        "title_zh": draft.title_zh,
        "title_en": draft.title_en,
        "approved_centihours": draft.approved_centihours,
        "hour_seconds": draft.requirement.hour_seconds,
        "lesson_slack_s": draft.requirement.lesson_slack_s,
        "exam_required": draft.exam_required,
        "exam_question_count": draft.exam_question_count,
        "exam_minutes": draft.exam_minutes,
        "pass_mark_percent": draft.pass_mark_percent,
        "attempts_max": draft.attempts_max,
        "target_levels": list(draft.target_levels),
        "lessons": [_facts_of_lesson(lesson) for lesson in draft.lessons],
    }


def _facts_of_lesson(lesson: LessonDraft) -> dict[str, object]:
    """Return a lesson's facts. Without questions they are left out, as in editions from before there were any."""
    facts = asdict(lesson) | {"check_questions": [dict(question) for question in lesson.check_questions]}
    return facts if lesson.check_questions else {key: facts[key] for key in facts if key != "check_questions"}


@transaction.atomic
def publish(*, draft: EditionDraft, by: Person | None, now: datetime) -> Edition:
    """Write a new edition; publishing the same facts again returns the newest edition as it is.

    Raises: NotPublishable, with every objection.
    """
    found = objections(draft)
    if found:
        raise NotPublishable(*found)
    facts = facts_of(draft)
    digest = digest_of(facts)
    # The base's row orders two publications of one course. No key: who only points at the base, and
    # may hold the audit log already, need not wait.
    Organisation.objects.select_for_update(no_key=True).get(pk=draft.base.pk)
    newest = Edition.objects.filter(course_key=draft.course_key).order_by("-version").first()
    if newest is not None and newest.digest == digest and newest.status == Edition.Status.OPEN:
        return newest
    version = (Edition.objects.filter(course_key=draft.course_key).aggregate(newest=Max("version"))["newest"] or 0) + 1
    frozen = {key: value for key, value in facts.items() if key not in {"base", "topic", "lessons"}}
    edition = Edition.objects.create(
        **frozen,
        base=draft.base,
        topic=draft.topic,
        version=version,
        digest=digest,
        published_at=now,
        published_by=by,
    )
    Lesson.objects.bulk_create(
        Lesson(edition=edition, number=number, **_facts_of_lesson(lesson))
        for number, lesson in enumerate(draft.lessons, start=1)
    )
    audit_log.append(
        action="edition.publish",
        subject=f"edition:{edition.pk}",
        actor=by,
        organisation=draft.base,
        facts={"digest": digest, "version": version},
        now=now,
    )
    return edition
