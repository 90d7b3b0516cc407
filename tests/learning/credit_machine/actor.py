"""One thread of a crowd: its hands, and the dice by which it acts."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import close_old_connections

from learning.actions import certificate_runs, confirmation_chunks, confirmation_runs, ledger_roots, waivers
from learning.models import (
    Certificate,
    CertificateRun,
    ConfirmationRun,
    CreditEntry,
    CreditStanding,
    Enrolment,
    Evidence,
    Person,
)
from learning.models.clock import database_now
from learning.rules.snapshots import Seen
from tests.factories.learning import NOON
from tests.learning.credit_machine import acts, leave
from tests.learning.credit_machine.cast import BUREAUS, COURSES, LEARNERS, PEOPLE, YEARS, Cast, put_in_force
from tests.learning.credit_machine.entries import DONE, TAKEN_BACK
from tests.learning.credit_machine.machine import LIKELY, VERDICTS
from tests.learning.credit_machine.rule import Rule
from tests.learning.credit_machine.year_rules import LENIENT, NEXT, absences

#: Entries that are fought over at a time.
HOT = 6
#: Rules whose year is over, so that met years are closed and missed ones made up; under the last one most is too late.
OVER: dict[str, Any] = {"cutoff": (11, 10), "makeup": (12, 20), "makeup_in": 0}
RULES = [
    Rule(300, 100, carry=(100, 300), **OVER, **LENIENT),
    Rule(600, 200, carry=(200, 200), **OVER, **LENIENT),
    Rule(400, 0, (1, 3), carry=(400, 0), leave_from=1, **OVER),
    Rule(300, 100, (1, 3), cutoff=(11, 30), makeup=(12, 20), makeup_in=0, grace_days=10, prorates=True),
    Rule(600, 200, cutoff=(11, 10), grace_days=3, carry=(100, 300)),
]


@dataclass
class Told:
    """What the threads were told: outcomes by act, verdicts by entry or waiver, and what should never be said."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[tuple[int | str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def study(cast: Cast, person: str, course: str) -> None:
    """Study a course whole, in the days before, an hour after the course before it."""
    held = Enrolment.objects.filter(person=cast.people[person]).count()
    at = NOON - dt.timedelta(days=2) + dt.timedelta(hours=held)
    acts.enrol(cast.people[person], cast.courses[course], year=YEARS[0], now=at)
    enrolment = Enrolment.objects.select_related("edition", "person", "requirement").get(
        person=cast.people[person], course_key=course
    )
    for lesson in enrolment.edition.lessons.order_by("number"):
        at += 5 * acts.MINUTE
        acts.watch(enrolment, lesson, now=at)
    acts.sit(enrolment, how=acts.RIGHT, now=at + 5 * acts.MINUTE)


class Actor:
    """One thread's hands."""

    def __init__(self, cast: Cast, told: Told, chance: random.Random, number: int) -> None:
        """Act by these dice."""
        self.cast, self.told, self.chance, self.number = cast, told, chance, number

    def act(self) -> None:
        """Do one thing; whatever is neither done nor refused is a fault."""
        name = self.chance.choices(
            ["decide", "leave", "together", "run", "pages", "close", "claim", "study", "rule", "days"],
            [44, 14, 12, 12, 8, 6, 4, 4, 2, 2],
        )[0]
        began: dict[str, Callable[[], str]] = {
            "decide": self._decide,
            "leave": self._leave,
            "close": lambda: acts.outcome_of(acts.close_years),
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
        found = CreditEntry.objects.studied().select_related("person", "requirement", "auditor", "bureau")
        return list(found.order_by("-standing__decision_count", "pk"))[: HOT * 3]

    def _decide(self) -> str:
        entry = self.chance.choice(self._entries()[: self.chance.choice([2, HOT, HOT * 3])])
        standing = CreditStanding.objects.get(pk=entry.pk)
        verdict = self.chance.choice(LIKELY.get(standing.state, VERDICTS))
        by = self._by(verdict, entry)
        seen = self.chance.choice([None, standing.decision_count])
        outcome = acts.outcome_of(lambda: acts.decide(verdict, entry, by, now=database_now(), seen=seen))
        self._note([entry.pk] if outcome == DONE else [], "reversed" if verdict in TAKEN_BACK else verdict)
        return outcome

    def _leave(self) -> str:
        """Ask for leave, or say what comes next of one of the last that were asked for; or take it back."""
        asked = list(Evidence.objects.filter(kind="waiver").select_related("person").order_by("-pk")[:HOT])
        if not asked or self.chance.random() < 0.25:
            person, days = self.cast.people[self.chance.choice(LEARNERS)], self.chance.choice(absences(YEARS[0]))
            return acts.outcome_of(lambda: acts.ask_leave(person, YEARS[0], days, now=database_now()))
        row = self.chance.choice(asked)
        entries = waivers.entries_of(row)
        standing, whole = entries[0].standing, [f"waiver {row.pk}"] * len(entries)
        if standing.state == "confirmed" and self.chance.random() < 0.5:
            entry, verdict = self.chance.choice(entries), self.chance.choice(sorted(TAKEN_BACK))
            by = self._officer_of(entry.bureau_id)
            outcome = acts.outcome_of(lambda: acts.decide(verdict, entry, by, now=database_now()))
            self._note(whole if outcome == DONE else [], "reversed")
            return outcome
        do = self.chance.choice(NEXT.get(standing.state, list(leave.VERDICTS)))
        by = row.person if do == "answer" else self._officer_of(entries[0].bureau_id)
        seen = standing.decision_count
        outcome = acts.outcome_of(lambda: acts.decide_leave(do, row, by, seen=seen, now=database_now()))
        self._note(whole if outcome == DONE else [], leave.VERDICTS[do])
        return outcome

    def _together(self) -> str:
        verdict = self.chance.choice(["approved", "confirmed"])
        office = self.cast.offices[
            self.chance.choice(["university", "county base"] if verdict == "approved" else BUREAUS)
        ]
        column = "auditor" if verdict == "approved" else "bureau"
        state = "earned" if verdict == "approved" else "audited"
        waiting = CreditStanding.objects.filter(**{f"entry__{column}": office}, state=state)
        waiting = waiting.filter(entry__kind__in=CreditEntry.STUDIED)
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
        asked = self.chance.choices(RULES, [4, 4, 4, 4, 1])[0]

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

    def _note(self, decided: Sequence[int | str], verdict: str) -> None:
        with self.told.lock:
            self.told.verdicts.update((name, verdict) for name in decided)
