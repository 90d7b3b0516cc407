"""The stage of one life: the product's rows, the model, the clock in our hand, and how an act is played on both."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final
from unittest import mock

from learning.actions import run_chunks
from learning.models import Certificate, Person
from tests.factories import clock
from tests.factories.learning import NOON
from tests.learning.credit_machine import acts, jobs
from tests.learning.credit_machine.cast import FIRST_RULE, HOMES, PEOPLE, YEARS, Cast
from tests.learning.credit_machine.entries import DONE, Entry
from tests.learning.credit_machine.invariants import Witness
from tests.learning.credit_machine.model import Model
from tests.learning.credit_machine.tables import same

CHINA: Final = dt.timezone(dt.timedelta(hours=8))
#: Every act takes a while: so long at least.
STEP: Final = dt.timedelta(seconds=1)


@contextlib.contextmanager
def small_numbers() -> Iterator[None]:
    """Let a chunk end after so few entries that a small world meets it; the cast's rules do so for second officers."""
    with mock.patch.object(run_chunks, "CHUNK_SIZE", jobs.CHUNK):
        yield


class Stage:
    """The product, the model, and how their things are called in each other."""

    def __init__(self, cast: Cast, tally: Counter[tuple[str, str]]) -> None:
        """Begin at noon. `tally` counts what came of each kind of act."""
        self.cast, self.tally, self.now = cast, tally, NOON
        roles = [(name, office, role.value) for name, (_h, _l, held) in PEOPLE.items() for office, role in held.items()]
        self.model = Model(roles=roles, homes=HOMES, rules=dict.fromkeys(YEARS, FIRST_RULE))
        self.entry_ids: list[int] = []
        self.asked_ids: list[int] = []
        self.runs: list[jobs.Run] = []
        self.run_ids: list[int] = []
        self.desk: list[jobs.DeskRun] = []
        self.desk_ids: list[int] = []
        self.witness = Witness()
        for person, office, _role in roles:
            self.note_office(person, office, is_held=True, at=NOON - dt.timedelta(days=365))
        self._clock, self._numbers = contextlib.ExitStack(), contextlib.ExitStack()
        self._numbers.enter_context(small_numbers())
        seeds = mock.Mock(side_effect=(f"{number:064x}" for number in range(10**6)))
        self._numbers.enter_context(mock.patch("secrets.token_hex", seeds))
        self.pass_time(dt.timedelta(0))

    def close(self) -> None:
        self._clock.close()
        self._numbers.close()

    @property
    def year(self) -> int:
        """The year it is for people here."""
        return self.now.astimezone(CHINA).year

    def year_after(self, *, ms: int) -> int:
        """Return the year it will be for people here when so much has passed."""
        return (self.now + dt.timedelta(milliseconds=ms)).astimezone(CHINA).year

    def pass_time(self, elapsed: dt.timedelta) -> None:
        """Let the database's clock stand so much later; nobody lives past the last year."""
        later = self.now + elapsed
        # An exam that began on the last day would end in a year without rules.
        if (later + dt.timedelta(days=1)).astimezone(CHINA).year <= max(YEARS):
            self.now = later
        self.model.today = self.now.astimezone(CHINA).date()
        self._clock.close()
        self._clock.enter_context(clock.standing(self.now))

    def play(self, name: str, act: Callable[[], object], expected: str) -> bool:
        """Do it, hold what came of it against what must; say whether it was done."""
        found = acts.outcome_of(act)
        self.tally[name, found] += 1
        same(name, expected, found)
        self.pass_time(STEP)
        return found == DONE

    def pages_of(self, key: tuple[str, int]) -> list[Certificate]:
        return list(Certificate.objects.filter(book__person=self.person(key[0]), year=key[1]).order_by("pk"))

    def person(self, name: str) -> Person:
        return self.cast.people[name]

    def note_office(self, person: str, office: str, *, is_held: bool, at: dt.datetime) -> None:
        change = (at, self.cast.people[person].pk, self.cast.offices[office].pk, is_held)
        self.witness.offices.append(change)

    def of_kind(self, kind: str) -> list[tuple[int, Entry]]:
        return [(number, entry) for number, entry in enumerate(self.model.entries) if entry.kind == kind]

    # Who holds what

    def second(self, run: jobs.Run, actor: int) -> str:
        """Name another officer of the run's bureau, if it has one left."""
        roles = self.model.roles
        others = sorted(
            who for who, where, what in roles if (where, what) == (run.bureau, "officer") and who != run.officer
        )
        return others[actor % len(others)] if others else run.officer

    def rightful(self, verdict: str, number: int, actor: int) -> str:
        """Name one who holds the office the verdict is for; empty: anybody may try."""
        entry = self.model.entries[number]
        if actor % 6 == 0:
            return ""
        if verdict == "resubmitted":
            return entry.person
        return self.holder(*self._desk(verdict, entry), actor)

    def apt(self, verdict: str, number: int, actor: int) -> str:
        """Name one who may take the verdict, as far as it is a question of persons; empty: there is nobody."""
        entry = self.model.entries[number]
        if verdict == "resubmitted":
            return entry.person
        holders = self.holders(*self._desk(verdict, entry))
        others = [who for who in holders if who != entry.person]
        mine = [who for who in others if verdict != "confirmed" or not self.model.leaves(entry, who)]
        return mine[actor % len(mine)] if mine else ""

    def _desk(self, verdict: str, entry: Entry) -> tuple[str, str]:
        return (entry.base, "auditor") if verdict in {"approved", "returned"} else (entry.bureau, "officer")

    def officer(self, bureau: str, actor: int) -> str:
        return self.holder(bureau, "officer", actor) if actor % 6 else ""

    def holder(self, office: str, role: str, actor: int) -> str:
        holders = self.holders(office, role)
        return holders[actor % len(holders)] if holders else ""

    def holders(self, office: str, role: str) -> list[str]:
        return sorted(who for who, where, what in self.model.roles if (where, what) == (office, role))
