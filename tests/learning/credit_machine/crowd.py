"""Many at once: threads with connections of their own play random acts on the same few entries, from one seed.

Nobody knows beforehand who is first. Afterwards every verdict that was told as done stands in the ledger exactly
once, nothing else does, and I1 to I8 hold. The seed repeats who tries what, not the machine's timing.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import close_old_connections, connections

from learning.actions import certificate_runs, confirmation_chunks, confirmation_runs, ledger_roots
from learning.models import (
    AuditLogEntry,
    Certificate,
    CertificateRun,
    ConfirmationRun,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Enrolment,
    Person,
)
from learning.models.clock import database_now
from learning.rules.snapshots import Seen
from tests.factories.learning import NOON
from tests.learning.credit_machine import acts
from tests.learning.credit_machine.cast import BUREAUS, COURSES, LEARNERS, PEOPLE, YEARS, Cast, assemble, put_in_force
from tests.learning.credit_machine.invariants import Witness
from tests.learning.credit_machine.machine import LIKELY, RULES, VERDICTS
from tests.learning.credit_machine.model import DONE
from tests.learning.credit_machine.tables import Broken
from tests.learning.credit_machine.verifying import verify_everything

WAIT_S = 120
#: Entries that are fought over at a time.
HOT = 6
COURSES_AT_FIRST = ("bridges", "ethics", "tunnels", "wells")


@dataclass
class Told:
    """What the threads were told: outcomes by act, verdicts by entry, and what should never be said."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[tuple[int, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def study(cast: Cast, person: str, course: str) -> None:
    """Study a course whole, in the days before, an hour after the course before it."""
    held = Enrolment.objects.filter(person=cast.people[person]).count()
    at = NOON - dt.timedelta(days=2) + dt.timedelta(hours=held)
    acts.enrol(cast.people[person], cast.courses[course], now=at)
    enrolment = Enrolment.objects.select_related("edition", "person", "requirement").get(
        person=cast.people[person], course_key=course
    )
    for lesson in enrolment.edition.lessons.order_by("number"):
        at += 5 * acts.MINUTE
        acts.watch(enrolment, lesson, now=at)
    acts.sit(enrolment, how=acts.RIGHT, now=at + 5 * acts.MINUTE)


class Crowd:
    """The threads and the seed they choose by."""

    def __init__(self, *, seed: int, threads: int, acts_each: int) -> None:
        """Lay the cast, and hours that wait for their offices."""
        self.cast, self.seed, self.threads, self.acts_each = assemble(), seed, threads, acts_each
        self.told, self.witness = Told(), Witness()
        for name, (_home, _level, roles) in PEOPLE.items():
            for office in roles:
                held = (NOON - dt.timedelta(365), self.cast.people[name].pk, self.cast.offices[office].pk, True)
                self.witness.offices.append(held)
        for person in LEARNERS:
            for course in COURSES_AT_FIRST:
                acts.outcome_of(lambda person=person, course=course: study(self.cast, person, course))  # type: ignore[misc]

    def run(self) -> float:
        """Let all of them act; return the seconds it took."""
        start = threading.Barrier(self.threads)
        crowd = [threading.Thread(target=self._live, args=(number, start)) for number in range(self.threads)]
        began_s = time.monotonic()
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join(WAIT_S + self.acts_each)
        self.told.faults += [f"{thread.name} never ended" for thread in crowd if thread.is_alive()]
        return time.monotonic() - began_s

    def judge(self) -> list[str]:
        """Return everything that is wrong."""
        faults = list(self.told.faults)
        for check in (self._one_winner, self.witness.look, lambda: verify_everything(database_now())):
            try:
                check()
            except Broken as broken:
                faults.append(str(broken))
        return faults

    def _one_winner(self) -> None:
        """Every verdict in the ledger was told to exactly one, singly, in a batch or by a run's chunk."""
        stands = Counter(CreditDecision.objects.values_list("entry_id", "verdict"))
        chunks = AuditLogEntry.objects.filter(action=confirmation_chunks.CONFIRMED_CHUNK)
        told = self.told.verdicts + Counter(
            (entry, "confirmed") for line in chunks for entry, _sequence in line.facts["decisions"]
        )
        if stands != told:
            raise Broken(f"one winner: {dict(stands - told)} told to nobody, {dict(told - stands)} stands nowhere")

    def _live(self, number: int, start: threading.Barrier) -> None:
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311 -- a test's dice
        actor = Actor(self, chance, number)
        try:
            start.wait(WAIT_S)
            for _act in range(self.acts_each):
                actor.act()
        except Exception as fault:  # noqa: BLE001 -- whatever ends a thread is told
            self.told.faults.append(f"thread {number}: {fault!r}")
        finally:
            connections.close_all()


class Actor:
    """One thread's hands."""

    def __init__(self, crowd: Crowd, chance: random.Random, number: int) -> None:
        """Act by these dice."""
        self.cast, self.told, self.chance, self.number = crowd.cast, crowd.told, chance, number

    def act(self) -> None:
        """Do one thing; whatever is neither done nor refused is a fault."""
        name = self.chance.choices(
            ["decide", "together", "run", "pages", "claim", "study", "rule", "days"], [48, 12, 16, 12, 4, 4, 2, 2]
        )[0]
        began: dict[str, Callable[[], str]] = {
            "decide": self._decide,
            "together": self._together,
            "run": self._run,
            "pages": self._pages,
            "claim": self._claim,
            "study": self._study,
            "rule": self._rule,
            "days": self._days,
        }
        try:
            outcome = began[name]()
        except Exception as fault:  # noqa: BLE001 -- a fault of the product, told with the act it befell
            outcome = type(fault).__name__
            self.told.faults.append(f"{name}: {fault!r}")
            close_old_connections()
        with self.told.lock:
            self.told.outcomes[name, outcome] += 1

    def _entries(self) -> list[CreditEntry]:
        """Return the few entries everybody is after now: those last moved or made."""
        found = CreditEntry.objects.exclude(kind="reversal").select_related(
            "person", "requirement", "auditor", "bureau"
        )
        return list(found.order_by("-standing__decision_count", "pk"))[: HOT * 3]

    def _decide(self) -> str:
        entry = self.chance.choice(self._entries()[: self.chance.choice([2, HOT, HOT * 3])])
        standing = CreditStanding.objects.get(pk=entry.pk)
        verdict = self.chance.choice(LIKELY.get(standing.state, VERDICTS))
        by = self._by(verdict, entry)
        seen = self.chance.choice([None, standing.decision_count])
        outcome = acts.outcome_of(lambda: acts.decide(verdict, entry, by, now=database_now(), seen=seen))
        self._note([entry.pk] if outcome == DONE else [], verdict)
        return outcome

    def _together(self) -> str:
        verdict = self.chance.choice(["approved", "confirmed"])
        office = self.cast.offices[
            self.chance.choice(["university", "county base"] if verdict == "approved" else BUREAUS)
        ]
        column = "auditor" if verdict == "approved" else "bureau"
        state = "earned" if verdict == "approved" else "audited"
        waiting = CreditStanding.objects.filter(**{f"entry__{column}": office}, state=state)
        picked = list(waiting.order_by("pk").values_list("entry_id", "decision_count")[: self.chance.randrange(1, 8)])
        seen = [Seen(*item) for item in picked]
        self.chance.shuffle(seen)
        by, done = self._officer_of(office.pk), list[int]()

        def act() -> None:
            told = acts.decide_together(verdict, seen, office, by, now=database_now())
            done.extend(entry.pk for entry in told.done)

        outcome = acts.outcome_of(act)
        self._note(done, verdict)
        return outcome

    def _run(self) -> str:
        """Draft a run, or take the next step of one, whoever's it is."""
        unended = list(ConfirmationRun.objects.unended().select_related("bureau", "officer").order_by("pk"))
        if not unended or self.chance.random() < 0.2:
            bureau = self.cast.offices[self.chance.choice(BUREAUS)]
            by = self._officer_of(bureau.pk)
            return acts.outcome_of(lambda: confirmation_runs.draft(bureau=bureau, by=by, now=database_now()))
        run = self.chance.choice(unended)
        first, second = run.officer, self._officer_of(run.bureau_id)
        is_bad = self.chance.random() < 0.1
        steps: dict[str, Callable[[], object]] = {
            "drafted": lambda: acts.look(run, first, is_bad=is_bad, now=database_now()),
            "sampling": lambda: acts.look(run, first, is_bad=is_bad, now=database_now()),
            "widened": lambda: acts.look(run, first, is_bad=is_bad, now=database_now()),
            "ready": lambda: acts.sign(run, first, now=database_now()),
            "second_approval": lambda: acts.approve_run(run, second, now=database_now()),
            "running": lambda: confirmation_chunks.confirm_next(run.pk, now=database_now()),
        }
        if self.chance.random() < 0.05:
            return acts.outcome_of(lambda: confirmation_runs.stop(run=run, by=second, now=database_now()))
        return acts.outcome_of(steps[str(run.state)])

    def _pages(self) -> str:
        """Begin a run of the desk, or carry one on."""
        unfinished = list(CertificateRun.objects.unfinished().select_related("bureau", "begun_by"))
        if unfinished and self.chance.random() < 0.5:
            run = self.chance.choice(unfinished)
            return acts.outcome_of(lambda: certificate_runs.carry_on(run=run))
        bureau = self.cast.offices[self.chance.choice(BUREAUS)]
        pages = list(Certificate.objects.filter(issuer=bureau).select_related("book", "issuer").order_by("-pk")[:3])
        kind = self.chance.choice(["issue", "reissue", "reissue", "revoke"])
        picked, by = pages[: self.chance.randrange(1, 4)], self._officer_of(bureau.pk)
        return acts.outcome_of(lambda: acts.begin_pages(kind, picked, bureau, by, now=database_now()))

    def _claim(self) -> str:
        """Claim one of two documents, for one of two years."""
        person, year = self.cast.people[self.chance.choice(LEARNERS)], self.chance.choice(YEARS)
        document, base = self.chance.choice(["degree", "congress"]), self.cast.offices["university"]
        facts = {"subject": "professional", "centihours": 150, "document": document, "year": year}
        return acts.outcome_of(lambda: acts.claim(person, base, **facts, now=database_now()))  # type: ignore[arg-type]

    def _study(self) -> str:
        """Study what is left; each learner sits before one screen only."""
        mine = [name for place, name in enumerate(LEARNERS) if place == self.number]
        if not mine:
            return "no learner"
        return acts.outcome_of(lambda: study(self.cast, mine[0], self.chance.choice(list(COURSES))))

    def _rule(self) -> str:
        asked = self.chance.choice(RULES)

        officers = {"writer": "officer", "second": "officer who learns"}
        return acts.outcome_of(
            lambda: put_in_force(self.cast, year=YEARS[0], rule=asked, **officers, now=database_now())
        )

    def _days(self) -> str:
        ledger_roots.close_days(now=database_now())
        return DONE

    def _by(self, verdict: str, entry: CreditEntry) -> Person:
        if self.chance.random() < 0.1:
            return self.cast.people[self.chance.choice(list(PEOPLE))]
        if verdict == "resubmitted":
            return entry.person
        return self._officer_of(entry.auditor_id if verdict in {"approved", "returned"} else entry.bureau_id)

    def _officer_of(self, office_id: int) -> Person:
        """Return one who acts for the office."""
        name = next(name for name, office in self.cast.offices.items() if office.pk == office_id)
        return self.cast.people[self.chance.choice([who for who, (_h, _l, roles) in PEOPLE.items() if name in roles])]

    def _note(self, entry_ids: list[int], verdict: str) -> None:
        with self.told.lock:
            self.told.verdicts.update((number, verdict) for number in entry_ids)
