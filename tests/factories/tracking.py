"""Factories of tracking's nouns, and a learner at a lesson: what every tracking test begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.test import Client
from factory.django import DjangoModelFactory

from learning.models import Enrolment, Lesson, Person
from tests.factories import learning as make
from tracking import access
from tracking.actions import tickets, viewings
from tracking.models import Coverage
from tracking.protocol import Open
from tracking.rules.runs import encode_runs

NOON_MS = int(make.NOON.timestamp() * 1_000)


class CoverageFactory(DjangoModelFactory[Coverage]):
    class Meta:
        model = Coverage

    runs = encode_runs((1 << 20) - 1)
    covered_s = 20
    updated_ms = NOON_MS


@dataclass(frozen=True)
class Learner:
    """A signed-in person with a place before lesson 1 of a course of two lessons of 60 s."""

    person: Person
    enrolment: Enrolment
    lesson: Lesson
    client: Client

    @property
    def session_key(self) -> str:
        key = self.client.session.session_key
        assert key is not None
        return key

    @property
    def place(self) -> access.Place:
        place = access.place_of(self.person, self.enrolment.course_key, self.lesson.number)
        assert place is not None
        return place

    def ticket(self, language: str = "") -> str:
        return tickets.issue(access.Place(self.enrolment, self.lesson), session_key=self.session_key, language=language)

    def read_ticket(self) -> tickets.Ticket:
        return tickets.read(self.ticket(), person_id=self.person.pk, session_key=self.session_key)

    def open(self, *, now_ms: int = NOON_MS, **said: object) -> viewings.OpenedViewing:
        return viewings.open_viewing(
            ticket=self.read_ticket(), said=opening(**said), device_label="Windows · Edge", now_ms=now_ms
        )


def opening(**said: object) -> Open:
    facts: dict[str, object] = {
        "ticket": "t",
        "device": "desk",
        "is_takeover": False,
        "resume": None,
        "previous": None,
    }
    return Open(**(facts | said))  # type: ignore[arg-type]


def learner(
    person: Person | None = None, *, seconds: int = 60, questions: Sequence[object] = (), **facts: object
) -> Learner:
    person = person or make.PersonFactory()
    edition = make.EditionFactory(lessons=[seconds, seconds], lessons__questions=list(questions), **facts)
    # The rule's year never closes under these tests, whatever the real date is.
    requirement = make.RequirementFactory(
        region=person.region, title_level=person.title_level, cutoff_on=dt.date(2099, 12, 31)
    )
    enrolment = make.EnrolmentFactory(person=person, edition=edition, requirement=requirement)
    client = Client()
    client.force_login(person)
    return Learner(person, enrolment, edition.lessons.get(number=1), client)
