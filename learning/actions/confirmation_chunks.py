"""Confirmation runs at work: the next entries of a run, confirmed together.

In one transaction: standings, decisions, records, certificates, notices, the chain, one line in
the audit log, and the run's cursor. How a chunk is taken and counted is `run_chunks`'.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction

from learning.access import left_to_colleagues
from learning.actions import (
    certificate_batches,
    confirmation_runs,
    ledger_links,
    records,
    run_chunks,
    signed_runs,
)
from learning.actions.credit_batches import digest_as_it_stands
from learning.models import (
    AnnualRecord,
    Certificate,
    ConfirmationRun,
    ConfirmationRunItem,
    ConfirmationRunLeft,
    ConfirmationSample,
    CreditDecision,
    CreditEntry,
    CreditStanding,
)
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import NotTaken

CONFIRMED_CHUNK = "credit.confirm_chunk"


@dataclass(frozen=True, slots=True)
class Done:
    """What a chunk did."""

    items: list[ConfirmationRunItem]
    decisions: list[CreditDecision]
    certificates: list[Certificate]
    left: list[ConfirmationRunLeft]

    @property
    def centihours(self) -> int:
        """The hours of what was confirmed."""
        return sum(item.entry.centihours for item in self.items)


@transaction.atomic
def confirm_next(run_id: int, *, now: datetime) -> bool:
    """Confirm the next chunk of a running run; True when there is more to do.

    False, and nothing done, when the run is not running or another worker is at it.

    Raises: AlreadyDecided, when an entry moved in spite of its year's lock; nothing was done.
    """
    run = run_chunks.taken_up(ConfirmationRun.objects.all(), run_id)
    if run is None:
        return False
    if not run_chunks.signers_stand(run):
        confirmation_runs.end(run, state=RunState.STOPPED, now=now, stop_reason=StopReason.OFFICER_LEFT)
        return False
    items = run_chunks.next_items(ConfirmationRunItem.objects.filter(run=run), run=run)
    # First the locks: an audit or a single confirmation under way now must be seen.
    keys = {(item.entry.person_id, item.entry.year) for item in items}
    years = records.lock_years(keys=keys)
    now = records.in_order(now, keys=keys)
    left = _left(run, items, years, now=now)
    passed_over = {item.item_id for item in left}
    taken = [item for item in items if item.pk not in passed_over]
    decisions = run_chunks.decide(run, taken, Verdict.CONFIRMED, holder=run.bureau, now=now)
    touched = {(item.entry.person_id, item.entry.year) for item in taken}
    record_ids = [record.pk for record in years if (record.person_id, record.year) in touched]
    records.refresh_all(record_ids=record_ids, now=now)
    pages = certificate_batches.issue_due(record_ids=record_ids, bureau=run.bureau, by=run.officer, now=now)
    ConfirmationRunLeft.objects.bulk_create(left)
    done = Done(taken, decisions, pages, left)
    _link(done, now=now)
    _log(run, done, now=now)
    return _move_cursor(run, done, now=now)


def _left(
    run: ConfirmationRun, items: list[ConfirmationRunItem], years: list[AnnualRecord], *, now: datetime
) -> list[ConfirmationRunLeft]:
    """Return what must be left as it stands, and why; the years are locked, so nothing moves meanwhile."""
    of_item = {(year.person_id, year.year): year for year in years}
    entry_ids = [item.entry_id for item in items]
    standings = CreditStanding.objects.in_bulk(entry_ids)
    entries = CreditEntry.objects.filter(pk__in=entry_ids)
    whose = reduce(or_, (left_to_colleagues(signer) for signer in run_chunks.signers_of(run)))
    own = set(entries.filter(whose).values_list("pk", flat=True))
    flagged = set(entries.flagged().values_list("pk", flat=True))
    failed = set(ConfirmationSample.objects.filter(run=run, is_good=False).values_list("item_id", flat=True))

    def why(item: ConfirmationRunItem) -> NotTaken | None:
        standing = standings[item.entry_id]
        found = (
            (standing.state != State.AUDITED or standing.holder_id != run.bureau_id, NotTaken.ALREADY_DECIDED),
            (standing.decision_count != item.decision_count, NotTaken.CHANGED),
            (
                records.is_too_late(item.entry, of_item[item.entry.person_id, item.entry.year], now=now),
                NotTaken.TOO_LATE,
            ),
            (item.pk in failed, NotTaken.FAILED_SAMPLE),
            (item.entry_id in own, NotTaken.SIGNERS_OWN),
            (item.entry_id in flagged, NotTaken.FLAGGED),
            (digest_as_it_stands(item.entry) != item.entry.digest, NotTaken.ALTERED),
        )
        return next((reason for holds, reason in found if holds), None)

    return run_chunks.left_as_they_stand(run, items, why, ConfirmationRunLeft)


def _link(done: Done, *, now: datetime) -> None:
    """Hang each decision, and after them each page, on its person's chain."""
    decisions = [ledger_links.of_decision(decision, person_id=decision.entry.person_id) for decision in done.decisions]
    pages = [ledger_links.of_issue(page, person_id=page.book.person_id) for page in done.certificates]
    ledger_links.append_many([*decisions, *pages], now=now)


def _log(run: ConfirmationRun, done: Done, *, now: datetime) -> None:
    """Write the chunk's line: the decisions as [entry, sequence], the pages as [page, digest]."""
    signed_runs.log(
        CONFIRMED_CHUNK,
        run,
        by=run.officer,
        now=now,
        after=run.cursor,
        decisions=[[decision.entry_id, decision.sequence] for decision in done.decisions],
        certificates=[[page.pk, page.digest] for page in done.certificates],
        left=[[item.item.entry_id, str(item.why)] for item in done.left],
    )


def _move_cursor(run: ConfirmationRun, done: Done, *, now: datetime) -> bool:
    """Count the chunk and, after the last, end the run; True when there is more to do."""
    if run_chunks.advance(
        run,
        worked=len(done.items) + len(done.left),
        confirmed_count=len(done.items),
        confirmed_centihours=done.centihours,
        left_count=len(done.left),
        certificate_count=len(done.certificates),
        now=now,
    ):
        return True
    confirmation_runs.end(run, state=RunState.DONE, now=now, by=run.officer)
    return False
