"""Statements from rows: reads learners' sealed sessions and has them told.

Knows where the facts stand; what they mean is `rules.statements`. Reads the lines of one session
at a time, so that a learner's years need no more memory than their longest session.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db.models import QuerySet

from learning.models import Edition, Lesson
from tracking.models import ViewingSession
from tracking.models.viewing_archive import lines_of
from tracking.rules.statements import LessonFacts, SealedSession, Statement, Teller
from tracking.rules.viewing import MissedCheck


@dataclass(frozen=True, slots=True)
class Told:
    """One statement of a session; `index` counts the session's statements from 0."""

    session_id: int
    index: int
    statement: Statement


def platform_iri() -> str:
    """Return the IRI under which we speak of ourselves, without a slash at the end."""
    return str(settings.PLATFORM_IRI or settings.WAGTAILADMIN_BASE_URL).rstrip("/")


def of_person(person_id: int, session_ids: Collection[int]) -> Iterator[Told]:
    """Yield the statements of these sessions of one learner, along the learner's timeline.

    The caller has asked `tellable_sessions` for them: nothing before them can still change.
    """
    teller = Teller(platform_iri())
    for session in _timeline(person_id, session_ids):
        sealed = _sealed(session)
        if session.pk not in session_ids:
            teller.pass_over(sealed)
            continue
        for index, statement in enumerate(teller.tell(sealed)):
            yield Told(session.pk, index, statement)


def _timeline(person_id: int, session_ids: Collection[int]) -> QuerySet[ViewingSession]:
    """Return the sessions asked for and those that their statements rest on, oldest first.

    Under HOLD a lesson's own sessions are enough. Under REWIND a check in any lesson confirms or
    voids what every lesson holds provisionally, so all of them are read.
    """
    wanted = ViewingSession.objects.filter(pk__in=session_ids).order_by("pk")
    rows = list(wanted.values_list("pk", "enrolment_id", "lesson_id"))
    known = ViewingSession.objects.filter(person_id=person_id, pk__lte=rows[-1][0])
    if not known.filter(missed_check=MissedCheck.REWIND.value).exists():
        known = known.filter(
            enrolment_id__in={enrolment_id for _pk, enrolment_id, _lesson in rows},
            lesson_id__in={lesson_id for _pk, _enrolment, lesson_id in rows},
        )
    return known.select_related("lesson__edition").order_by("opened_ms", "pk")


def _sealed(session: ViewingSession) -> SealedSession:
    return SealedSession(
        session_key=session.key,
        learner_key=session.learner_commitment,
        lesson=_lesson_facts(session),
        seal_digest=bytes(session.head).hex(),
        is_provisional=session.missed_check == MissedCheck.REWIND,
        lines=lines_of(session),
    )


def _lesson_facts(session: ViewingSession) -> LessonFacts:
    lesson, edition = session.lesson, session.lesson.edition
    course = f"{platform_iri()}/xapi/courses/{edition.course_key}/editions/{edition.version}"
    return LessonFacts(
        registration=_registration(session.enrolment_id),
        activity=f"{course}/lessons/{lesson.number}",
        names=_names(lesson),
        course=course,
        course_names=_names(edition),
        duration_s=session.duration_s,
        needed_s=lesson.needed_s,
    )


def _registration(enrolment_id: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"{platform_iri()}/xapi/enrolments/{enrolment_id}")


def _names(titled: Lesson | Edition) -> dict[str, str]:
    names = {"zh-Hans": titled.title_zh, "en": titled.title_en}
    return {tag: name for tag, name in names.items() if name}
