"""A whole year of study, walked through the real verbs: published, enrolled, watched, passed, audited, confirmed.

Nothing is written past the verbs, so that the ledger check finds every row as
the product would leave it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from learning import ledger_check
from learning.actions import credits, editions, enrolments, evidence, ledger_links
from learning.models import (
    Certificate,
    CreditEntry,
    Edition,
    Enrolment,
    LedgerLink,
    Membership,
    Organisation,
    Person,
    PublicTopic,
    Requirement,
    Role,
    RuleSet,
)
from learning.rules.ledger_chain import LinkKind
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make


@dataclass(frozen=True, slots=True)
class Year:
    """Who took part in the year, and what came of it."""

    person: Person
    requirement: Requirement
    base: Organisation
    bureau: Organisation
    auditor: Person
    officer: Person
    entries: list[CreditEntry]
    now: dt.datetime

    @property
    def certificate(self) -> Certificate:
        """The page issued for the year; fails unless it was confirmed."""
        return Certificate.objects.get(record__person=self.person, year=self.requirement.year)


def fulfilled_year(
    *,
    person: Person | None = None,
    requirement: Requirement | None = None,
    base: Organisation | None = None,
    bureau: Organisation | None = None,
    public_centihours: int = 2_600,
    professional_centihours: int = 6_200,
    stop_at: str = "confirmed",
    now: dt.datetime = make.NOON,
) -> Year:
    """Fulfil a year with one public and one professional course (26.0 + 62.0 = 88.0 hours).

    `stop_at`: "earned", "audited" or "confirmed" (then the certificate is
    issued). Each step is a minute after the one before it; the last is at `now`.
    """
    person = person or _learner()
    assert person.region is not None
    requirement = requirement or make.RequirementFactory(region=person.region, title_level=person.title_level)
    hold_fast(requirement.rule_set, now=now - dt.timedelta(minutes=10))
    bureau = bureau or Organisation.objects.filter(kind=Organisation.Kind.BUREAU, region=person.region).first()
    bureau = bureau or make.BureauFactory(
        region=person.region, name_zh="开封市人力资源和社会保障局", name_en="Kaifeng HR Bureau"
    )
    base = base or make.BaseFactory(region=person.region)
    auditor, officer = member(base, Role.AUDITOR), member(bureau, Role.OFFICER)
    entries = [
        earn(person=person, edition=edition, now=now - dt.timedelta(minutes=10))
        for edition in (
            published(
                base=base, requirement=requirement, kind=SubjectKind.PUBLIC, centihours=public_centihours, now=now
            ),
            published(
                base=base,
                requirement=requirement,
                kind=SubjectKind.PROFESSIONAL,
                centihours=professional_centihours,
                now=now,
            ),
        )
    ]
    if stop_at in {"audited", "confirmed"}:
        for entry in entries:
            credits.approve(entry=entry, by=auditor, now=now - dt.timedelta(minutes=5))
    if stop_at == "confirmed":
        for entry in entries:
            credits.confirm(entry=entry, by=officer, now=now)
    return Year(person, requirement, base, bureau, auditor, officer, entries, now)


def hold_fast(rule_set: RuleSet, *, now: dt.datetime) -> None:
    """Link the rule that a factory laid, once, as the migration linked those that were there before it."""
    if not LedgerLink.objects.filter(kind=LinkKind.RULE_SET, subject_id=rule_set.pk).exists():
        ledger_links.append(ledger_links.of_rule_set(rule_set), now=now)


def differences() -> list[str]:
    """Judge the ledger, once the rules that factories laid are held fast; the siblings' own checks are theirs."""
    for rule_set in RuleSet.objects.filter(issued_at__isnull=False).order_by("pk"):
        hold_fast(rule_set, now=make.NOON)
    return [found for found in ledger_check.run().differences if not found.startswith(("tracking:", "assessments:"))]


def _learner() -> Person:
    person: Person = make.PersonFactory(full_name="陈慧", full_name_en="Chen Hui")
    person.set_id_number("410203198802032626")
    person.save()
    return person


def member(organisation: Organisation, role: Role) -> Person:
    """Return who acts for the organisation in the role, hiring somebody at first use."""
    held = Membership.objects.filter(organisation=organisation, role=role).select_related("person").first()
    if held is not None:
        return held.person
    person: Person = make.PersonFactory(title_level="")
    Membership.objects.create(person=person, organisation=organisation, role=role)
    return person


def published(
    *, base: Organisation, requirement: Requirement, kind: SubjectKind, centihours: int, now: dt.datetime = make.NOON
) -> Edition:
    """Publish a course of two lectures that is just long enough for its credit, with an exam."""
    seconds = -(-centihours * requirement.hour_seconds // 100)
    number = Edition.objects.count() + 1
    topic: PublicTopic | None = None
    if kind == SubjectKind.PUBLIC:
        topic = make.PublicTopicFactory(region=requirement.region, year=requirement.year)
    draft = editions.EditionDraft(
        course_key=f"{kind}-{number}",
        base=base,
        subject_kind=kind,
        topic=topic,
        title_zh=f"课程{number}",
        title_en=f"Course {number}",
        approved_centihours=centihours,
        requirement=requirement,
        lessons=[
            lecture(number, part, length) for part, length in enumerate((seconds // 2, seconds - seconds // 2), 1)
        ],
        exam_question_count=5,
    )
    return editions.publish(draft=draft, by=None, now=now - dt.timedelta(days=90))


def lecture(course: int, part: int, seconds: int) -> editions.LessonDraft:
    """Describe a lecture whose file does not exist: its digest and length are enough here."""
    return editions.LessonDraft(
        title_zh=f"第{part}讲",
        title_en=f"Lecture {part}",
        duration_ms=seconds * 1_000,
        media_digest=hashlib.sha256(f"{course}/{part}".encode()).hexdigest(),
        media_name=f"lectures/{course}-{part}.mp4",
        poster_name="",
        captions_zh_name=f"lectures/{course}-{part}.zh.vtt",
        captions_en_name="",
    )


def earn(*, person: Person, edition: Edition, now: dt.datetime = make.NOON) -> CreditEntry:
    """Enrol, watch every lecture, pass the exam; return the entry that was earned."""
    enrolment: Enrolment = enrolments.enrol(person=person, edition=edition, now=now - dt.timedelta(days=30))
    for lesson in edition.lessons.all():
        digest = hashlib.sha256(f"viewing {enrolment.pk}/{lesson.number}".encode()).hexdigest()
        evidence.record_watched(enrolment=enrolment, lesson=lesson, covered_s=lesson.duration_s, digest=digest, now=now)
    digest = hashlib.sha256(f"attempt {enrolment.pk}".encode()).hexdigest()
    evidence.record_passed(enrolment=enrolment, score_percent=88, attempt_id=enrolment.pk, digest=digest, now=now)
    return CreditEntry.objects.get(enrolment=enrolment)
