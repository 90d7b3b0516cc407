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

from django.db import connections

from learning.actions import confirmation_chunks
from learning.models import AuditLogEntry, CreditDecision
from learning.models.clock import database_now
from tests.factories.learning import NOON
from tests.learning.credit_machine import acts
from tests.learning.credit_machine.actor import RULES, Actor, Told, study
from tests.learning.credit_machine.cast import LEARNERS, PEOPLE, assemble
from tests.learning.credit_machine.invariants import Witness
from tests.learning.credit_machine.tables import Broken
from tests.learning.credit_machine.verifying import verify_everything

WAIT_S = 120
COURSES_AT_FIRST = ("bridges", "ethics", "tunnels", "wells")


class Crowd:
    """The threads and the seed they choose by."""

    def __init__(self, *, seed: int, threads: int, acts_each: int) -> None:
        """Lay the cast, and hours that wait for their offices."""
        self.cast, self.seed, self.threads, self.acts_each = assemble(RULES[0]), seed, threads, acts_each
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
        # What was carried over is taken back by who takes back what it came from.
        decisions = CreditDecision.objects.exclude(entry__kind="carried").order_by("pk")
        of_waivers = decisions.filter(entry__kind="waived").values_list("entry__evidence", "verdict")
        stands: Counter[tuple[int | str, str]] = Counter((f"waiver {asked}", verdict) for asked, verdict in of_waivers)
        stands.update(decisions.exclude(entry__kind="waived").values_list("entry_id", "verdict"))
        chunks = AuditLogEntry.objects.filter(action=confirmation_chunks.CONFIRMED_CHUNK)
        told = self.told.verdicts + Counter[tuple[int | str, str]](
            (entry, "confirmed") for line in chunks for entry, _sequence in line.facts["decisions"]
        )
        if stands != told:
            raise Broken(f"one winner: {dict(stands - told)} told to nobody, {dict(told - stands)} stands nowhere")

    def _live(self, number: int, start: threading.Barrier) -> None:
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311 -- a test's dice
        actor = Actor(self.cast, self.told, chance, number)
        try:
            start.wait(WAIT_S)
            for _act in range(self.acts_each):
                actor.act()
        except Exception as fault:  # noqa: BLE001 -- whatever ends a thread is told
            self.told.faults.append(f"thread {number}: {fault!r}")
        finally:
            connections.close_all()
