"""One life: the product and the model side by side, one act after the other.

Each method plays one act on both, holds what came of it against what must, and lets the clock go on.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from learning.actions import ledger_roots
from learning.models import CreditEntry, CreditFlag, Enrolment, Membership
from learning.rules.flags import FlagCode
from learning.rules.snapshots import Seen
from tests.factories import flags
from tests.learning.credit_machine import acts, jobs
from tests.learning.credit_machine.cast import HOMES, PEOPLE, course_of, put_in_force
from tests.learning.credit_machine.closing import SUBJECTS
from tests.learning.credit_machine.entries import AGAIN, DONE, MOVES, NOT_ELIGIBLE, Entry
from tests.learning.credit_machine.rule import Rule
from tests.learning.credit_machine.stage import STEP
from tests.learning.credit_machine.tables import same
from tests.learning.credit_machine.year_acts import YearActs


class World(YearActs):
    """What people do, and what must have come of it."""

    # Study

    def enrol(self, person: str, course: str, year: int) -> None:
        is_professional = bool(PEOPLE[person][1])
        expected = self.model.may_enrol(person, course, year, course_of(course), is_professional=is_professional)
        edition = self.cast.courses[course]
        name = "enrol" if year == self.year else "enrol for another year"
        self.play(name, lambda: acts.enrol(self.person(person), edition, year=year, now=self.now), expected)

    def watch(self, key: tuple[str, str, int], lesson: int) -> None:
        place, enrolment = self.model.places[key], self._enrolment(*key)
        number = enrolment.edition.lessons.get(number=lesson)
        may, ends_in = self.model.may_study(place, key[2]), self.year_after(ms=number.duration_ms)
        if self.play("watch", lambda: acts.watch(enrolment, number, now=self.now), DONE if may else "MayNotWatch"):
            place.watched.add(lesson)
            place.studied_in = ends_in
        self.pass_time(dt.timedelta(minutes=1))

    def sit(self, key: tuple[str, str, int], how: str) -> None:
        place, enrolment = self.model.places[key], self._enrolment(*key)
        is_new = len(place.watched) == place.lessons and not place.has_passed and place.attempts < 2
        may, ends_in = is_new and self.model.may_study(place, key[2]), self.year_after(ms=acts.EXAM_MS)
        self.play("sit", lambda: acts.sit(enrolment, how=how, now=self.now), DONE if may else NOT_ELIGIBLE)
        self.pass_time(dt.timedelta(minutes=35))
        if not may:
            return
        place.attempts += 1
        place.has_passed = how == acts.RIGHT
        if place.has_passed:
            place.studied_in = ends_in
            person, _course, year = key
            place.status = "credited"
            entry = Entry(person, year, place.subject, place.centihours, place.base, HOMES[person])
            self._earned(entry, CreditEntry.objects.get(enrolment=enrolment).pk)

    def claim(self, person: str, subject: str, centihours: int, document: str) -> None:
        """Claim hours from elsewhere; the same document earns once, whichever year it is claimed for."""
        made: list[CreditEntry] = []
        facts = {"subject": subject, "centihours": centihours, "document": document, "year": self.year}
        base = self.cast.offices["university"]
        claiming = lambda: made.append(acts.claim(self.person(person), base, **facts, now=self.now))  # type: ignore[arg-type]  # noqa: E731
        self.play("claim", claiming, DONE)
        is_new = (person, document) not in self.model.claimed
        same("a second claim of a document", is_new, made[0].pk not in self.entry_ids)
        if is_new:
            self.model.claimed.add((person, document))
            entry = Entry(person, made[0].year, subject, centihours, "university", HOMES[person])
            self._earned(entry, made[0].pk)

    def finish(self, person: str, course: str, year: int) -> None:
        """Enrol, watch what is unwatched, and pass; nothing more where that was done or may not be."""
        self.enrol(person, course, year)
        key = (person, course, year)
        place = self.model.places.get(key)
        if place is None or place.has_passed:
            return
        for lesson in {1, 2} - place.watched:
            self.watch(key, lesson)
        self.sit(key, acts.RIGHT)

    def fulfil(self, person: str, actor: int) -> None:
        """Claim more than any rule asks, and have all of the present year audited and confirmed, by whose it is."""
        for subject in SUBJECTS:
            self.claim(person, subject, 450, f"{subject} of {self.year}")
        for number, entry in self.of_kind("studied"):
            for verdict in ("approved", "confirmed"):
                if entry.key == (person, self.year) and (entry.state, verdict) in MOVES:
                    self.decide(verdict, number, self.apt(verdict, number, actor) or "cy")

    # Decisions

    def decide(self, verdict: str, number: int, by: str, *, is_stale: bool = False) -> None:
        entry, row = self.model.entries[number], self._entry(number)
        is_stale = is_stale and verdict in {"approved", "returned", "confirmed", "sent_back"}
        expected = self.model.may(verdict, entry, by, is_stale=is_stale)
        seen = len(entry.acts) + 1 if is_stale else None
        if self.play(verdict, lambda: acts.decide(verdict, row, self.person(by), now=self.now, seen=seen), expected):
            self.model.decide(verdict, entry, by)
            self.find_fresh()

    def of_closed_years(self) -> list[int]:
        """Return what was studied and confirmed in years that are closed."""
        years = self.model.years
        held = self.of_kind("studied")
        return [number for number, entry in held if entry.state == "confirmed" and years[entry.key].is_closed]

    def judge_again(self, number: int, actor: int, *, is_decided: bool) -> None:
        """Take an entry back, to be judged anew; `is_decided`: see what stands for it audited and confirmed."""
        first = len(self.model.entries)
        self.decide(AGAIN, number, self.apt(AGAIN, number, actor) or "cy")
        for fresh, entry in enumerate(self.model.entries[first:], start=first):
            for verdict in ("approved", "confirmed"):
                if is_decided and entry.is_again and (entry.state, verdict) in MOVES:
                    self.decide(verdict, fresh, self.apt(verdict, fresh, actor) or "cy")

    def decide_together(self, verdict: str, numbers: list[int], office: str, by: str, *, is_stale: bool) -> None:
        of_base = verdict == "approved"
        entries = [self.model.entries[number] for number in numbers]
        seen = [
            Seen(self.entry_ids[number], len(entry.acts) + is_stale)
            for number, entry in zip(numbers, entries, strict=True)
        ]
        may = self.model.is_auditor(by, office) if of_base else self.model.is_officer(by, office)
        done: list[int] = []

        def act() -> None:
            told = acts.decide_together(verdict, seen, self.cast.offices[office], self.person(by), now=self.now)
            done.extend(entry.pk for entry in told.done)

        if self.play(f"{verdict} together", act, DONE if may else "NotTheirs"):
            taken = jobs.together(self.model, verdict, entries, by, is_stale=is_stale)
            expected = {self.entry_ids[number] for number in numbers if self.model.entries[number] in taken}
            same("entries decided together", expected, set(done))

    def flag(self, number: int) -> None:
        entry = self.model.entries[number]
        if not entry.is_flagged and not CreditFlag.objects.filter(entry=self.entry_ids[number]).exists():
            flags.flag(self._entry(number), FlagCode.QUICK_EXAM, at=self.now)
            entry.is_flagged = True

    # Offices

    def move_office(self, person: str, office: str) -> None:
        """Take the person's office away, or give it back; it ends, and begins, at once."""
        role = PEOPLE[person][2][office]
        fact = (person, office, role.value)
        is_held = fact in self.model.roles
        row = {"person": self.person(person), "organisation": self.cast.offices[office], "role": role}
        if is_held:
            Membership.objects.filter(**row).delete()
            self.model.roles.discard(fact)
        else:
            Membership.objects.create(**row)
            self.model.roles.add(fact)
        self.note_office(person, office, is_held=not is_held, at=self.now)
        self.pass_time(STEP)

    def put_in_force(self, year: int, rule: Rule, writer: str, second: str) -> None:
        def act() -> None:
            with transaction.atomic():
                put_in_force(self.cast, year=year, rule=rule, writer=writer, second=second, now=self.now)

        if self.play("put in force", act, "SameOfficer" if writer == second else DONE):
            self.model.put_in_force(year, rule)

    def close_days(self) -> None:
        """Sign the roots of the days that are over."""
        ledger_roots.close_days(now=self.now)
        self.pass_time(STEP)

    def _earned(self, entry: Entry, number: int) -> None:
        self.model.earn(entry)
        self.entry_ids.append(number)

    def _entry(self, number: int) -> CreditEntry:
        return CreditEntry.objects.select_related("person", "requirement", "auditor", "bureau").get(
            pk=self.entry_ids[number]
        )

    def _enrolment(self, person: str, course: str, year: int) -> Enrolment:
        found = Enrolment.objects.select_related("edition", "person", "requirement")
        return found.get(person=self.person(person), course_key=course, year=year)
