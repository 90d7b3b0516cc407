"""The people of a run: learners with a place in one course, each signed in. A job of its own process.

Migrates the database, makes the rows in bulk and writes one line a learner to the cast's file:
person, enrolment, lesson and the key of the login session.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from learning.actions import rule_sets
from learning.models import Edition, Enrolment, Lesson, Organisation, Person, Region, Requirement, RuleSet
from learning.rules.eligibility import Tier
from learning.rules.requirements import SubjectKind, TitleLevel

COURSE_KEY: Final = "bench"
LESSON_NUMBER: Final = 1
#: Longer than any run, so that nobody comes to the end.
LESSON_S: Final = 6 * 3_600
_BATCH: Final = 2_000


def main(count: str, cast: str) -> None:
    """Make the learners and write the cast."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    with Path(cast).open("w", encoding="ascii") as out:
        out.writelines(f"{' '.join(row)}\n" for row in learners(int(count)))


def learners(count: int) -> Iterator[tuple[str, ...]]:
    """Make the learners, and yield each one's line of the cast."""
    now = timezone.now()
    edition, lesson, requirement = course(now.year)
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        persons = people((f"bench{number}" for number in numbers), requirement)
        enrolments = enrolled(persons, edition, requirement)
        logins = [signed_in(person, expires=now + timedelta(days=1)) for person in persons]
        Session.objects.bulk_create(logins)
        for person, enrolment, login in zip(persons, enrolments, logins, strict=True):
            yield str(person.pk), str(enrolment.pk), str(lesson.pk), login.session_key


def people(names: Iterable[str], requirement: Requirement) -> list[Person]:
    """Make people by these names, whom the requirement binds."""
    return Person.objects.bulk_create(
        Person(
            full_name=f"学员{name}",
            email=f"{name}@hourbook.test",
            region=requirement.region,
            title_level=requirement.title_level,
            password=f"!{hashlib.sha256(name.encode()).hexdigest()[:40]}",
        )
        for name in names
    )


def enrolled(persons: Iterable[Person], edition: Edition, requirement: Requirement) -> list[Enrolment]:
    """Enrol people in an edition, in the requirement's year."""
    return Enrolment.objects.bulk_create(
        Enrolment(
            person=person,
            edition=edition,
            year=requirement.year,
            requirement=requirement,
            course_key=edition.course_key,
            enrolled_at=timezone.now(),
        )
        for person in persons
    )


def course(year: int) -> tuple[Edition, Lesson, Requirement]:
    """Make one open course with one long lesson, and the rule its learners study under."""
    region = Region.objects.create(code="419900", name_zh="测试市", name_en="Bench city")
    base = Organisation.objects.create(
        kind=Organisation.Kind.BASE,
        tier=Tier.MUNICIPAL,
        slug="bench",
        name_zh="测试基地",
        name_en="Bench base",
        region=region,
    )
    edition = edition_of(base, COURSE_KEY)
    lesson = lesson_of(edition, LESSON_NUMBER, duration_s=LESSON_S)
    lesson.save()
    return edition, lesson, requirement_of(region, year)


def requirement_of(region: Region, year: int) -> Requirement:
    """Make the rule of a year, in force since it began."""
    rule_set = RuleSet.objects.create(region=region, year=year, effective_on=date(year, 1, 1))
    requirement = Requirement.objects.create(
        rule_set=rule_set,
        region=region,
        year=year,
        title_level=TitleLevel.INTERMEDIATE,
        total_centihours=9_000,
        public_centihours=2_600,
        cutoff_on=date(year + 1, 12, 31),
        issued_on=date(year, 1, 1),
    )
    rule_sets.lay(rule_set=rule_set, at=datetime(year, 1, 1, tzinfo=UTC), now=timezone.now())
    return requirement


def edition_of(base: Organisation, course_key: str) -> Edition:
    """Make an open course without lessons."""
    return Edition.objects.create(
        course_key=course_key,
        version=1,
        base=base,
        subject_kind=SubjectKind.PROFESSIONAL,
        title_zh="测试课程",
        title_en="Bench course",
        approved_centihours=800,
        hour_seconds=2_700,
        exam_required=False,
        digest=hashlib.sha256(course_key.encode()).hexdigest(),
        published_at=timezone.now(),
    )


def lesson_of(edition: Edition, number: int, *, duration_s: int) -> Lesson:
    """Return a lesson, not yet stored."""
    name = f"{edition.course_key}-{number}"
    return Lesson(
        edition=edition,
        number=number,
        title_zh=f"第{number}讲",
        title_en=f"Lecture {number}",
        duration_ms=duration_s * 1_000,
        media_digest=hashlib.sha256(name.encode()).hexdigest(),
        media_name=f"lectures/{name}.mp4",
        captions_zh_name=f"lectures/{name}.zh.vtt",
    )


def signed_in(person: Person, *, expires: datetime) -> Session:
    """Return the login session of a person, as signing in would have made it; not yet stored."""
    store = SessionStore(session_key=hashlib.sha256(f"bench-login-{person.pk}".encode()).hexdigest()[:32])
    facts = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    login = cast("Session", store.create_model_instance(facts))
    login.expire_date = expires
    return login
