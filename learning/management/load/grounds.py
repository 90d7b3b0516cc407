"""Where made people live and who decides on their hours: the demo's places, and staff of their own.

Laid once, by the verbs and builders that lay them in a demo; found again afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from learning.actions import editions
from learning.actions.editions import EditionDraft, LessonDraft
from learning.demo import places
from learning.demo.people import PASSWORD
from learning.models import (
    Edition,
    FlagPolicy,
    Membership,
    Organisation,
    Person,
    PublicTopic,
    Region,
    Requirement,
    Role,
)
from learning.rules.digests import digest_of
from learning.rules.requirements import SubjectKind

#: Who may sign in: in a demo with its password, elsewhere with the one the command was given, if any.
LEARNER: Final = "learner@people.test"
AUDITOR: Final = "auditor@people.test"
OFFICER, SECOND_OFFICER = "officer@people.test", "second-officer@people.test"
#: Email → for which bodies, in which role.
STAFF: Final = (
    (AUDITOR, "审核员", ("kaifeng-university", "education"), Role.AUDITOR),
    ("county-auditor@people.test", "县审核员", ("lankao-base",), Role.AUDITOR),
    (OFFICER, "经办人", ("kaifeng", "lankao"), Role.OFFICER),
    (SECOND_OFFICER, "第二经办人", ("kaifeng", "lankao"), Role.OFFICER),
)
LESSON_COUNT: Final = 3
COURSE_CENTIHOURS: Final = 200


class OtherPlaces(Exception):
    """The database has regions that are not the demo's: people cannot be made among them."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What made people stand on. `auditors`, `officers`: by the number of the body they act for."""

    year: int
    bodies: dict[str, Organisation]
    requirements: dict[str, Requirement]
    auditors: dict[int, int]
    officers: dict[int, int]
    courses: Sequence[Edition]
    policy: FlagPolicy | None
    password: str


@transaction.atomic
def lay(year: int, *, password: str, now: datetime) -> Grounds:
    """Return the grounds of a year, laid where they are missing. Raises: OtherPlaces."""
    if not Organisation.objects.filter(slug="kaifeng-university").exists():
        if Region.objects.exists():
            raise OtherPlaces
        places.build_regions()
        places.build_organisations()
    if not Requirement.objects.filter(region_id=places.KAIFENG, year=year).exists():
        places.build_requirements(year, now=now)
    password = password or (PASSWORD if settings.IS_DEMO else "")
    bodies = {
        body.slug: body for body in Organisation.objects.filter(slug__in=[row[0] for row in places.ORGANISATIONS])
    }
    acting = {email: _staff(email, name, password) for email, name, _slugs, _role in STAFF}
    for email, _name, slugs, role in STAFF:
        for slug in slugs:
            Membership.objects.get_or_create(person=acting[email], organisation=bodies[slug], role=role)
    rules = Requirement.objects.in_force().filter(region_id=places.KAIFENG, year=year).order_by("version")
    requirements = {rule.title_level: rule for rule in rules}
    return Grounds(
        year=year,
        bodies=bodies,
        requirements=requirements,
        auditors=_acting(acting, bodies, Role.AUDITOR),
        officers=_acting(acting, bodies, Role.OFFICER),
        courses=_courses(bodies, next(iter(requirements.values())), now=now),
        policy=FlagPolicy.objects.in_force(),
        password=password,
    )


def _staff(email: str, name: str, password: str) -> Person:
    held = Person.objects.filter(email=email).first()
    return held or Person.objects.create_user(email, password or None, full_name=name, region_id=places.KAIFENG)


def _acting(acting: dict[str, Person], bodies: dict[str, Organisation], role: Role) -> dict[int, int]:
    """Return who acts for each body in this role; the first of several."""
    found: dict[int, int] = {}
    for email, _name, slugs, held in STAFF:
        for slug in slugs if held == role else ():
            found.setdefault(bodies[slug].pk, acting[email].pk)
    return found


def _courses(bodies: dict[str, Organisation], rule: Requirement, *, now: datetime) -> list[Edition]:
    """Publish a public and a professional course of each base, by the verb; a second time finds them."""
    topics = PublicTopic.objects.filter(region_id=places.KAIFENG, year=rule.year).order_by("pk")
    return [
        editions.publish(draft=_course(bodies[slug], kind, topic, rule), by=None, now=now)
        for slug, topic in zip((row[0] for row in places.BASES), topics, strict=False)
        for kind in SubjectKind
    ]


def _course(base: Organisation, kind: SubjectKind, topic: PublicTopic, rule: Requirement) -> EditionDraft:
    """Return a course as long as its credit asks; it has no films."""
    key = f"made-{base.slug}-{kind}-{rule.year}"
    lecture_ms = -(-COURSE_CENTIHOURS * rule.hour_seconds * 10 // LESSON_COUNT // 1_000) * 1_000
    zh, en = (
        ("公需科目网络课程", "Public subjects online")
        if kind == SubjectKind.PUBLIC
        else ("专业科目网络课程", "Professional subjects online")
    )
    return EditionDraft(
        course_key=key,
        base=base,
        subject_kind=kind,
        topic=topic if kind == SubjectKind.PUBLIC else None,
        title_zh=zh,
        title_en=en,
        approved_centihours=COURSE_CENTIHOURS,
        requirement=rule,
        lessons=[_lesson(key, number, lecture_ms) for number in range(1, LESSON_COUNT + 1)],
    )


def _lesson(key: str, number: int, duration_ms: int) -> LessonDraft:
    name = f"{key}-{number}"
    return LessonDraft(
        title_zh=f"第{number}讲",
        title_en=f"Lecture {number}",
        duration_ms=duration_ms,
        media_digest=digest_of({"media": name}),
        media_name=f"made/{name}.mp4",
        poster_name="",
        captions_zh_name=f"made/{name}.zh.vtt",
        captions_en_name="",
    )
