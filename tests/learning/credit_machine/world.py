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
from tests.learning.credit_machine.long_acts import LongActs
from tests.learning.credit_machine.model import DONE, NOT_ELIGIBLE, Entry, Place, Rule
from tests.learning.credit_machine.stage import STEP
from tests.learning.credit_machine.tables import rows, same


class World(LongActs):
    """What people do, and what must have come of it."""

    # Study

    def enrol(self, person: str, course: str) -> None:
        is_professional = bool(PEOPLE[person][1])
        expected = self.model.may_enrol(person, course, self.year, course_of(course), is_professional=is_professional)
        self.play("enrol", lambda: acts.enrol(self.person(person), self.cast.courses[course], now=self.now), expected)

    def place(self, person: str, course: str) -> Place | None:
        return self.model.places.get((person, course, self.year))

    def watch(self, person: str, course: str, lesson: int) -> None:
        place, enrolment = self.place(person, course), self._enrolment(person, course)
        assert place is not None
        number = enrolment.edition.lessons.get(number=lesson)
        self.play("watch", lambda: acts.watch(enrolment, number, now=self.now), DONE)
        place.watched.add(lesson)
        self.pass_time(dt.timedelta(minutes=1))

    def sit(self, person: str, course: str, how: str) -> None:
        place, enrolment = self.place(person, course), self._enrolment(person, course)
        assert place is not None
        may = len(place.watched) == place.lessons and not place.has_passed and place.attempts < 2
        self.play("sit", lambda: acts.sit(enrolment, how=how, now=self.now), DONE if may else NOT_ELIGIBLE)
        self.pass_time(dt.timedelta(minutes=35))
        if not may:
            return
        place.attempts += 1
        place.has_passed = how == acts.RIGHT
        if place.has_passed:
            entry = Entry(person, self.year, place.subject, place.centihours, place.base, HOMES[person])
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

    def finish(self, person: str, course: str) -> None:
        """Enrol, watch what is unwatched, and pass; nothing more where that was done or may not be."""
        self.enrol(person, course)
        place = self.place(person, course)
        if place is None or place.has_passed:
            return
        for lesson in {1, 2} - place.watched:
            self.watch(person, course, lesson)
        self.sit(person, course, acts.RIGHT)

    # Decisions

    def decide(self, verdict: str, number: int, by: str, *, is_stale: bool = False) -> None:
        entry, row = self.model.entries[number], self._entry(number)
        is_stale = is_stale and verdict in {"approved", "returned", "confirmed", "sent_back"}
        expected = self.model.may(verdict, entry, by, is_stale=is_stale)
        seen = len(entry.acts) + 1 if is_stale else None
        if self.play(verdict, lambda: acts.decide(verdict, row, self.person(by), now=self.now, seen=seen), expected):
            self.model.decide(verdict, entry, by)

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

    def put_in_force(self, rule: Rule, writer: str, second: str) -> None:
        def act() -> None:
            with transaction.atomic():
                put_in_force(self.cast, year=self.year, rule=rule, writer=writer, second=second, now=self.now)

        if self.play("put in force", act, "SameOfficer" if writer == second else DONE):
            self.model.put_in_force(self.year, rule)

    def close_days(self) -> None:
        """Sign the roots of the days that are over."""
        ledger_roots.close_days(now=self.now)
        self.pass_time(STEP)

    # The two held against each other

    def compare(self) -> None:
        """Hold every entry, year and page against the model."""
        entries = {
            number: (state, count, public)
            for number, state, count, public in rows(
                "SELECT e.id, s.state, s.decision_count, e.subject_kind FROM learning_creditentry e "
                "JOIN learning_creditstanding s ON s.entry_id = e.id WHERE e.kind <> 'reversal'"
            )
        }
        for number, entry in zip(self.entry_ids, self.model.entries, strict=True):
            same(f"entry {number}", (entry.state, len(entry.acts), entry.subject), entries.pop(number, None))
        same("other entries", {}, entries)
        years = {
            (self.cast.name_of(person), year): (state, version)
            for person, year, state, version in rows(
                "SELECT r.person_id, r.year, r.state, q.version FROM learning_annualrecord r "
                "JOIN learning_requirement q ON q.id = r.requirement_id"
            )
        }
        same("years", {key: (year.state, year.version) for key, year in self.model.years.items()}, years)
        for key, year in self.model.years.items():
            told = [
                (str(page.state), page.facts["public_centihours"], page.facts["professional_centihours"])
                for page in self.pages_of(key)
            ]
            same(f"pages of {key}", [(page.state, page.public, page.professional) for page in year.pages], told)

    def _earned(self, entry: Entry, number: int) -> None:
        self.model.earn(entry)
        self.entry_ids.append(number)

    def _entry(self, number: int) -> CreditEntry:
        return CreditEntry.objects.select_related("person", "requirement", "auditor", "bureau").get(
            pk=self.entry_ids[number]
        )

    def _enrolment(self, person: str, course: str) -> Enrolment:
        found = Enrolment.objects.select_related("edition", "person", "requirement")
        return found.get(person=self.person(person), course_key=course, year=self.year)
