"""Making people in bulk: each with an ID number, a year, hours in every state, and the ledger over them.

A block of people is one transaction; memory holds one block, however many there are to be. With the
same seed, year and numbers the same rows come out, but for what must never come out twice: the nonce
that seals an ID number.
"""

from __future__ import annotations

import datetime as dt
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from learning.demo import places
from learning.demo.people import id_number
from learning.management.load.grounds import LEARNER, Grounds
from learning.management.load.invented import (
    FLAGGED_PER_MILLE,
    PROFESSIONAL,
    PUBLIC,
    SHOWN,
    TITLES,
    WAITS_FOR_BASE,
    Invented,
    Part,
    id_stem,
    invent,
    shares,
)
from learning.management.load.ledger import Claim, Ledger
from learning.models import (
    AnnualRecord,
    CreditEntry,
    CreditFlag,
    CreditScreening,
    Enrolment,
    Membership,
    Organisation,
    Person,
    Requirement,
    Role,
)
from learning.models.person import blind_index
from learning.rules import check_codes
from learning.rules.credit_states import PENDING, State, state_after
from learning.rules.flags import FlagCode
from learning.rules.requirements import SubjectKind, TitleLevel, is_met

#: People written in one transaction.
BLOCK: Final = 1_000
#: What is told of a year ends here at the latest, so that the same year comes out whenever it is made.
_LAST_TOLD: Final = (11, 1)
_STEP_CENTIHOURS: Final = 50
#: Of the county or not → who employs them, so that every industry has its people.
EMPLOYERS: Final = {True: ("lankao-hospital",), False: ("design-institute", "experimental-school", "weishi-hospital")}
_NO_PASSWORD: Final = "!"  # noqa: S105 -- what nobody can type
_TITLES: Final = {
    PUBLIC: ("公需科目集中面授班", "Public subjects, face-to-face class"),
    PROFESSIONAL: ("专业技术人员研修班", "Workshop for professional personnel"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the making is."""

    people: int
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a year that is told."""

    start: dt.datetime
    end: dt.datetime

    @classmethod
    def of(cls, year: int, now: dt.datetime) -> Span:
        """Return the year up to its last told day, or to the day before `now`'s."""
        zone = ZoneInfo(settings.TIME_ZONE)
        start = dt.datetime(year, 1, 1, tzinfo=zone)
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        end = max(start, min(dt.datetime(year, *_LAST_TOLD, tzinfo=zone), today))
        return cls(start.astimezone(dt.UTC), end.astimezone(dt.UTC))

    def at(self, share: float) -> dt.datetime:
        """Return the instant, in whole seconds."""
        return self.start + dt.timedelta(seconds=int((self.end - self.start).total_seconds() * share))


def make(
    how_many: int,
    *,
    on: Grounds,
    seed: int,
    now: dt.datetime,
    tell: Callable[[Progress], None] = lambda _progress: None,
) -> Progress:
    """Make so many people; `tell` hears of every block."""
    began_s, written, made = time.monotonic(), 0, 0
    span = Span.of(on.year, now)
    while made < how_many:
        size = min(BLOCK, how_many - made)
        with transaction.atomic(), _no_rubbish():
            block = _Block(on, span, seed)
            for _place in range(size):
                block.add_person()
            written += block.ledger.write(now)
        made += size
        tell(Progress(made, written, time.monotonic() - began_s))
    return Progress(made, written, time.monotonic() - began_s)


@contextmanager
def _no_rubbish() -> Iterator[None]:
    """Look for no cycles among rows that all live until they are written: a third of the time went there."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Block:
    """One block in the making."""

    def __init__(self, on: Grounds, span: Span, seed: int) -> None:
        self.on, self.span, self.seed = on, span, seed
        self.ledger = Ledger()
        self.shown = Person.objects.filter(email=LEARNER).exists()
        self.employers = {of_county: [on.bodies[slug] for slug in EMPLOYERS[of_county]] for of_county in EMPLOYERS}

    def add_person(self) -> None:
        """Invent the next person and write their year."""
        number = self.ledger.number(Person)
        told = invent(self.seed, number)
        region = places.LANKAO if told.is_of_county else places.KAIFENG
        person = self._person(told, number, region)
        story = told.story if self.shown else SHOWN
        if not self.shown:
            person.email, self.shown = LEARNER, True
            if self.on.password:
                person.set_password(self.on.password)
        self.ledger.add(person)
        employers = self.employers[told.is_of_county]
        employer = employers[number % len(employers)] if told.is_employed else None
        if employer is not None:
            self.ledger.add(Membership(person_id=number, organisation=employer, role=Role.EMPLOYEE))
        if not story.parts and not story.courses:
            return
        record = AnnualRecord(
            pk=self.ledger.number(AnnualRecord),
            person_id=number,
            year=self.on.year,
            requirement=self.on.requirements[told.level],
        )
        self._enrol(person, told, story.courses, record.requirement)
        entries = [self._claim(person, told, record, part) for part in story.parts]
        self._judge(record, entries, has_page=story.has_page)
        self.ledger.add(record)
        if record.state == AnnualRecord.State.CONFIRMED:
            self._certify(person, told, record, [entry for entry, _state, _at in entries], employer)

    def _person(self, told: Invented, number: int, region: str) -> Person:
        title_zh, title_en = TITLES[told.level]
        person = Person(
            pk=number,
            full_name=told.name_zh,
            full_name_en=told.name_en,
            password=_NO_PASSWORD,
            region_id=region,
            title_level=told.level,
            promotion_track=told.track,
            title_zh=title_zh,
            title_en=title_en,
            date_joined=self.span.start,
        )
        person.set_id_number(id_number(id_stem(region, number)))
        return person

    def _enrol(self, person: Person, told: Invented, how_many: int, rule: Requirement) -> None:
        """Give places in courses under way."""
        for course in told.turn.sample(self.on.courses, how_many):
            number, at = self.ledger.number(Enrolment), self.span.at(told.turn.uniform(0.5, 0.95))
            self.ledger.add(
                Enrolment(
                    pk=number,
                    person_id=person.pk,
                    edition_id=course.pk,
                    year=self.on.year,
                    requirement_id=rule.pk,
                    course_key=course.course_key,
                    topic_id=course.topic_id,
                    enrolled_at=at,
                )
            )
            self.ledger.log(
                action="enrolment.enrol",
                subject=f"enrolment:{number}",
                now=at,
                actor_id=person.pk,
                organisation_id=course.base_id,
            )

    def _claim(
        self, person: Person, told: Invented, record: AnnualRecord, part: Part
    ) -> tuple[CreditEntry, State, dt.datetime]:
        """Write one part of the year; return its entry, where it stands and since when."""
        times = [self.span.at(share) for share in shares(part, told.turn)]
        is_flagged = part.path == WAITS_FOR_BASE and told.turn.randrange(1_000) < FLAGGED_PER_MILLE
        title_zh, title_en = _TITLES[part.subject]
        facts: dict[str, Any] = {
            "title_zh": title_zh,
            "title_en": title_en,
            "subject_kind": str(part.subject),
            "centihours": _centihours(part, record.requirement),
            "document": f"HB-{self.on.year}-{person.pk:08d}-{part.subject}-{part.percent}",
        }
        if is_flagged:
            facts["id_number_index"] = blind_index(id_number(id_stem(places.HUBEI, person.pk)))
        claim = Claim(
            facts,
            self._auditor(told, part.subject),
            self._bureau(told),
            times[0],
            [*zip(part.path, times[1:], strict=True)],
        )
        entry = self.ledger.claim(person, claim, record, self._actor_of)
        if part.path == WAITS_FOR_BASE and self.on.policy is not None:
            self._screen(entry, is_flagged=is_flagged)
        return entry, state_after(part.path), times[-1]

    def _screen(self, entry: CreditEntry, *, is_flagged: bool) -> None:
        policy, at = self.on.policy, entry.earned_at
        figures = {FlagCode.IDENTITY: 1} if is_flagged else {}
        self.ledger.add(CreditScreening(entry_id=entry.pk, policy=policy, figures=figures, screened_at=at))
        if is_flagged:
            code = str(FlagCode.IDENTITY)
            self.ledger.add(
                CreditFlag(entry_id=entry.pk, code=code, policy=policy, facts={"figure": 1}, computed_at=at)
            )

    def _auditor(self, told: Invented, subject: SubjectKind) -> Organisation:
        """Juniors of the county learn there; some professional hours come by way of the industry department."""
        if told.is_of_county and told.level == TitleLevel.JUNIOR:
            return self.on.bodies["lankao-base"]
        by_department = subject == PROFESSIONAL and told.turn.random() < 0.3  # noqa: PLR2004 -- three in ten
        return self.on.bodies["education" if by_department else "kaifeng-university"]

    def _bureau(self, told: Invented) -> Organisation:
        return self.on.bodies["lankao" if told.is_of_county else "kaifeng"]

    def _actor_of(self, body_id: int) -> int:
        return self.on.auditors.get(body_id) or self.on.officers[body_id]

    def _judge(
        self, record: AnnualRecord, entries: Sequence[tuple[CreditEntry, State, dt.datetime]], *, has_page: bool
    ) -> None:
        """Add the year up and say how it stands, as `records.refresh` and `register` would have."""
        for entry, state, _at in entries:
            if state == State.CONFIRMED or state in PENDING:
                column = f"{'confirmed' if state == State.CONFIRMED else 'pending'}_{entry.subject_kind}_centihours"
                setattr(record, column, getattr(record, column) + entry.centihours)
        if entries and is_met(record.requirement.as_rule(), record.confirmed):
            record.met_at = max(at for _entry, _state, at in entries)
            record.state = AnnualRecord.State.MET
            if has_page:
                record.state, record.confirmed_at = AnnualRecord.State.CONFIRMED, record.met_at

    def _certify(
        self,
        person: Person,
        told: Invented,
        record: AnnualRecord,
        entries: list[CreditEntry],
        employer: Organisation | None,
    ) -> None:
        at = record.confirmed_at or self.span.end
        self.ledger.page(
            person,
            record,
            sorted(entries, key=lambda entry: (entry.earned_at, entry.pk)),
            employer=employer,
            code=check_codes.fresh(told.turn.choice),
            by_id=self.on.officers[self._bureau(told).pk],
            at=at,
        )


def _centihours(part: Part, rule: Requirement) -> int:
    """Return the part's share of what the rule asks of its subject, rounded up to half an hour."""
    asked = rule.public_centihours if part.subject == PUBLIC else rule.total_centihours - rule.public_centihours
    return -(-asked * part.percent // (100 * _STEP_CENTIHOURS)) * _STEP_CENTIHOURS
