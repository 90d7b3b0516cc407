"""Reversal runs at work: what is left as it stands, and what the checks find when somebody alters it."""

from __future__ import annotations

from typing import Any

import pytest

from learning import ledger_check
from learning.actions import (
    reversal_runs,
    reversals,
)
from learning.models import (
    CreditEntry,
    Membership,
    ReversalRun,
    Role,
)
from learning.models.credit import CreditEntryEvidence
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import Verdict
from learning.rules.reasons import NotTaken, ReversalReason
from tests.factories import guards, ledger, runs, years
from tests.factories import learning as make
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def office() -> Office:
    return runs.busy_office()


def undone(office: Office, *, is_again: bool = False, **narrowed: Any) -> ReversalRun:
    """Confirm everything, then sign its reversal."""
    return runs.undo_signed(office, runs.undoing(office, of=runs.done(office), is_again=is_again, **narrowed))


def left(run: ReversalRun) -> dict[int, str]:
    return {item.entry.pk: item.why for item in run.left.select_related("item__entry")}


def test_what_was_reversed_singly_meanwhile_is_left_and_names_who_was_first(office: Office) -> None:
    run = undone(office)
    first = runs.colleague(office)
    reversals.reverse(
        entry=office.entries[0], by=first, reason_code=ReversalReason.OTHER, reason_text="先行撤销", now=LATER
    )
    runs.undo_work(run)

    run.refresh_from_db()
    assert left(run) == {office.entries[0].pk: NotTaken.ALREADY_DECIDED}
    assert run.left.filter(first__actor=first).exists()
    assert (run.reversed_count, run.left_count) == (5, 1)


def test_the_second_officers_own_hours_are_left_to_a_colleague(office: Office) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.undoing(office, of=runs.done(office))
    second = office.entries[2].person
    make.MembershipFactory(person=second, organisation=office.bureau, role=Role.OFFICER)
    reversal_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=LATER)
    reversal_runs.approve(run=run, snapshot=run.snapshot, by=second, now=LATER)
    runs.undo_work(run)

    assert left(run) == {office.entries[2].pk: NotTaken.SIGNERS_OWN}


def test_what_was_altered_past_the_verbs_is_left(office: Office) -> None:
    run = undone(office)
    with ledger.lifted("learning_creditentry"):
        ledger.execute("UPDATE learning_creditentry SET centihours = 999 WHERE id = %s", office.entries[0].pk)
        runs.undo_work(run)

        assert left(run) == {office.entries[0].pk: NotTaken.ALTERED}


def test_a_run_stops_when_a_signer_is_no_officer_any_more(office: Office) -> None:
    run = undone(office)
    Membership.objects.filter(person=office.officer).delete()
    runs.undo_work(run)

    run.refresh_from_db()
    assert (run.state, run.stop_reason, run.reversed_count) == (RunState.STOPPED, StopReason.OFFICER_LEFT, 0)


def test_a_reversal_of_a_run_altered_later_is_found(office: Office) -> None:
    runs.undo_work(undone(office, is_again=True))
    with ledger.lifted("learning_creditdecision"):
        ledger.execute("UPDATE learning_creditdecision SET reason_text = 'x' WHERE verdict = %s", Verdict.REVERSED)

        assert any("act in the audit log" in found for found in ledger_check.run().differences)


def test_what_restores_nothing_it_should_is_found(office: Office) -> None:
    runs.undo_work(undone(office, is_again=True))
    one, other = CreditEntry.objects.filter(restores__isnull=False).order_by("pk")[:2]
    with ledger.lifted("learning_creditentry"):
        ledger.execute("UPDATE learning_creditentry SET restores_id = NULL, source_key = 'x' WHERE id = %s", other.pk)
        ledger.execute("UPDATE learning_creditentry SET restores_id = %s WHERE id = %s", other.restores_id, one.pk)

        found = "\n".join(ledger_check.run().differences)
    assert f"entry {one.pk}" in found
    assert f"entry {other.pk}" in found


def test_evidence_that_counts_twice_at_once_is_found(office: Office) -> None:
    runs.undo_work(undone(office, is_again=True))
    restored = CreditEntry.objects.filter(restores__isnull=False).order_by("pk")[0]
    assert years.differences() == []
    other = office.entries[1] if restored.person_id != office.entries[1].person_id else office.entries[2]
    again = CreditEntry.objects.get(restores__reverses=other)
    CreditEntryEvidence(entry=again, evidence=restored.evidence.order_by("pk")[0]).save()

    assert any("carries 2 entries" in found for found in ledger_check.run().differences)
