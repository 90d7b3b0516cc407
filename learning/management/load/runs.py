"""Jobs on confirmation runs: prepare some, work them as a worker does, and what a bare update costs beside it."""

from __future__ import annotations

import resource
import time
from collections import Counter
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from learning.actions import confirmation_chunks, confirmation_runs
from learning.management.load import crowd, rows
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    ConfirmationRun,
    ConfirmationSample,
    CreditDecision,
    LedgerLink,
)
from learning.models.clock import database_now
from learning.rules.credit_states import Verdict
from learning.rules.ledger_chain import LinkKind


def prepare(*sizes: str) -> list[int]:
    """Make the tables and, for each size, a crowd of so many entries and a run signed by two; return the runs."""
    call_command("migrate", verbosity=0)
    return signed_runs(*map(int, sizes))


def signed_runs(*sizes: int) -> list[int]:
    """Load a crowd for each size, and give each a run that two officers signed."""
    at = crowd.offices()
    first = ConfirmationRun.objects.count()
    bases = [
        crowd.load(f"crowd-{number}", entries=size, at=at, now=database_now())
        for number, size in enumerate(sizes, start=first)
    ]
    rows.let_the_planner_know()
    numbers = []
    for base in bases:
        now = database_now()
        run = confirmation_runs.draft(bureau=at.bureau, by=at.officer, now=now, base=base)
        confirmation_runs.draw_sample(run=run, by=at.officer, now=now)
        samples = ConfirmationSample.objects.filter(run=run).values_list("pk", flat=True)
        confirmation_runs.judge_sample(run=run, verdicts=dict.fromkeys(samples, True), by=at.officer, now=now)
        confirmation_runs.sign(run=run, snapshot=run.snapshot, by=at.officer, now=now)
        if run.needs_second:
            confirmation_runs.approve(run=run, snapshot=run.snapshot, by=at.second, now=now)
        numbers.append(run.pk)
    return numbers


def work(*numbers: str) -> dict[str, Any]:
    """Work the runs to their ends, one after the other; return what each took and this process's peak memory.

    `cpu_seconds` are this process's own: what a busy machine does not stretch.
    """
    spent_s, cpu_s = [], []
    for number in map(int, numbers):
        start_s, cpu_start_s = time.perf_counter(), time.process_time()
        while confirmation_chunks.confirm_next(number, now=database_now()):
            pass
        spent_s.append(time.perf_counter() - start_s)
        cpu_s.append(time.process_time() - cpu_start_s)
    return {"seconds": spent_s, "cpu_seconds": cpu_s, "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def bare_update(number: str) -> float:
    """Set the same columns of a worked run's standings in one statement; return its seconds, commit included."""
    start_s = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE learning_creditstanding SET state = 'audited', holder_id = "
            "(SELECT bureau_id FROM learning_confirmationrun WHERE id = %s), since = %s, "
            "decision_count = decision_count - 1 "
            "WHERE entry_id IN (SELECT entry_id FROM learning_confirmationrunitem WHERE run_id = %s)",
            [number, database_now(), number],
        )
    return time.perf_counter() - start_s


def state(number: str) -> dict[str, Any]:
    """Return how far a run is, and what stands in the ledger for its entries, counted anew."""
    run = ConfirmationRun.objects.select_related("receipt").get(pk=number)
    items = run.items.order_by()
    decided = CreditDecision.objects.filter(verdict=Verdict.CONFIRMED, entry__in=items.values("entry_id"))
    pages = Certificate.objects.filter(book__person__in=items.values("entry__person_id"))
    years = AnnualRecord.objects.filter(person__in=items.values("entry__person_id"))
    whole = crowd.COURSE_CENTIHOURS * len(crowd.SUBJECTS)
    lines = AuditLogEntry.objects.filter(
        action=confirmation_chunks.CONFIRMED_CHUNK, subject=f"confirmation_run:{run.pk}"
    )
    logged = Counter(entry for line in lines.iterator() for entry, _sequence in line.facts["decisions"])
    return {
        "state": run.state,
        "items": run.item_count,
        "cursor": run.cursor,
        "decisions": decided.count(),
        "decided_entries": decided.values("entry_id").distinct().count(),
        "linked_decisions": LedgerLink.objects.filter(
            kind=LinkKind.DECISION, subject_id__in=decided.values("pk")
        ).count(),
        "logged_decisions": sum(logged.values()),
        "logged_entries": len(logged),
        "pages": pages.count(),
        "paged_people": pages.values("book__person_id").distinct().count(),
        "whole_years": years.filter(
            state=AnnualRecord.State.CONFIRMED,
            confirmed_public_centihours=crowd.COURSE_CENTIHOURS,
            confirmed_professional_centihours=whole - crowd.COURSE_CENTIHOURS,
            pending_professional_centihours=0,
        ).count(),
        "people": years.count(),
        "receipt": run.receipt.facts if run.receipt else None,
    }
