"""Who has watched what before the demo begins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.actions import enrolments
from learning.models import Edition, Enrolment, Person
from tracking.actions import roots, seals
from tracking.demo import history
from tracking.models import Seal


@dataclass(frozen=True, slots=True)
class Watched:
    """One sitting: `seconds` None means the whole lesson; `days_ago` are shorter in a year's first days."""

    email: str
    course_key: str
    number: int
    seconds: int | None
    days_ago: int


HISTORIES: Final = (
    Watched("learner@demo.test", "professional-ethics", 1, None, 4),
    Watched("learner@demo.test", "professional-ethics", 2, None, 3),
    Watched("learner@demo.test", "professional-ethics", 3, 20, 2),
)

#: Classmates who watched a whole short course, one after the other, in these minutes of the day; their exam is
#: assessments' to tell.
COHORT_COURSE: Final = "capacity-building"
COHORT_MINUTES: Final = (0, 11, 25, 38, 47, 61, 74)
COHORT_DAYS_AGO: Final = 4

#: The place is taken this many days ago: before every sitting.
ENROLLED_DAYS_AGO: Final = 5


def build(now: datetime, report: Callable[[str], None]) -> None:
    """Give the demo learners their places and their viewing; whoever watched more since keeps it."""
    for row in HISTORIES:
        enrolment = _place(Person.objects.filter(email=row.email).first(), row.course_key, now)
        lesson = enrolment.edition.lessons.filter(number=row.number).first() if enrolment else None
        if enrolment is None or lesson is None:
            report(f"no lecture {row.number} of {row.course_key} for {row.email}")
            continue
        lesson.edition = enrolment.edition
        seconds = lesson.duration_s if row.seconds is None else min(row.seconds, lesson.duration_s)
        held_s = history.watch(enrolment, lesson, seconds, _ago(now, row.days_ago))
        report(f"{row.email} has watched {held_s} s of {row.course_key}, lecture {row.number}")
    _watch_as_cohort(now, report)
    _seal(now)


def _watch_as_cohort(now: datetime, report: Callable[[str], None]) -> None:
    """Let the classmates watch their course to the end."""
    begin = _ago(now, COHORT_DAYS_AGO)
    # Where the year is young the minutes are shorter too: all are done before their exam.
    step = min(timedelta(minutes=1), (_ago(now, COHORT_DAYS_AGO - 1) - begin) / 120)
    classmates = Person.objects.filter(email=None).order_by("pk")
    for person, minutes in zip(classmates, COHORT_MINUTES, strict=False):
        enrolment = _place(person, COHORT_COURSE, now)
        if enrolment is None:
            return
        at = begin + step * minutes
        for lesson in enrolment.edition.lessons.order_by("number"):
            lesson.edition = enrolment.edition
            history.watch(enrolment, lesson, lesson.duration_s, at)
            at += timedelta(seconds=lesson.duration_s + 20)
    report(f"classmates have watched {COHORT_COURSE}")


def _place(person: Person | None, course_key: str, now: datetime) -> Enrolment | None:
    """Return the learner's place in the course, taken before the first sitting if there was none."""
    edition = Edition.objects.current().filter(course_key=course_key).select_related("base__base_profile").first()
    if person is None or edition is None:
        return None
    held = Enrolment.objects.of(person).filter(course_key=course_key).select_related("edition", "requirement")
    return held.order_by("-year").first() or enrolments.enrol(
        person=person, edition=edition, now=_ago(now, ENROLLED_DAYS_AGO)
    )


def _seal(now: datetime) -> None:
    """Seal the sittings as of yesterday and sign that day, so that the demo has a root to be checked against."""
    if Seal.objects.exists():
        return
    seals.give_seals(now=now - timedelta(days=1))
    roots.close_days(now=now)
    roots.anchor_roots(now=now)


def _ago(now: datetime, days: int) -> datetime:
    """Return an instant some days before `now`, in the same local year: a place counts in the year it is taken in."""
    new_year = datetime(enrolments.local_year(now), 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE))
    return now - min(timedelta(days=1), (now - new_year) / ENROLLED_DAYS_AGO) * days
