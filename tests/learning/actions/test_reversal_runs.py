"""What officers do with reversal runs: choose, freeze with a reason, read what would follow, sign, stop."""

from __future__ import annotations

from typing import Any

import pytest

from learning.actions import credits, reversal_runs, reversals, signed_runs
from learning.models import AuditLogEntry, ConfirmationRun, CreditEntry, Membership, ReversalRun, Role
from learning.models.run import RunState, StopReason
from learning.rules.reasons import ReversalReason
from tests.factories import guards, runs
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


@pytest.fixture
def done(office: Office) -> ConfirmationRun:
    return runs.done(office)


def reverse(entry: CreditEntry, office: Office) -> None:
    reversals.reverse(
        entry=entry, by=office.officer, reason_code=ReversalReason.OTHER, reason_text="单独撤销", now=LATER
    )


def reversible(done: ConfirmationRun, office: Office, **narrowed: Any) -> set[int]:
    entries = reversal_runs.reversible(confirmed_by=done, officer=office.officer, **narrowed)
    return set(entries.values_list("pk", flat=True))


def test_reversible_is_what_the_run_confirmed_and_still_stands(office: Office) -> None:
    run = runs.running(office)
    credits.confirm(entry=office.entries[0], by=runs.colleague(office), now=NOON)
    done = runs.work(run)
    reverse(office.entries[1], office)

    assert reversible(done, office) == {office.entries[2].pk}


def test_reversible_leaves_the_officers_own_hours_out(office: Office, done: ConfirmationRun) -> None:
    learner = office.entries[0].person
    make.MembershipFactory(person=learner, organisation=office.bureau, role=Role.OFFICER)

    entries = reversal_runs.reversible(confirmed_by=done, officer=learner)

    assert set(entries.values_list("pk", flat=True)) == {entry.pk for entry in office.entries[1:]}


def test_reversible_leaves_out_what_another_run_holds_until_that_is_stopped(
    office: Office, done: ConfirmationRun
) -> None:
    other = runs.undoing(office, of=done)
    assert reversible(done, office) == set()

    reversal_runs.stop(run=other, by=office.officer, now=LATER)

    assert len(reversible(done, office)) == 3


def test_reversible_narrows_by_base_course_and_name(office: Office, done: ConfirmationRun) -> None:
    elsewhere = make.BaseFactory()

    assert len(reversible(done, office, base=office.base, course_key=office.edition.course_key)) == 3
    assert reversible(done, office, base=elsewhere) == set()
    assert reversible(done, office, course_key="none-such") == set()
    name = office.entries[0].person.full_name
    assert office.entries[0].pk in reversible(done, office, words=name)
    assert reversible(done, office, words=f"{name}x") == set()


def test_draft_freezes_the_set_and_what_would_follow(office: Office, done: ConfirmationRun) -> None:
    run = runs.undoing(office, of=done, is_again=True)

    assert (run.state, run.item_count, run.centihours, run.is_again) == (RunState.READY, 3, 1_200, True)
    assert (run.people_count, run.short_count, run.revoke_count, run.replace_count) == (3, 0, 0, 0)
    assert [item.decision_count for item in run.items.all()] == [2, 2, 2]
    line = AuditLogEntry.objects.get(action="credit.draft_reversal_run")
    assert (line.facts["reason_code"], line.facts["again"], line.facts["item_count"]) == ("mistake", True, 3)
    assert not CreditEntry.objects.filter(kind="reversal").exists()


@pytest.mark.parametrize(
    ("code", "text"), [("", "因故"), ("none-such", "因故"), ("mistake", " "), ("mistake", "长" * 501)]
)
def test_draft_needs_a_reason_and_words(office: Office, done: ConfirmationRun, code: str, text: str) -> None:
    entries = reversal_runs.reversible(confirmed_by=done, officer=office.officer)
    with pytest.raises(reversal_runs.NoReason):
        reversal_runs.draft(
            confirmed_by=done,
            entries=entries,
            reason_code=code,
            reason_text=text,
            is_again=False,
            by=office.officer,
            now=LATER,
        )
    assert not ReversalRun.objects.exists()


def test_draft_refuses_an_empty_choice_and_a_run_at_work(office: Office, done: ConfirmationRun) -> None:
    with pytest.raises(signed_runs.NothingWaits):
        runs.undoing(office, of=done, course_key="none-such")
    Office(entries=1).approved()
    with pytest.raises(signed_runs.Moved):
        runs.undoing(office, of=runs.running(office))
    assert not ReversalRun.objects.exists()


def test_draft_refuses_who_is_no_officer_of_the_bureau(office: Office, done: ConfirmationRun) -> None:
    Membership.objects.filter(person=office.officer).delete()

    with pytest.raises(signed_runs.NotTheirs):
        runs.undoing(office, of=done)


def test_one_officer_signs_and_the_work_may_begin(office: Office, done: ConfirmationRun) -> None:
    run = runs.undoing(office, of=done)

    with pytest.raises(signed_runs.Moved):
        reversal_runs.sign(run=run, snapshot="0" * 64, by=office.officer, now=LATER)
    with pytest.raises(signed_runs.NotTheirs):
        reversal_runs.sign(run=run, snapshot=run.snapshot, by=runs.colleague(office), now=LATER)
    reversal_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=LATER)

    assert run.state == RunState.RUNNING


def test_above_the_rule_a_second_officer_signs_and_never_the_first_again(office: Office, done: ConfirmationRun) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.undoing(office, of=done)
    reversal_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=LATER)
    assert run.state == RunState.SECOND_APPROVAL

    with pytest.raises(signed_runs.NotTheirs):
        reversal_runs.approve(run=run, snapshot=run.snapshot, by=office.officer, now=LATER)
    reversal_runs.approve(run=run, snapshot=run.snapshot, by=runs.colleague(office), now=LATER)

    assert run.state == RunState.RUNNING


def test_stop_ends_a_run_once(office: Office, done: ConfirmationRun) -> None:
    run = runs.undoing(office, of=done)
    reversal_runs.stop(run=run, by=runs.colleague(office), now=LATER)

    assert (run.state, run.stop_reason) == (RunState.STOPPED, StopReason.WITHDRAWN)
    assert run.receipt is not None
    with pytest.raises(signed_runs.Moved):
        reversal_runs.stop(run=run, by=office.officer, now=LATER)
