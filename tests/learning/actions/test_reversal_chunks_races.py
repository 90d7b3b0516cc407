"""Reversal runs against other acts at once: real threads, on whichever database the run uses."""

from __future__ import annotations

import contextlib
import threading
from typing import Any
from unittest import mock

import pytest
from django.db import connections

from learning import tasks
from learning.actions import (
    certificate_runs,
    credits,
    reversal_chunks,
    reversal_runs,
    reversals,
    run_chunks,
)
from learning.models import (
    Certificate,
    CertificateRun,
    CreditEntry,
    CreditStanding,
)
from learning.rules.reasons import ReversalReason
from tests.factories import runs, years
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def both(transactional_db: None) -> Office:
    return runs.busy_office()


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
    assert years.differences() == []


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
    assert years.differences() == []


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
    assert years.differences() == []
