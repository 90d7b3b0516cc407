"""Damaged products: each known way to break the ledger is seen, by the machine or, where it takes two, by a crowd.

A mutant is a verb's own source with one passage changed, put in its place for one test. A passage that is no
longer there fails the test, so a mutant cannot outlive the code it damages.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import textwrap
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple
from unittest import mock

import pytest
from django.db import connection
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from learning.actions import (
    carry_over,
    certificate_runs,
    certificates,
    credits,
    enrolments,
    records,
    reversals,
    waivers,
    years,
)
from tests import everyday
from tests.factories import clock
from tests.factories.learning import NOON
from tests.learning.credit_machine.cast import assemble
from tests.learning.credit_machine.crowd import Crowd
from tests.learning.credit_machine.machine import CreditMachine, lives
from tests.learning.credit_machine.stage import small_numbers
from tests.learning.credit_machine.tables import Broken

IS_FULL = os.environ.get("HOURBOOK_HYPOTHESIS") == "full"
#: The first that sees a mutant ends it.
LIVES, STEPS = 2_000 if IS_FULL else 80, 40


class Mutant(NamedTuple):
    """A passage of one verb, and what stands there instead."""

    module: ModuleType
    verb: str
    passage: str
    instead: str


MUTANTS = {
    "audited again": Mutant(credits, "decide", "state=before)", 'state__in=[before, "audited"])'),
    "own hours": Mutant(credits, "decide", "if office is not None and by.pk == entry.person_id:", "if False:"),
    "the base confirms": Mutant(
        credits, "confirm", "if CreditEntry.objects.filter(left_to_colleagues(by), pk=entry.pk).exists():", "if False:"
    ),
    "an old look decides": Mutant(credits, "decide", "if seen is not None:", "if False:"),
    "the year stands still": Mutant(
        credits, "decide", "records.refresh(person=entry.person, requirement=entry.requirement, now=now)", "pass"
    ),
    "a decision on no chain": Mutant(
        credits,
        "decide",
        "ledger_links.append(ledger_links.of_decision(decision, person_id=entry.person_id), now=now)",
        "pass",
    ),
    "no certificate": Mutant(credits, "confirm", "certificates.issue_if_due(", "dict("),
    "reversed, and certified still": Mutant(
        reversals, "follow", "certificates.correct(record=record, by=by, now=now)", "pass"
    ),
    "decided after its grace": Mutant(
        credits,
        "decide",
        "if verdict != Verdict.REVERSED and records.is_too_late(entry, record, now=now):",
        "if False:",
    ),
    "studied ahead": Mutant(enrolments, "binding_requirement", "if wanted > local_year(now):", "if False:"),
    "made up after its window": Mutant(enrolments, "binding_requirement", "if not days.takes_study(today) or", "if"),
    "asked for is pending": Mutant(
        records, "refresh", "for kind in CreditEntry.STUDIED for state", "for kind in kinds for state"
    ),
    "who checked it grants it": Mutant(
        waivers, "_second_look", "if resting_on([asked]).filter(left_to_colleagues(by)).exists():", "if False:"
    ),
    "the same days twice": Mutant(waivers, "_judge", "if any(row.facts", "if not others and any(row.facts"),
    "surplus never taken back": Mutant(reversals, "follow", "carry_over.excess(record)", "()"),
    "a year closed too early": Mutant(
        years, "due", "past_cutoff(today).filter(is_over, is_decided)", "past_cutoff(today)"
    ),
    "a year never opened again": Mutant(
        certificates, "correct", "records.reopen_if_unmet(record=record, now=now)", "False"
    ),
    "half a waiver taken back": Mutant(reversals, "together", "if entry.kind != CreditEntry.Kind.WAIVED:", "if True:"),
    "closed for good": Mutant(reversals, "_reverse", "records.close_again(record_ids=[record.pk], now=now)", "pass"),
    "closed in spite of what came late": Mutant(
        credits, "add_entry", "if record.is_closed and state == State.EARNED:", "if False:"
    ),
    "judged again too late": Mutant(records, "is_too_late", "entry.restores_id is None and ", ""),
    "surplus carried over twice": Mutant(carry_over, "carry", "hours - _carried_on(record, kind)", "hours"),
    "one course for two years": Mutant(
        enrolments, "_counts_elsewhere", "or place.evidence.filter(recorded_at__gte=new_year).exists()", ""
    ),
    "pages of who is no officer": Mutant(
        certificate_runs, "carry_on", "if not may_confirm_for(run.begun_by, run.bureau):", "if False:"
    ),
}
#: Seen soon; the others wait for the long run.
EVERYDAY = (
    "audited again",
    "the year stands still",
    "a decision on no chain",
)
#: Seen late: it takes a rare meeting, or a life that first studies, closes and takes back a year. Minutes each.
RARE = (
    "own hours",
    "who checked it grants it",
    "an old look decides",
    "decided after its grace",
    "the same days twice",
    "a year closed too early",
    "closed in spite of what came late",
    "one course for two years",
    "pages of who is no officer",
    "surplus carried over twice",
    "surplus never taken back",
    "a year never opened again",
    "half a waiver taken back",
    "closed for good",
    "judged again too late",
)
#: What only two at once can break, and only where two are at once: SQLite lets writers in one by one.
OF_CROWDS = {
    "no lock": Mutant(records, "lock", ".select_for_update(no_key=True)", ""),
    "no guard": Mutant(credits, "decide", "if moved != 1:", "if False:"),
}


@contextlib.contextmanager
def damaged(mutant: Mutant | None) -> Iterator[None]:
    """Put the changed verb in its place; its module's other lines stay as they are."""
    if mutant is None:
        yield
        return
    source = textwrap.dedent(inspect.getsource(getattr(mutant.module, mutant.verb)))
    assert source.count(mutant.passage) == 1, mutant.passage
    names = dict(vars(mutant.module))
    exec(compile(source.replace(mutant.passage, mutant.instead), mutant.verb, "exec"), names)  # noqa: S102 - our own source
    with mock.patch.object(mutant.module, mutant.verb, names[mutant.verb]):
        yield


def live() -> None:
    """Live many short lives; raise what is found first, as it is found."""
    life = seed(1)(type("Life", (CreditMachine,), {"cast": assemble(), "tally": Counter()}))
    run_state_machine_as_test(
        life, settings=settings(lives(LIVES, STEPS), phases=[Phase.generate], report_multiple_bugs=False)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", everyday.only(EVERYDAY, MUTANTS))
def test_a_damaged_verb_is_seen_by_the_machine(name: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("One actor after the other breaks the same on either database")
    if name in RARE and not IS_FULL:
        pytest.skip("HOURBOOK_HYPOTHESIS=full: minutes each")
    with damaged(MUTANTS[name]), pytest.raises(Exception) as seen:  # noqa: PT011 -- by the model, an invariant or the database
        live()

    print(f"{name}: {seen.value!r:.200}")


def gather(mutant: Mutant | None) -> list[str]:
    """Gather a crowd around a damaged product, or a whole one; return what is wrong afterwards."""
    if connection.vendor != "postgresql":
        pytest.skip("Only where two write at once: in the run on PostgreSQL")
    with damaged(mutant), clock.running(NOON), small_numbers():
        crowd = Crowd(seed=1, threads=8, acts_each=60)
        crowd.run()
        return crowd.judge()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", OF_CROWDS)
def test_a_damaged_verb_is_seen_by_a_crowd(name: str) -> None:
    found = gather(OF_CROWDS[name])

    print(f"{name}: {found!r:.400}")
    assert found != []


@pytest.mark.django_db(transaction=True)
def test_a_crowd_sees_nothing_where_nothing_is_damaged() -> None:
    assert gather(None) == []


def test_broken_names_the_invariant() -> None:
    with pytest.raises(Broken, match=r"^I6: "):
        raise Broken("I6: a page of nothing")
