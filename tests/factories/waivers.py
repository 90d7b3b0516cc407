"""A leave asked for, checked and granted by the real verbs, and years that are over."""

from __future__ import annotations

import datetime as dt
from typing import Any

from learning.actions import waivers
from learning.models import Evidence, Membership, Organisation, Person, Requirement, Role
from learning.rules.waivers import Absence, Ground
from tests.factories import learning as make

NOON = make.NOON
MINUTE = dt.timedelta(minutes=1)
#: A rule that waives leave from three months on, all of it from ten, and late starts; made up until April.
LENIENT: dict[str, Any] = {
    "leave_from_months": 3,
    "leave_whole_months": 10,
    "prorates_part_year": True,
    "makeup_until_on": dt.date(2027, 4, 30),
}


def leave(from_on: str = "2026-02-01", to_on: str = "2026-04-30", ground: Ground = Ground.PARENTAL) -> waivers.Asked:
    """Three months of leave, with the employer's letter."""
    absence = Absence(ground, dt.date.fromisoformat(from_on), dt.date.fromisoformat(to_on))
    return waivers.Asked(absence, document="汴建院人〔2026〕7号", note="")


class Bureau:
    """Kaifeng's bureau with two officers, and a lenient rule of 2026."""

    def __init__(self, **figures: Any) -> None:
        self.requirement: Requirement = make.RequirementFactory(**(LENIENT | figures))
        self.office: Organisation = make.BureauFactory(region=make.kaifeng())
        self.first, self.second = self._officer(), self._officer()

    def _officer(self) -> Person:
        officer: Person = make.PersonFactory(title_level="")
        Membership.objects.create(person=officer, organisation=self.office, role=Role.OFFICER)
        return officer

    def asked(self, person: Person, asked: waivers.Asked | None = None, *, now: dt.datetime = NOON) -> Evidence:
        return waivers.ask(person=person, year=2026, asked=asked or leave(), now=now)

    def checked(self, person: Person, asked: waivers.Asked | None = None, *, now: dt.datetime = NOON) -> Evidence:
        row = self.asked(person, asked, now=now)
        waivers.check(asked=row, by=self.first, reason_text="", now=now + MINUTE, seen=0)
        return row

    def granted(self, person: Person, asked: waivers.Asked | None = None, *, now: dt.datetime = NOON) -> Evidence:
        row = self.checked(person, asked, now=now)
        waivers.grant(asked=row, by=self.second, now=now + 2 * MINUTE, seen=1)
        return row
