"""A crowd whose hours wait for one bureau, loaded in bulk: what measurements and kill tests confirm.

Every person has claimed hours that together fulfil their year, audited by a base of the
crowd's own. Knows tables; takes no verdict of the bureau.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db import transaction

from learning.actions import rule_sets
from learning.management.load import rows
from learning.management.load.ledger import Claim, entry_of
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
    records = [
        _record(person, at, pending_public_centihours=COURSE_CENTIHOURS, pending_professional_centihours=rest)
        for person, (_number, held) in zip(people, step, strict=True)
        for rest in [COURSE_CENTIHOURS * (held - 1)]
    ]
    courses = [[(kind, COURSE_CENTIHOURS) for kind in SUBJECTS[:held]] for _number, held in step]
    entries = _entries(people, records, courses, base=base, at=at, now=now)
    rows.write(people)
    rows.write(records)
    rows.write(entries)
    _stand(entries, now=now, state=State.AUDITED, holder_id=at.bureau.pk, decision_count=1)
    _decide(entries, 1, Verdict.APPROVED, auditor, base, now=now)
    rows.follow([Person, CreditEntry])


def _load_met(
    step: list[int], *, name: str, base: Organisation, auditor: Person, at: Offices, now: dt.datetime
) -> None:
    """Two entries a person: what the rule asks of public hours, and the rest of it."""
    rest = COURSE_CENTIHOURS * (len(SUBJECTS) - 1)
    met = {
        "confirmed_public_centihours": COURSE_CENTIHOURS,
        "confirmed_professional_centihours": rest,
        "state": AnnualRecord.State.MET,
        "met_at": now,
    }
    people = _people(step, name=name, at=at)
    records = [_record(person, at, **met) for person in people]
    courses = [[(SubjectKind.PUBLIC, COURSE_CENTIHOURS), (SubjectKind.PROFESSIONAL, rest)]] * len(step)
    entries = _entries(people, records, courses, base=base, at=at, now=now)
    rows.write(people)
    rows.write(records)
    rows.write(entries)
    _stand(entries, now=now, state=State.CONFIRMED, holder_id=None, decision_count=2)
    _decide(entries, 1, Verdict.APPROVED, auditor, base, now=now)
    _decide(entries, 2, Verdict.CONFIRMED, at.officer, at.bureau, now=now)
    rows.follow([Person, CreditEntry])


def _people(numbers: list[int], *, name: str, at: Offices) -> list[Person]:
    return [
        Person(
            pk=pk,
            full_name=f"学员{number}",
            email=f"{name}-{number}@crowd.test",
            password="!",  # noqa: S106 -- nobody signs in with it
            region_id=at.bureau.region_id,
            title_level=TitleLevel.INTERMEDIATE,
        )
        for pk, number in enumerate(numbers, start=rows.first_free(Person))
    ]


def _record(person: Person, at: Offices, **sums: Any) -> AnnualRecord:
    return AnnualRecord(person_id=person.pk, year=YEAR, requirement_id=at.requirement.pk, **sums)


def _entries(
    people: Sequence[Person],
    records: Sequence[AnnualRecord],
    courses: Sequence[Sequence[tuple[SubjectKind, int]]],
    *,
    base: Organisation,
    at: Offices,
    now: dt.datetime,
) -> list[CreditEntry]:
    """Return the entries of each person's courses: subject and centihours."""
    numbers = itertools.count(rows.first_free(CreditEntry))
    entries = []
    for person, record, held in zip(people, records, courses, strict=True):
        for number, (kind, centihours) in enumerate(held):
            facts = {
                "title_zh": f"课程{number}",
                "title_en": f"Course {number}",
                "subject_kind": kind,
                "centihours": centihours,
            }
            claim = Claim(facts, base, at.bureau, now, ())
            key = {"pk": next(numbers), "source_key": f"claim:{number}", "evidence_digest": _DIGEST}
            entries.append(entry_of(person, record, claim, **key))
    return entries


def _stand(entries: Sequence[CreditEntry], *, now: dt.datetime, **where: Any) -> None:
    rows.write([CreditStanding(entry_id=entry.pk, since=now, **where) for entry in entries])


def _decide(
    entries: Sequence[CreditEntry],
    sequence: int,
    verdict: Verdict,
    actor: Person,
    office: Organisation,
    *,
    now: dt.datetime,
) -> None:
    given = {"sequence": sequence, "verdict": verdict, "actor_id": actor.pk, "organisation_id": office.pk}
    rows.write([CreditDecision(entry_id=entry.pk, decided_at=now, **given) for entry in entries])
