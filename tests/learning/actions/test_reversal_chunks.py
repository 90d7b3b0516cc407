"""Reversal runs at work: by the law of single reversals, once each, whoever dies, whoever was first."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from learning import ledger_check, tasks
from learning.actions import (
    audit_log,
    certificate_runs,
    credits,
    reversal_chunks,
    reversal_runs,
    reversals,
    run_chunks,
)
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CertificateRun,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    LedgerLink,
    Membership,
    ReversalRun,
    Role,
)
from learning.models.credit import CreditEntryEvidence
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import Verdict
from learning.rules.reasons import NotTaken, ReversalReason
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import ledger, runs, years
from tests.factories.learning import NOON
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db
AFTER = LATER + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


def busy_office(like: Office | None = None) -> Office:
    """Three learners; the first has their whole year and four hours more, the second two entries."""
    office = Office(entries=3)
    if like is not None:
        office.bureau, office.officer = like.bureau, like.officer
    requirement = make.RequirementFactory()
    wanted = [(0, SubjectKind.PUBLIC, 2_600), (0, SubjectKind.PROFESSIONAL, 6_000), (1, SubjectKind.PROFESSIONAL, 300)]
    for number, kind, centihours in wanted:
        edition = years.published(base=office.base, requirement=requirement, kind=kind, centihours=centihours)
        office.entries.append(years.earn(person=office.entries[number].person, edition=edition))
    office.approved()
    for entry in office.entries[3:]:
        if entry.standing.state == "earned":
            credits.approve(entry=entry, by=office.auditor, now=NOON)
    return office


@pytest.fixture
def office() -> Office:
    return busy_office()


def undone(office: Office, *, is_again: bool = False, **narrowed: Any) -> ReversalRun:
    """Confirm everything, then sign its reversal."""
    return runs.undo_signed(office, runs.undoing(office, of=runs.done(office), is_again=is_again, **narrowed))


def rows(people: list[int]) -> dict[str, list[Any]]:
    """Return what stands in the ledger for these people, told without numbers and times."""
    entries = CreditEntry.objects.filter(person__in=people).order_by("person_id", "kind", "restores", "centihours")
    places = {pk: place for place, pk in enumerate(people)}
    decisions = CreditDecision.objects.filter(entry__in=entries).order_by("entry__person_id", "entry", "sequence")
    records = AnnualRecord.objects.filter(person__in=people).order_by("person_id")
    pages = Certificate.objects.filter(book__person__in=people).order_by("book__person_id", "pk")
    return {
        "entries": [
            (places[entry.person_id], entry.kind, entry.centihours, entry.standing.state, entry.evidence.count())
            for entry in entries.select_related("standing")
        ],
        "keys": sorted(entry.source_key.partition("#")[2] for entry in entries),
        "decisions": [(row.verdict, row.sequence, row.reason_code, row.reason_text) for row in decisions],
        "records": [
            (row.state, row.confirmed.total_centihours, row.pending.total_centihours, row.met_at is None)
            for row in records
        ],
        "pages": [(page.state, page.revocation_reason, page.replacement_reason) for page in pages],
    }


@pytest.mark.parametrize("is_again", [False, True], ids=["for good", "again"])
@pytest.mark.parametrize("kept", [0, 1], ids=["whole", "a part"])
def test_a_run_does_to_each_entry_what_a_single_reversal_does(is_again: bool, kept: int) -> None:
    told = []
    office = None
    for is_single in (True, False):
        office = busy_office(like=office)
        people = [entry.person_id for entry in office.entries[:3]]
        done = runs.done(office)
        entries = reversal_runs.reversible(confirmed_by=done, officer=office.officer)
        entries = entries.exclude(pk__in=[entry.pk for entry in office.entries[:kept]])
        if is_single:
            for entry in entries.order_by("person_id", "year", "pk"):
                reversals.reverse(
                    entry=entry,
                    by=office.officer,
                    reason_code=ReversalReason.MISTAKE,
                    reason_text="误确认，重新审核",
                    is_again=is_again,
                    now=AFTER,
                )
        else:
            with mock.patch.object(reversal_runs, "reversible", return_value=entries):
                run = runs.undoing(office, of=done, is_again=is_again)
            runs.undo_work(runs.undo_signed(office, run), now=AFTER)
        found = rows(people)
        # One after the other, singles may replace a page before they revoke it.
        found["pages"] = found["pages"][-1:]
        told.append(found)

    assert told[0] == told[1]
    assert list(ledger_check.run().differences) == []


def test_the_end_is_a_receipt(office: Office) -> None:
    run = runs.undo_work(undone(office, is_again=True))

    assert (run.state, run.cursor, run.reversed_count, run.left_count) == (RunState.DONE, 6, 6, 0)
    assert run.receipt is not None
    assert run.receipt.facts == {
        "state": "done",
        "stop_reason": "",
        "confirmation_run": run.confirmation_run_id,
        "items": 6,
        "count": 6,
        "centihours": 10_100,
        "left": 0,
        "revoked": 1,
        "replaced": 0,
        "rules": ["2026-1"],
        "reason_code": "mistake",
        "reason_text": "误确认，重新审核",
        "again": True,
        "snapshot": run.snapshot,
        "officer": office.officer.pk,
        "second_officer": 0,
    }
    assert (run.short_count, run.revoke_count, run.replace_count) == (1, 1, 0)


def test_a_part_that_leaves_the_year_met_replaces_its_page(office: Office) -> None:
    edition = office.entries[0].enrolment
    assert edition is not None
    run = undone(office, course_key=edition.course_key)
    runs.undo_work(run)

    run.refresh_from_db()
    page = Certificate.objects.standing().get()
    assert page.facts["professional_centihours"] == 6_000
    assert (run.reversed_count, run.revoked_count, run.replaced_count) == (3, 0, 1)
    assert list(ledger_check.run().differences) == []


def test_everything_hangs_on_its_persons_chain(office: Office) -> None:
    runs.undo_work(undone(office, is_again=True))

    entries = CreditEntry.objects.all()
    assert LedgerLink.objects.filter(kind="entry").count() == entries.count() == 18
    assert LedgerLink.objects.filter(kind="decision").count() == CreditDecision.objects.count()


def test_what_is_undone_can_be_confirmed_by_a_run_again(office: Office) -> None:
    runs.undo_work(undone(office, is_again=True))
    for entry in CreditEntry.objects.filter(restores__isnull=False):
        credits.approve(entry=entry, by=office.auditor, now=AFTER)

    second = runs.work(runs.running(office), now=AFTER)

    assert second.confirmed_count == 6
    assert Certificate.objects.standing().count() == 1
    assert list(ledger_check.run().differences) == []


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_persons_year_is_corrected_once_however_small_the_chunk(
    office: Office, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = undone(office)
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", size)
    runs.undo_work(run)

    run.refresh_from_db()
    assert (run.state, run.reversed_count, run.left_count) == (RunState.DONE, 6, 0)
    assert CreditEntry.objects.filter(kind="reversal").count() == 6
    assert list(ledger_check.run().differences) == []
    if size > 2:
        assert Certificate.objects.count() == 1


@pytest.mark.parametrize("lines_before_death", range(6))
def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    office: Office, lines_before_death: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    run = undone(office, is_again=True)
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 3)
    real, written = audit_log.append, iter(range(lines_before_death))

    def append(**facts: object) -> AuditLogEntry:
        if next(written, None) is None:
            raise Killed
        return real(**facts)  # type: ignore[arg-type]

    with mock.patch.object(audit_log, "append", append):
        try:
            tasks.reverse_running_runs()
        except Killed:
            run.refresh_from_db()
            assert run.cursor == CreditEntry.objects.filter(kind="reversal").count()
    for _time in range(2):
        tasks.reverse_running_runs()

    run.refresh_from_db()
    assert (run.state, run.reversed_count) == (RunState.DONE, 6)
    assert CreditEntry.objects.filter(kind="reversal").count() == 6
    assert CreditEntry.objects.filter(restores__isnull=False).count() == 6
    assert AuditLogEntry.objects.filter(action=reversal_runs.REVERSED_RUN).count() == 1


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


def test_the_second_officers_own_hours_are_left_to_a_colleague(office: Office, settings: Any) -> None:
    settings.SECOND_OFFICER_ABOVE = 2
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
    assert list(ledger_check.run().differences) == []
    other = office.entries[1] if restored.person_id != office.entries[1].person_id else office.entries[2]
    again = CreditEntry.objects.get(restores__reverses=other)
    CreditEntryEvidence(entry=again, evidence=restored.evidence.order_by("pk")[0]).save()

    assert any("carries 2 entries" in found for found in ledger_check.run().differences)


def test_a_chunk_asks_no_more_for_more_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    first = None
    for entries in (1, 3):
        office = Office(entries=entries)
        office.approved()
        first = first or office
        office.bureau, office.officer = first.bureau, first.officer
        run = undone(office, is_again=True)
        with CaptureQueriesContext(connection) as queries:
            reversal_chunks.reverse_next(run.pk, now=LATER)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.fixture
def both(transactional_db: None) -> Office:
    return busy_office()


def at_once(*acts: Any) -> None:
    """Do all at once, each in a thread of its own."""
    barrier = threading.Barrier(len(acts))

    def do(act: Any) -> None:
        try:
            barrier.wait()
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work_all(*pks: int) -> None:
    for pk in pks:
        while reversal_chunks.reverse_next(pk, now=LATER):
            pass


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_undo_at_once_take_each_entry_back_once(both: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 2)
    done = runs.done(both)
    entries = reversal_runs.reversible(confirmed_by=done, officer=both.officer)
    numbers = list(entries.values_list("pk", flat=True))
    # Both looked before either froze.
    with mock.patch.object(reversal_runs, "reversible", return_value=CreditEntry.objects.filter(pk__in=numbers)):
        pair = [runs.undo_signed(both, runs.undoing(both, of=done, is_again=True)) for _officer in "ab"]

    at_once(*(lambda pk=run.pk: work_all(pk) for run in pair))
    work_all(*(run.pk for run in pair))

    for run in pair:
        run.refresh_from_db()
    assert sum(run.reversed_count for run in pair) == 6
    assert sum(run.left_count for run in pair) == 6
    assert CreditEntry.objects.filter(kind="reversal").count() == 6
    assert CreditEntry.objects.filter(restores__isnull=False).count() == 6
    assert list(ledger_check.run().differences) == []


@pytest.mark.django_db(transaction=True)
def test_an_undo_against_a_certificate_run_leaves_no_page_that_says_too_much(both: Office) -> None:
    run = runs.undo_signed(both, runs.undoing(both, of=runs.done(both)))
    page = Certificate.objects.standing().get()
    certificate_runs.begin_change(
        kind=CertificateRun.Kind.REISSUE,
        pages=[page],
        reason=Certificate.ReplacementReason.OTHER,
        text="换发",
        bureau=both.bureau,
        by=both.officer,
        now=LATER,
    )

    at_once(lambda: work_all(run.pk), tasks.carry_on_certificate_runs)
    tasks.carry_on_certificate_runs()
    work_all(run.pk)

    run.refresh_from_db()
    assert run.reversed_count == 6
    assert not Certificate.objects.standing().exists()
    assert CreditStanding.objects.filter(state="confirmed").count() == 0
    assert list(ledger_check.run().differences) == []


@pytest.mark.django_db(transaction=True)
def test_an_undo_against_a_single_reversal_takes_the_entry_back_once(both: Office) -> None:
    run = runs.undo_signed(both, runs.undoing(both, of=runs.done(both)))
    entry = both.entries[0]

    def single() -> None:
        with contextlib.suppress(credits.AlreadyDecided):
            reversals.reverse(
                entry=entry, by=both.officer, reason_code=ReversalReason.OTHER, reason_text="单独", now=LATER
            )

    at_once(lambda: work_all(run.pk), single)
    work_all(run.pk)

    run.refresh_from_db()
    assert run.reversed_count + run.left_count == 6
    assert CreditEntry.objects.filter(reverses=entry).count() == 1
    assert list(ledger_check.run().differences) == []
