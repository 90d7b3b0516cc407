"""Jobs on certificate runs: prepare one that issues many pages, work it as a worker does, tell what came of it."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command

from learning.actions import certificate_runs
from learning.management.load import crowd, rows
from learning.models import AnnualRecord, AuditLogEntry, Certificate, CertificateRun, CertificateRunItem, LedgerLink
from learning.models.clock import database_now
from learning.rules.ledger_chain import LinkKind


def prepare(pages: str) -> list[int]:
    """Make the tables and so many years without their pages; begin to issue them, and return the run."""
    call_command("migrate", verbosity=0)
    at = crowd.offices()
    crowd.load_met("met", people=int(pages), at=at, now=database_now())
    rows.let_the_planner_know()
    return [certificate_runs.begin_issue(bureau=at.bureau, by=at.officer, now=database_now()).pk]


def work(number: str) -> None:
    """Work the run to its end."""
    while certificate_runs.carry_on_by_id(int(number)):
        pass


def state(number: str) -> dict[str, Any]:
    """Return how far the run is, and what stands of its pages, counted anew."""
    run = CertificateRun.objects.get(pk=number)
    items = run.items.order_by()
    pages = Certificate.objects.filter(record__in=items.values("record_id"))
    receipts = AuditLogEntry.objects.filter(action="certificate_run.finish", subject=f"certificate_run:{run.pk}")
    logged = AuditLogEntry.objects.filter(action="certificate.issue").values("subject").distinct()
    return {
        "is_finished": run.finished_at is not None,
        "items": items.count(),
        "done": items.filter(outcome=CertificateRunItem.Outcome.DONE).count(),
        "results": items.filter(result__in=pages).count(),
        "pages": pages.count(),
        "paged_people": pages.values("book__person_id").distinct().count(),
        "linked_pages": LedgerLink.objects.filter(kind=LinkKind.ISSUE, subject_id__in=pages.values("pk")).count(),
        "log_lines": AuditLogEntry.objects.filter(action="certificate.issue").count(),
        "logged_pages": logged.count(),
        "registered_years": AnnualRecord.objects.filter(
            pk__in=items.values("record_id"), state=AnnualRecord.State.CONFIRMED
        ).count(),
        "receipts": [receipt.facts for receipt in receipts],
    }
