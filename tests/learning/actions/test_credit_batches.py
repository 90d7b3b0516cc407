"""Many entries in one act: each all or nothing, each at most once, and a receipt of the whole."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from learning.actions import credit_batches, credits
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CreditDecision,
    CreditStanding,
)
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import NotTaken
from learning.rules.snapshots import Seen
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of, signed

pytestmark = pytest.mark.django_db


def states() -> set[str]:
    return set(CreditStanding.objects.values_list("state", flat=True))


def test_approve_all_moves_each_and_leaves_a_receipt() -> None:
    office = Office()

    outcome = credit_batches.approve_all(seen=seen_of(office.entries), auditor=office.base, by=office.auditor, now=NOON)

    assert {entry.pk for entry in outcome.done} == {entry.pk for entry in office.entries}
    assert (outcome.centihours, outcome.left, states()) == (1_200, [], {State.AUDITED})
    assert outcome.receipt is not None
    line = AuditLogEntry.objects.get(action=credit_batches.APPROVED_BATCH)
    assert (line.organisation, line.facts["count"], line.facts["centihours"]) == (office.base, 3, 1_200)


def test_approve_all_leaves_what_others_decided_first_and_says_who() -> None:
    office = Office()
    seen = seen_of(office.entries)
    colleague = make.PersonFactory(title_level="")
    credits.return_to_learner(entry=office.entries[0], by=colleague, reason_code="exam", reason_text="请说明", now=NOON)

    outcome = credit_batches.approve_all(seen=seen, auditor=office.base, by=office.auditor, now=NOON)

    (left,) = outcome.left
    assert (left.entry, left.why) == (office.entries[0], NotTaken.ALREADY_DECIDED)
    assert left.first is not None
    assert (left.first.actor, left.first.verdict) == (colleague, Verdict.RETURNED)
    assert len(outcome.done) == 2


def test_approve_all_leaves_what_came_back_changed() -> None:
    office = Office(entries=1)
    (entry,) = office.entries
    seen = seen_of(office.entries)
    credits.return_to_learner(entry=entry, by=office.auditor, reason_code="exam", reason_text="请说明", now=NOON)
    credits.resubmit(entry=entry, by=entry.person, reason_text="已说明", now=NOON)

    outcome = credit_batches.approve_all(seen=seen, auditor=office.base, by=office.auditor, now=NOON)

    assert [left.why for left in outcome.left] == [NotTaken.CHANGED]
    assert (outcome.receipt, states()) == (None, {State.EARNED})


def test_approve_all_leaves_ones_own_hours() -> None:
    office = Office(entries=1)
    own = years.earn(person=make.PersonFactory(), edition=office.edition)

    outcome = credit_batches.approve_all(
        seen=seen_of([*office.entries, own]), auditor=office.base, by=own.person, now=NOON
    )

    assert [(left.entry, left.why) for left in outcome.left] == [(own, NotTaken.OWN_HOURS)]
    assert outcome.done == office.entries


def test_approve_all_knows_nothing_of_another_bases_entries() -> None:
    office, other = Office(entries=1), Office(entries=1)

    outcome = credit_batches.approve_all(seen=seen_of(other.entries), auditor=office.base, by=office.auditor, now=NOON)

    assert (outcome.done, outcome.left, states()) == ([], [], {State.EARNED})


def test_more_than_one_act_may_hold_is_refused() -> None:
    office = Office(entries=0)
    many = [Seen(number, 0) for number in range(1, 52)]

    with pytest.raises(credit_batches.TooMany):
        credit_batches.approve_all(seen=many, auditor=office.base, by=office.auditor, now=NOON)


def test_confirm_all_moves_the_years_and_leaves_a_receipt() -> None:
    office = Office()
    seen = office.approved()

    outcome = office.confirm(seen)

    assert (len(outcome.done), states(), outcome.certificates) == (3, {State.CONFIRMED}, [])
    assert set(AnnualRecord.objects.values_list("confirmed_professional_centihours", flat=True)) == {400}
    line = AuditLogEntry.objects.get(action=credit_batches.CONFIRMED_BATCH)
    assert line.subject == f"snapshot:{signed(seen)}"
    assert (line.facts["rules"], sorted(line.facts["entries"])) == (["2026-1"], sorted(e.pk for e in office.entries))


def test_confirm_all_issues_the_certificates_in_the_same_act() -> None:
    office = Office(entries=0)
    year = years.fulfilled_year(base=office.base, bureau=office.bureau, stop_at="audited")

    outcome = office.confirm(seen_of(year.entries))

    assert outcome.certificates == [year.certificate]
    line = AuditLogEntry.objects.get(action=credit_batches.CONFIRMED_BATCH)
    assert line.facts["certificates"] == [year.certificate.pk]


def test_confirm_all_twice_confirms_once_and_says_who_was_first() -> None:
    office = Office()
    seen = office.approved()
    office.confirm(seen)
    colleague = make.PersonFactory(title_level="")

    outcome = office.confirm(seen, by=colleague)

    assert (outcome.done, outcome.receipt) == ([], None)
    assert {left.why for left in outcome.left} == {NotTaken.ALREADY_DECIDED}
    assert {left.first.actor for left in outcome.left if left.first} == {office.officer}
    assert CreditDecision.objects.filter(verdict=Verdict.CONFIRMED).count() == 3
    assert AuditLogEntry.objects.filter(action=credit_batches.CONFIRMED_BATCH).count() == 1


def test_confirm_all_leaves_a_row_that_changed_after_it_was_signed() -> None:
    office = Office(entries=2)
    seen = office.approved()
    snapshot = signed(seen)
    changed = office.entries[0]
    credits.send_back(entry=changed, by=office.officer, reason_code="scope", reason_text="请核", now=NOON)
    credits.approve(entry=changed, by=office.auditor, now=NOON)

    outcome = credit_batches.confirm_all(
        seen=seen, snapshot=snapshot, bureau=office.bureau, by=office.officer, now=NOON
    )

    assert [(left.entry, left.why) for left in outcome.left] == [(changed, NotTaken.CHANGED)]
    assert outcome.done == [office.entries[1]]


def test_confirm_all_refuses_another_snapshot_than_was_signed() -> None:
    office = Office(entries=2)
    seen = office.approved()

    with pytest.raises(credit_batches.SnapshotDiffers):
        credit_batches.confirm_all(
            seen=seen, snapshot=signed(seen[:1]), bureau=office.bureau, by=office.officer, now=NOON
        )

    assert states() == {State.AUDITED}


def test_the_auditor_confirms_nothing_they_audited() -> None:
    office = Office(entries=1)
    seen = office.approved()

    outcome = office.confirm(seen, by=office.auditor)

    assert [left.why for left in outcome.left] == [NotTaken.OWN_HOURS]
    assert states() == {State.AUDITED}


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="lifts SQLite's trigger to play the forger")
def test_an_entry_altered_by_hand_is_never_decided() -> None:
    office = Office(entries=1)
    (entry,) = office.entries
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'learning_creditentry_no_update'")
        (trigger,) = cursor.fetchone()
        cursor.execute("DROP TRIGGER learning_creditentry_no_update")
        cursor.execute("UPDATE learning_creditentry SET centihours = 9000 WHERE id = %s", [entry.pk])
        cursor.execute(trigger)

    outcome = credit_batches.approve_all(seen=seen_of(office.entries), auditor=office.base, by=office.auditor, now=NOON)

    assert [left.why for left in outcome.left] == [NotTaken.ALTERED]
    assert states() == {State.EARNED}


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads that start together; return what each gave, in order."""
    start = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            results[place] = act()
        except Exception as failure:  # noqa: BLE001 -- handed to the test, which fails on it
            results[place] = failure
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_confirm_each_entry_once() -> None:
    office = Office(entries=4)
    seen = office.approved()
    second = make.PersonFactory(title_level="")

    outcomes = at_once(lambda: office.confirm(seen), lambda: office.confirm(list(reversed(seen)), by=second))

    assert [type(outcome) for outcome in outcomes] == [credit_batches.Outcome] * 2
    assert sorted(len(outcome.done) for outcome in outcomes if isinstance(outcome, credit_batches.Outcome)) == [0, 4]
    assert CreditDecision.objects.filter(verdict=Verdict.CONFIRMED).count() == 4
    assert set(AnnualRecord.objects.values_list("confirmed_professional_centihours", flat=True)) == {400}


@pytest.mark.django_db(transaction=True)
def test_acts_that_overlap_never_wait_for_each_other_for_ever() -> None:
    office = Office(entries=4)
    seen = office.approved()
    second, third = make.PersonFactory(title_level=""), make.PersonFactory(title_level="")
    last = office.entries[3]

    outcomes = at_once(
        lambda: office.confirm(seen[:3]),
        lambda: office.confirm(list(reversed(seen[1:])), by=second),
        lambda: credits.send_back(entry=last, by=third, reason_code="scope", reason_text="请核", now=NOON),
    )

    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [failure for failure in failures if not isinstance(failure, credits.AlreadyDecided)] == []
    decided = list(CreditDecision.objects.exclude(verdict=Verdict.APPROVED).values_list("entry_id", flat=True))
    assert sorted(decided) == sorted(entry.pk for entry in office.entries)


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_issue_one_certificate() -> None:
    office = Office(entries=0)
    year = years.fulfilled_year(base=office.base, bureau=office.bureau, stop_at="audited")
    seen = seen_of(year.entries)
    second = make.PersonFactory(title_level="")

    outcomes = at_once(lambda: office.confirm(seen[:1]), lambda: office.confirm(seen[1:], by=second))

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert Certificate.objects.count() == 1
