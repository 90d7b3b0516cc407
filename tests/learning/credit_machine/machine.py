"""Random lives of a city's year: everybody acts, rightly or not, and after every step I1 to I8 hold.

The steps choose; `World` plays them on the product and on the model. A life ends with the whole ledger verified
by its own check and by the verifier a stranger would run; nothing of it stays in the database.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.learning.credit_machine import acts
from tests.learning.credit_machine.cast import BUREAUS, COURSES, LEARNERS, PEOPLE, Cast
from tests.learning.credit_machine.entries import AGAIN, Entry
from tests.learning.credit_machine.verifying import verify_everything
from tests.learning.credit_machine.world import World
from tests.learning.credit_machine.year_rules import YearRules

ANYBODY, LEARNER = st.sampled_from(list(PEOPLE)), st.sampled_from(LEARNERS)
SUBJECT = st.sampled_from(["public", "professional"])
DOCUMENT = st.sampled_from(["degree", "congress", "paper", "project"])
NUMBER = st.integers(0, 10_000)
#: Whose years fill up from the beginning: an officer's among them.
FEW = ("ada", "officer who learns", "lin")
OFFICE_HOLDERS = [(name, office) for name, (_home, _level, roles) in PEOPLE.items() for office in roles]
ELAPSED = st.sampled_from(
    [dt.timedelta(minutes=10), dt.timedelta(hours=9), dt.timedelta(days=1), dt.timedelta(days=45)]
)
#: A verdict, and whether it is the next thing that may happen: most are.
LIKELY = {"earned": ["approved", "approved", "approved", "returned"], "returned": ["resubmitted"]}
LIKELY |= {"audited": ["confirmed", "confirmed", "confirmed", "sent_back"]}
LIKELY |= {"confirmed": ["reversed", AGAIN, "confirmed", "confirmed"]}
VERDICTS = ["approved", "returned", "resubmitted", "confirmed", "sent_back", "reversed", AGAIN]


class CreditMachine(YearRules):
    """One life; its cast is laid before, its rows are undone after."""

    cast: ClassVar[Cast]
    tally: ClassVar[Counter[tuple[str, str]]]

    @initialize(
        finished=st.lists(st.tuples(LEARNER, st.sampled_from(list(COURSES))), max_size=2, unique=True),
        claimed=st.lists(st.tuples(st.sampled_from(FEW), SUBJECT, DOCUMENT), min_size=4, max_size=10, unique=True),
        audited=st.integers(0, 10),
        fulfilled=st.lists(st.sampled_from(FEW), max_size=2, unique=True),
        is_late=st.booleans(),
    )
    def begin(
        self,
        finished: list[tuple[str, str]],
        claimed: list[tuple[str, str, str]],
        audited: int,
        fulfilled: list[str],
        *,
        is_late: bool,
    ) -> None:
        """Begin with courses finished and documents claimed and audited, so that there is something to decide on.

        Some lives begin when the year is over.
        """
        self.is_sound = False
        self.undo = contextlib.ExitStack()
        self.undo.enter_context(transaction.atomic())
        self.world = World(self.cast, self.tally)
        self.undo.callback(self.world.close)
        for person, course in finished:
            self.world.finish(person, course, self.world.year)
        for person, subject, document in claimed:
            self.world.claim(person, subject, 300, document)
        for number in range(min(audited, len(self.world.entry_ids))):
            self.world.decide("approved", number, self.world.apt("approved", number, number))
        for person in fulfilled:
            self.world.fulfil(person, 1)
        if is_late:
            self.world.pass_time(dt.timedelta(days=45))
        self.is_sound = True

    def teardown(self) -> None:
        """Verify the whole ledger of a life that went well; undo the life."""
        if not hasattr(self, "undo"):
            return
        try:
            if self.is_sound:
                connection.check_constraints()
                verify_everything(self.world.now)
        finally:
            transaction.set_rollback(True)
            self.undo.close()

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "world"):
            return
        self.is_sound = False
        self.world.compare()
        self.world.witness.look()
        self.is_sound = True

    # Study

    @rule(person=ANYBODY, course=st.sampled_from(list(COURSES)), back=st.sampled_from([0, 0, 1]))
    def enrol(self, person: str, course: str, back: int) -> None:
        with self.step():
            self.world.enrol(person, course, self.world.year - back)

    @precondition(lambda self: self.world.model.places)
    @rule(pick=NUMBER, how=st.sampled_from([acts.RIGHT, acts.RIGHT, acts.RIGHT, acts.WRONG, acts.LATE]))
    def study_on(self, pick: int, how: str) -> None:
        """Watch the next lecture of a place, or sit its exam; sometimes too early, too late or once too often."""
        with self.step():
            key = list(self.world.model.places)[pick % len(self.world.model.places)]
            place = self.world.model.places[key]
            unwatched = [number for number in (1, 2) if number not in place.watched]
            if unwatched and pick % 7:
                self.world.watch(key, unwatched[0])
            else:
                self.world.sit(key, how)

    @rule(person=LEARNER, course=st.sampled_from(list(COURSES)))
    def finish_a_course(self, person: str, course: str) -> None:
        with self.step():
            self.world.finish(person, course, self.world.year)

    @rule(person=LEARNER, subject=SUBJECT, centihours=st.sampled_from([10, 100, 250, 400]), document=DOCUMENT)
    def claim(self, person: str, subject: str, centihours: int, document: str) -> None:
        with self.step():
            self.world.claim(person, subject, centihours, document)

    # Decisions

    @precondition(lambda self: self.world.of_kind("studied"))
    @rule(pick=NUMBER, move=NUMBER, actor=NUMBER, by=ANYBODY, is_stale=st.sampled_from([False] * 7 + [True]))
    def decide(self, pick: int, move: int, actor: int, by: str, *, is_stale: bool) -> None:
        """Take a verdict: mostly the next one by whose it is, otherwise any by anybody."""
        with self.step():
            number, entry = self._picked(pick)
            likely = LIKELY.get(entry.state, VERDICTS)
            verdict = likely[move % len(likely)] if move % 5 else VERDICTS[move % len(VERDICTS)]
            self.world.decide(verdict, number, self.world.rightful(verdict, number, actor) or by, is_stale=is_stale)

    @precondition(lambda self: self.world.of_kind("studied"))
    @rule(pick=NUMBER, move=NUMBER, actor=NUMBER)
    def decide_as_one_should(self, pick: int, move: int, actor: int) -> None:
        """Take the next verdict by one of the office whose turn it is."""
        with self.step():
            number, entry = self._picked(pick)
            likely = LIKELY.get(entry.state, VERDICTS)
            verdict = likely[move % len(likely)]
            self.world.decide(verdict, number, self.world.apt(verdict, number, actor) or "cy")

    @precondition(lambda self: any(entry.kind == "waived" for entry in self.world.model.entries))
    @rule(pick=NUMBER, actor=NUMBER, by=ANYBODY, verdict=st.sampled_from(["reversed", AGAIN]))
    def take_back_what_was_waived(self, pick: int, actor: int, by: str, verdict: str) -> None:
        """Reverse an entry of a waiver, and with it its other one; for good, or to be judged again."""
        with self.step():
            held = self.world.of_kind("waived")
            granted = [row for row in held if row[1].state == "confirmed"] if pick % 4 else []
            number, _entry = (granted or held)[pick % len(granted or held)]
            self.world.decide(verdict, number, self.world.rightful(verdict, number, actor) or by)

    @rule(office=st.sampled_from(["university", *BUREAUS]), actor=NUMBER)
    def work_a_queue_off(self, office: str, actor: int) -> None:
        """Decide one by one on all that waits for an office."""
        with self.step():
            state, verdict = ("audited", "confirmed") if office in BUREAUS else ("earned", "approved")
            for number, entry in self.world.of_kind("studied"):
                if entry.state == state and office in {entry.base, entry.bureau}:
                    self.world.decide(verdict, number, self.world.apt(verdict, number, actor) or "cy")

    @precondition(lambda self: self.world.of_kind("studied"))
    @rule(verdict=st.sampled_from(["approved", "confirmed"]), pick=NUMBER, actor=NUMBER, by=ANYBODY)
    def decide_together(self, verdict: str, pick: int, actor: int, by: str) -> None:
        with self.step():
            first, chosen = self._picked(pick)
            office = chosen.base if verdict == "approved" else chosen.bureau
            numbers = [
                number
                for number, entry in self.world.of_kind("studied")
                if office == (entry.base if verdict == "approved" else entry.bureau) and (number + pick) % 4
            ]
            by = self.world.rightful(verdict, first, actor) or by
            self.world.decide_together(verdict, numbers, office, by, is_stale=pick % 9 == 0)

    @precondition(lambda self: self.world.of_kind("studied"))
    @rule(pick=NUMBER)
    def flag(self, pick: int) -> None:
        with self.step():
            self.world.flag(self._picked(pick)[0])

    # Offices and the clock

    @rule(holder=st.sampled_from(OFFICE_HOLDERS), again=st.booleans())
    def move_office(self, holder: tuple[str, str], *, again: bool) -> None:
        with self.step():
            self.world.move_office(*holder)
            if again:
                self.world.move_office(*holder)

    @rule(elapsed=ELAPSED)
    def time_passes(self, elapsed: dt.timedelta) -> None:
        self.world.pass_time(elapsed)

    @rule()
    def days_are_signed(self) -> None:
        with self.step():
            self.world.close_days()

    # Confirmation runs

    @rule(bureau=st.sampled_from(BUREAUS), actor=NUMBER, by=ANYBODY)
    def draft_a_run(self, bureau: str, actor: int, by: str) -> None:
        with self.step():
            self.world.draft_run(bureau, self.world.officer(bureau, actor) or by)

    @precondition(lambda self: self.world.runs)
    @rule(pick=NUMBER, actor=NUMBER, by=ANYBODY, is_bad=st.sampled_from([False, False, False, True]))
    def go_on_with_a_run(self, pick: int, actor: int, by: str, *, is_bad: bool) -> None:
        """Take the run's next step, mostly by whose it is."""
        with self.step():
            place = len(self.world.runs) - 1 - pick % min(3, len(self.world.runs))
            run = self.world.runs[place]
            first = run.officer if actor % 6 else by
            second = self.world.officer(run.bureau, actor) or by
            self.world.go_on(place, first, second, is_bad=is_bad)

    @precondition(lambda self: self.world.runs)
    @rule(pick=NUMBER, actor=NUMBER, by=ANYBODY)
    def stop_a_run(self, pick: int, actor: int, by: str) -> None:
        with self.step():
            place = pick % len(self.world.runs)
            self.world.stop_run(place, self.world.officer(self.world.runs[place].bureau, actor) or by)

    @precondition(lambda self: self.world.runs)
    @rule(pick=NUMBER, actor=NUMBER)
    def see_a_run_through(self, pick: int, actor: int) -> None:
        """Take every step that is left of a run, each by whose it is; a worker too many finds nothing to do."""
        with self.step():
            place = len(self.world.runs) - 1 - pick % min(3, len(self.world.runs))
            run = self.world.runs[place]
            for _step in range(12):
                if run.is_over:
                    break
                self.world.go_on(place, run.officer, self.world.second(run, actor), is_bad=False)
            self.world.work_run(place)

    # The certificate desk

    @rule(
        kind=st.sampled_from(["issue", "reissue", "revoke"]),
        bureau=st.sampled_from(BUREAUS),
        actor=NUMBER,
        by=ANYBODY,
        pick=NUMBER,
    )
    def begin_pages(self, kind: str, bureau: str, actor: int, by: str, pick: int) -> None:
        with self.step():
            self.world.begin_pages(kind, bureau, self.world.officer(bureau, actor) or by, pick)

    @precondition(lambda self: self.world.desk)
    @rule(pick=NUMBER)
    def carry_on_pages(self, pick: int) -> None:
        with self.step():
            self.world.carry_on(len(self.world.desk) - 1 - pick % min(2, len(self.world.desk)))

    def _picked(self, pick: int) -> tuple[int, Entry]:
        held = self.world.of_kind("studied")
        return held[pick % len(held)]

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """A step that fails leaves a life not worth verifying at its end."""
        self.is_sound = False
        yield
        self.is_sound = True
        self.tally["steps", "done"] += 1


def lives(max_examples: int, steps: int) -> settings:
    """Return the settings of so many lives of so many steps."""
    return settings(
        max_examples=max_examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
