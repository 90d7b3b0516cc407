"""Next steps: what to study next, in order, and how much a week that is.

Knows what is missing and which courses are under way; nothing of titles or
pages. What is under way counts towards the missing hours before anything new
is asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from learning.rules.requirements import Missing, SubjectKind

DAYS_PER_WEEK = 7


class StepKind(StrEnum):
    """What to do."""

    FINISH_COURSE = "finish_course"
    TAKE_EXAM = "take_exam"
    COMPLETE_COURSE = "complete_course"
    CHOOSE_PUBLIC = "choose_public"
    CHOOSE_PROFESSIONAL = "choose_professional"
    CHOOSE_ANY = "choose_any"


@dataclass(frozen=True, slots=True)
class Place:
    """A course under way."""

    enrolment_id: int
    subject_kind: SubjectKind
    credit_centihours: int
    watched_count: int
    lesson_count: int
    is_exam_due: bool

    @property
    def is_watched(self) -> bool:
        """Whether only the exam is left."""
        return self.watched_count >= self.lesson_count


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; a course's steps name its enrolment, a choice names how many hours."""

    kind: StepKind
    enrolment_id: int | None = None
    centihours: int = 0


def in_order(places: Iterable[Place]) -> list[Place]:
    """Put first what is nearest to its credit: an exam due, then what was begun."""
    return sorted(places, key=lambda place: (not place.is_watched, place.watched_count == 0))


def next_steps(missing: Missing, places: Iterable[Place]) -> tuple[Step, ...]:
    """Return the steps that fulfil the year, the first one first.

    The course nearest to its credit is told in full, lectures and exam; each
    further one is a single step. Hours still missing after them are chosen anew.
    """
    steps: list[Step] = []
    public, professional = missing.public_centihours, missing.professional_centihours
    total = missing.to_study_centihours
    for place in in_order(places):
        steps.extend(_course_steps(place, is_first=not steps))
        total = max(total - place.credit_centihours, 0)
        if place.subject_kind == SubjectKind.PUBLIC:
            public = max(public - place.credit_centihours, 0)
        else:
            professional = max(professional - place.credit_centihours, 0)
    for kind, amount in (
        (StepKind.CHOOSE_PUBLIC, public),
        (StepKind.CHOOSE_PROFESSIONAL, professional),
        (StepKind.CHOOSE_ANY, max(total - public - professional, 0)),
    ):
        if amount:
            steps.append(Step(kind, centihours=amount))
    return tuple(steps)


def _course_steps(place: Place, *, is_first: bool) -> Iterator[Step]:
    if place.is_watched:
        if place.is_exam_due:
            yield Step(StepKind.TAKE_EXAM, place.enrolment_id)
    elif not is_first:
        yield Step(StepKind.COMPLETE_COURSE, place.enrolment_id)
    else:
        yield Step(StepKind.FINISH_COURSE, place.enrolment_id)
        if place.is_exam_due:
            yield Step(StepKind.TAKE_EXAM, place.enrolment_id)


def weekly_centihours(to_study_centihours: int, *, days_left: int) -> int | None:
    """Return the average a week, rounded up to a tenth of an hour; None in the last week."""
    if days_left < DAYS_PER_WEEK or to_study_centihours <= 0:
        return None
    exact = -(-to_study_centihours * DAYS_PER_WEEK // days_left)
    return -(-exact // 10) * 10
