"""Reversal runs at work: by the law of single reversals, once each, whoever dies, whoever was first."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning import tasks
from learning.actions import (
    audit_log,
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
    CreditDecision,
    CreditEntry,
    LedgerLink,
    ReversalRun,
)
from learning.models.run import RunState
from learning.rules.reasons import ReversalReason
from tests.factories import runs, years
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db
AFTER = LATER + dt.timedelta(hours=1)


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
        office = runs.busy_office(like=office)
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
    assert years.differences() == []


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
    assert years.differences() == []


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
    assert years.differences() == []


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
    assert years.differences() == []
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
