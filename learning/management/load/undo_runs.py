"""Jobs on reversal runs: confirm a crowd and sign its undoing, work that as a worker does, tell what came of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management import call_command

from learning.actions import reversal_chunks, reversal_runs
from learning.management.load import crowd, runs
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    ConfirmationRun,
    CreditDecision,
    CreditEntry,
    LedgerLink,
    ReversalRun,
)
from learning.models.clock import database_now
from learning.rules.credit_states import Verdict
from learning.rules.ledger_chain import LinkKind
from learning.rules.reasons import ReversalReason


def prepare(entries: str) -> list[int]:
    """Make the tables, confirm so many entries, and return the signed run that takes them back to be judged again."""
    call_command("migrate", verbosity=0)
    return [signed_run(int(entries))]


def signed_run(entries: int) -> int:
    """Confirm so many entries in a run, and return the run that two officers signed to undo it."""
    at = crowd.offices()
    (confirmed_by,) = runs.signed_runs(entries)
    runs.work(str(confirmed_by))
    confirmed = ConfirmationRun.objects.select_related("bureau").get(pk=confirmed_by)
    now = database_now()
    run = reversal_runs.draft(
        confirmed_by=confirmed,
        entries=reversal_runs.reversible(confirmed_by=confirmed, officer=at.officer),
        reason_code=ReversalReason.MISTAKE,
        reason_text="误确认",
        is_again=True,
        by=at.officer,
        now=now,
    )
    reversal_runs.sign(run=run, snapshot=run.snapshot, by=at.officer, now=now)
    if run.needs_second:
        reversal_runs.approve(run=run, snapshot=run.snapshot, by=at.second, now=now)
    return run.pk


def work(number: str) -> None:
    """Work the run to its end."""
    while reversal_chunks.reverse_next(int(number), now=database_now()):
        pass


def state(number: str) -> dict[str, Any]:
    """Return how far a run is, and what stands in the ledger for its entries, counted anew."""
    run = ReversalRun.objects.select_related("receipt").get(pk=number)
    items = run.items.order_by()
    decided = CreditDecision.objects.filter(verdict=Verdict.REVERSED, entry__in=items.values("entry_id"))
    undone = CreditEntry.objects.filter(reverses__in=items.values("entry_id"))
    restored = CreditEntry.objects.filter(restores__in=undone.order_by().values("pk"))
    years = AnnualRecord.objects.filter(person__in=items.values("entry__person_id"))
    pages = Certificate.objects.filter(record__in=years.order_by().values("pk"))
    lines = AuditLogEntry.objects.filter(action=reversal_chunks.REVERSED_CHUNK, subject=f"reversal_run:{run.pk}")
    logged: Counter[int] = Counter()
    for line in lines.iterator():
        logged.update(entry for entry, _sequence in line.facts["decisions"])
    linked = LedgerLink.objects.filter(kind=LinkKind.ENTRY)
    return {
        "state": run.state,
        "items": run.item_count,
        "cursor": run.cursor,
        "decisions": decided.count(),
        "decided_entries": decided.values("entry_id").distinct().count(),
        "linked_decisions": LedgerLink.objects.filter(
            kind=LinkKind.DECISION, subject_id__in=decided.order_by().values("pk")
        ).count(),
        "logged_decisions": sum(logged.values()),
        "logged_entries": len(logged),
        "reversals": undone.count(),
        "restored": restored.count(),
        "linked_reversals": linked.filter(subject_id__in=undone.order_by().values("pk")).count(),
        "linked_restored": linked.filter(subject_id__in=restored.order_by().values("pk")).count(),
        "people": years.count(),
        "open_years": years.filter(
            state=AnnualRecord.State.OPEN, confirmed_public_centihours=0, confirmed_professional_centihours=0
        ).count(),
        "pages": pages.count(),
        "revoked_pages": pages.filter(revoked_at__isnull=False).count(),
        "receipt": run.receipt.facts if run.receipt else None,
    }
