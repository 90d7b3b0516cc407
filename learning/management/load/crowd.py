"""A crowd whose hours wait for one bureau, loaded in bulk: what measurements and kill tests confirm.

Every person has claimed hours that together fulfil their year, audited by a base of the
crowd's own. Knows tables; takes no verdict of the bureau.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import connection, transaction

from learning.actions import credits, rule_sets
from learning.models import (
    AnnualRecord,
    BaseProfile,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Membership,
    Organisation,
    Person,
    Region,
    Requirement,
    Role,
    RuleSet,
)
from learning.models.clock import database_now
from learning.rules.credit_states import State, Verdict
from learning.rules.digests import digest_of
from learning.rules.eligibility import Tier
from learning.rules.requirements import SubjectKind, TitleLevel

#: A year of these courses is fulfilled: one public, three professional, nine hours each.
SUBJECTS: Final = (SubjectKind.PUBLIC, *[SubjectKind.PROFESSIONAL] * 3)
COURSE_CENTIHOURS: Final = 900
YEAR: Final = 2026
STEP: Final = 2_000
_DIGEST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Offices:
    """The bureau and its two officers, shared by all crowds."""

    bureau: Organisation
    officer: Person
    second: Person
    requirement: Requirement


def offices() -> Offices:
    """Return the bureau, its officers and its rule, made at first use."""
    region, _made = Region.objects.get_or_create(code="410200", defaults={"name_zh": "开封市", "name_en": "Kaifeng"})
    bureau, _made = Organisation.objects.get_or_create(
        slug="crowd-bureau",
        defaults={
            "kind": Organisation.Kind.BUREAU,
            "tier": Tier.MUNICIPAL,
            "region": region,
            "name_zh": "人社局",
            "name_en": "Bureau",
        },
    )
    requirement = Requirement.objects.filter(region=region, year=YEAR).first() or _requirement_of(region)
    officer, second = (_member(bureau, Role.OFFICER, f"officer{number}@crowd.test") for number in (1, 2))
    return Offices(bureau, officer, second, requirement)


def _requirement_of(region: Region) -> Requirement:
    """Make the year's rule, in force since it began; rows enter a set only while it is a draft."""
    rule_set = RuleSet.objects.create(region=region, year=YEAR, effective_on=dt.date(YEAR, 1, 1))
    requirement = Requirement.objects.create(
        rule_set=rule_set,
        region=region,
        year=YEAR,
        title_level=TitleLevel.INTERMEDIATE,
        total_centihours=COURSE_CENTIHOURS * len(SUBJECTS),
        public_centihours=COURSE_CENTIHOURS,
        cutoff_on=dt.date(YEAR, 12, 31),
        issued_on=dt.date(YEAR, 1, 5),
    )
    rule_sets.lay(rule_set=rule_set, at=dt.datetime(YEAR, 1, 5, tzinfo=dt.UTC), now=database_now())
    return requirement


def _member(organisation: Organisation, role: Role, email: str) -> Person:
    person = Person.objects.filter(email=email).first() or Person.objects.create_user(email, full_name=email)
    Membership.objects.get_or_create(person=person, organisation=organisation, role=role)
    return person


@transaction.atomic
def load(name: str, *, entries: int, at: Offices, now: dt.datetime) -> Organisation:
    """Load so many audited entries of a new base, and return the base."""
    base, auditor = _base(name, at)
    plan = _plan(entries)
    while step := list(islice(plan, STEP)):
        _load_people(step, name=name, base=base, auditor=auditor, at=at, now=now)
    return base


@transaction.atomic
def load_met(name: str, *, people: int, at: Offices, now: dt.datetime) -> None:
    """Load so many people whose year is confirmed and met, and has no certificate: as a change of rule leaves it."""
    base, auditor = _base(name, at)
    numbers = iter(range(people))
    while step := list(islice(numbers, STEP)):
        _load_met(step, name=name, base=base, auditor=auditor, at=at, now=now)


def _base(name: str, at: Offices) -> tuple[Organisation, Person]:
    """Return a new base and its auditor."""
    base = Organisation.objects.create(
        slug=name,
        kind=Organisation.Kind.BASE,
        tier=Tier.MUNICIPAL,
        region=at.bureau.region,
        name_zh=name,
        name_en=name,
    )
    BaseProfile.objects.create(organisation=base, recognised_on=dt.date(2013, 7, 1))
    return base, _member(base, Role.AUDITOR, f"auditor@{name}.test")


def _plan(entries: int) -> Iterator[tuple[int, int]]:
    """Yield each person's number and how many entries they have, until there are enough."""
    number = 0
    while entries > 0:
        yield number, min(entries, len(SUBJECTS))
        entries -= len(SUBJECTS)
        number += 1


def _load_people(
    step: list[tuple[int, int]], *, name: str, base: Organisation, auditor: Person, at: Offices, now: dt.datetime
) -> None:
    people = _people([number for number, _held in step], name=name, at=at)
    entries = CreditEntry.objects.bulk_create(
        _entry(person, kind, number, base=base, at=at, now=now)
        for person, (_number, held) in zip(people, step, strict=True)
        for number, kind in enumerate(SUBJECTS[:held])
    )
    CreditStanding.objects.bulk_create(
        CreditStanding(entry=entry, state=State.AUDITED, holder=at.bureau, since=now, decision_count=1)
        for entry in entries
    )
    CreditDecision.objects.bulk_create(
        CreditDecision(
            entry=entry, sequence=1, verdict=Verdict.APPROVED, actor=auditor, organisation=base, decided_at=now
        )
        for entry in entries
    )
    AnnualRecord.objects.bulk_create(
        AnnualRecord(
            person=person,
            year=YEAR,
            requirement=at.requirement,
            pending_public_centihours=COURSE_CENTIHOURS,
            pending_professional_centihours=COURSE_CENTIHOURS * (held - 1),
        )
        for person, (_number, held) in zip(people, step, strict=True)
    )


def _people(numbers: list[int], *, name: str, at: Offices) -> list[Person]:
    return Person.objects.bulk_create(
        Person(
            full_name=f"学员{number}",
            email=f"{name}-{number}@crowd.test",
            password="!",  # noqa: S106 -- nobody signs in with it
            region=at.bureau.region,
            title_level=TitleLevel.INTERMEDIATE,
        )
        for number in numbers
    )


def _load_met(
    step: list[int], *, name: str, base: Organisation, auditor: Person, at: Offices, now: dt.datetime
) -> None:
    """Two entries a person: what the rule asks of public hours, and the rest of it."""
    rest = COURSE_CENTIHOURS * (len(SUBJECTS) - 1)
    people = _people(step, name=name, at=at)
    entries = CreditEntry.objects.bulk_create(
        _entry(person, kind, number, base=base, at=at, now=now, centihours=centihours)
        for person in people
        for number, (kind, centihours) in enumerate(
            ((SubjectKind.PUBLIC, COURSE_CENTIHOURS), (SubjectKind.PROFESSIONAL, rest))
        )
    )
    CreditStanding.objects.bulk_create(
        CreditStanding(entry=entry, state=State.CONFIRMED, since=now, decision_count=2) for entry in entries
    )
    verdicts = ((Verdict.APPROVED, auditor, base), (Verdict.CONFIRMED, at.officer, at.bureau))
    CreditDecision.objects.bulk_create(
        CreditDecision(
            entry=entry, sequence=sequence, verdict=verdict, actor=actor, organisation=office, decided_at=now
        )
        for entry in entries
        for sequence, (verdict, actor, office) in enumerate(verdicts, start=1)
    )
    AnnualRecord.objects.bulk_create(
        AnnualRecord(
            person=person,
            year=YEAR,
            requirement=at.requirement,
            confirmed_public_centihours=COURSE_CENTIHOURS,
            confirmed_professional_centihours=rest,
            state=AnnualRecord.State.MET,
            met_at=now,
        )
        for person in people
    )


def _entry(
    person: Person,
    kind: SubjectKind,
    number: int,
    *,
    base: Organisation,
    at: Offices,
    now: dt.datetime,
    centihours: int = COURSE_CENTIHOURS,
) -> CreditEntry:
    entry = CreditEntry(
        person=person,
        year=YEAR,
        kind=CreditEntry.Kind.CLAIMED,
        source_key=f"claim:{number}",
        title_zh=f"课程{number}",
        title_en=f"Course {number}",
        subject_kind=kind,
        centihours=centihours,
        auditor=base,
        bureau=at.bureau,
        requirement=at.requirement,
        evidence_digest=_DIGEST,
        earned_at=now,
    )
    entry.digest = digest_of(credits.facts_of(entry))
    return entry


def let_the_planner_know() -> None:
    """Tell PostgreSQL what the tables hold, as its own sweep would within the minute."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
