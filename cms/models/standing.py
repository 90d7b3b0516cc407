"""Standing: what a course page may truly say to this visitor.

Knows editions, places and evidence. Live coverage is `tracking`'s and comes as a
fragment; nothing here adds up seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cms.models.rule_in_force import rule_in_force
from learning.actions import enrolments
from learning.models import Edition, Enrolment, Evidence, Lesson, Person, Requirement
from learning.models.clock import local_date
from learning.rules.eligibility import Refusal
from learning.rules.hours import centihours_of_seconds

#: A credit hour of 45 minutes; where a rule says otherwise, the page says so (DESIGN D4).
REAL_HOUR_SECONDS = 2_700


class Stage(StrEnum):
    """What the one filled button of the page does."""

    VISITOR = "visitor"
    STAFF = "staff"
    MAY_ENROL = "may_enrol"
    REFUSED = "refused"
    STUDYING = "studying"
    EXAM = "exam"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LessonStanding:
    """A lecture and whether its evidence is held."""

    lesson: Lesson
    centihours: int
    is_complete: bool
    is_next: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The edition the visitor is measured against, and how far they are.

    `requirement` binds this person; `rule` is what the page quotes to anybody: theirs,
    else the base's region's. `make_up`: a missed year for which the course may be taken too.
    """

    edition: Edition
    stage: Stage
    lessons: tuple[LessonStanding, ...]
    enrolment: Enrolment | None
    requirement: Requirement | None
    rule: Requirement | None
    reasons: tuple[Refusal, ...]
    is_exam_passed: bool
    is_newer_published: bool
    make_up: Requirement | None = None

    @property
    def duration_s(self) -> int:
        """Whole seconds of all lectures."""
        return sum(row.lesson.duration_s for row in self.lessons)

    @property
    def completed_s(self) -> int:
        """Whole seconds of the lectures whose evidence is held."""
        return sum(row.lesson.duration_s for row in self.lessons if row.is_complete)

    @property
    def completed_count(self) -> int:
        """How many lectures are complete."""
        return sum(row.is_complete for row in self.lessons)

    @property
    def next_lesson(self) -> Lesson | None:
        """The first lecture that is not complete."""
        return next((row.lesson for row in self.lessons if row.is_next), None)

    @property
    def is_short_hour(self) -> bool:
        """Whether a credit hour is shorter here than the 45 minutes of real rules."""
        return self.edition.hour_seconds != REAL_HOUR_SECONDS


def standing_of(edition: Edition, person: Person | None, *, now: datetime) -> Standing:
    """Say where the visitor stands: in the edition of their place, else in this one, the newest."""
    enrolment = _place(edition.course_key, person, now) if person else None
    held = enrolment.edition if enrolment else edition
    evidence: list[tuple[str, int | None]] = []
    if enrolment:
        evidence = list(Evidence.objects.filter(enrolment=enrolment).values_list("kind", "lesson_id"))
    watched = {lesson_id for kind, lesson_id in evidence if kind == Evidence.Kind.WATCHED}
    is_exam_passed = any(kind == Evidence.Kind.PASSED for kind, _lesson in evidence)
    lessons = _lessons(held, watched)
    reasons: tuple[Refusal, ...] = ()
    requirement = enrolment.requirement if enrolment else None
    make_up: Requirement | None = None
    if person is not None and person.title_level and enrolment is None:
        reasons = enrolments.refusals(person=person, edition=edition, now=now)
        requirement = Requirement.objects.binding_person(person, enrolments.local_year(now))
        make_up = _make_up(edition, person, now=now)
    return Standing(
        edition=held,
        stage=_stage(person, enrolment, () if make_up else reasons, lessons),
        lessons=lessons,
        enrolment=enrolment,
        requirement=requirement,
        rule=requirement or rule_in_force(held.base, year=enrolments.local_year(now)),
        reasons=reasons,
        is_exam_passed=is_exam_passed,
        is_newer_published=held.pk != edition.pk,
        make_up=make_up,
    )


def _place(course_key: str, person: Person, now: datetime) -> Enrolment | None:
    """Return the place under this year's rule, else the one in a year that is being made up.

    One that ended unfinished is none: where the year was opened again, it is taken once more.
    """
    year = enrolments.local_year(now)
    places = Enrolment.objects.of(person).filter(course_key=course_key, year__in=[year, year - 1])
    rows = places.select_related("edition__base", "requirement").order_by("-year")
    return next((row for row in rows if _is_under_way(row, now) or (row.year == year and _is_done(row))), None)


def _is_done(place: Enrolment) -> bool:
    return place.status == Enrolment.Status.CREDITED


def _is_under_way(place: Enrolment, now: datetime) -> bool:
    return place.status == Enrolment.Status.ENROLLED and place.requirement.as_calendar().takes_study(local_date(now))


def _make_up(edition: Edition, person: Person, *, now: datetime) -> Requirement | None:
    """Return the rule of the missed year for which this course may be taken now, or None."""
    past = [rule for rule in enrolments.years_open(person, now=now) if rule.year != enrolments.local_year(now)]
    for rule in past:
        if not enrolments.refusals(person=person, edition=edition, now=now, year=rule.year):
            return rule
    return None


def _lessons(edition: Edition, watched: set[int | None]) -> tuple[LessonStanding, ...]:
    lessons = list(edition.lessons.all())
    first_open = next((lesson.pk for lesson in lessons if lesson.pk not in watched), None)
    return tuple(
        LessonStanding(
            lesson=lesson,
            centihours=centihours_of_seconds(lesson.duration_s, hour_seconds=edition.hour_seconds),
            is_complete=lesson.pk in watched,
            is_next=lesson.pk == first_open,
        )
        for lesson in lessons
    )


def _stage(
    person: Person | None,
    enrolment: Enrolment | None,
    reasons: tuple[Refusal, ...],
    lessons: tuple[LessonStanding, ...],
) -> Stage:
    if person is None:
        return Stage.VISITOR
    if enrolment is None:
        # An editor or officer without a title level is not a learner whom a rule refuses.
        if not person.title_level:
            return Stage.STAFF
        return Stage.REFUSED if reasons else Stage.MAY_ENROL
    if enrolment.status == Enrolment.Status.CREDITED:
        return Stage.DONE
    if not all(row.is_complete for row in lessons):
        return Stage.STUDYING
    return Stage.EXAM
