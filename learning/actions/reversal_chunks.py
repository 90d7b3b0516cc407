"""Reversal runs at work: the next entries of a run, taken back together, by the law of `reversals`.

In one transaction: standings, decisions, reversals and what is restored, records, pages, the
chain, one line in the audit log, and the run's cursor. How a chunk is taken and counted is
`run_chunks`'. A person's year is never parted between two chunks, so that its page is
corrected once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from learning.actions import ledger_links, records, reversal_runs, reversals, run_chunks, signed_runs
from learning.actions.credit_batches import digest_as_it_stands
from learning.models import (
    AnnualRecord,
    Certificate,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    ReversalRun,
    ReversalRunItem,
    ReversalRunLeft,
)
from learning.models.credit import CreditEntryEvidence
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import NotTaken

REVERSED_CHUNK = "credit.reverse_chunk"


@dataclass(frozen=True, slots=True)
class Done:
    """What a chunk did."""

    items: list[ReversalRunItem]
    decisions: list[CreditDecision]
    #: The reversals, and after them what was restored.
    entries: list[CreditEntry]
    left: list[ReversalRunLeft]

    @property
    def centihours(self) -> int:
        """The hours of what was taken back."""
        return sum(item.entry.centihours for item in self.items)


@transaction.atomic
def reverse_next(run_id: int, *, now: datetime) -> bool:
    """Take back the next chunk of a running run; True when there is more to do.

    False, and nothing done, when the run is not running or another worker is at it.

    Raises: AlreadyDecided, when an entry moved in spite of its year's lock; nothing was done.
    """
    run = run_chunks.taken_up(ReversalRun.objects.all(), run_id)
    if run is None:
        return False
    if not run_chunks.signers_stand(run):
        reversal_runs.end(run, state=RunState.STOPPED, now=now, stop_reason=StopReason.OFFICER_LEFT)
        return False
    items = _whole_years(run_chunks.next_items(ReversalRunItem.objects.filter(run=run), run=run), run)
    # First the locks: a single reversal or another page under way now must be seen.
    # A year's surplus may stand in the next one.
    keys = {(item.entry.person_id, item.entry.year + on) for item in items for on in (0, 1)}
    years = records.lock_years(keys=keys)
    now = records.in_order(now, keys=keys)
    left = _left(run, items)
    passed_over = {item.item_id for item in left}
    taken = [item for item in items if item.pk not in passed_over]
    done = _take_back(run, taken, left, now=now)
    touched = {(item.entry.person_id, item.entry.year) for item in taken}
    record_ids = [record.pk for record in years if (record.person_id, record.year) in touched]
    records.refresh_all(record_ids=record_ids, now=now)
    _log(run, done, now=now)
    revoked, replaced = _correct_pages(run, record_ids, held=years, now=now)
    records.close_again(record_ids=record_ids, now=now)
    return _move_cursor(run, done, revoked=revoked, replaced=replaced, now=now)


def _whole_years(items: list[ReversalRunItem], run: ReversalRun) -> list[ReversalRunItem]:
    """Leave a last year that goes on behind the chunk to the next one, unless the chunk is that year's alone."""
    last = items[-1]
    if last.position == run.item_count:
        return items
    year = (last.entry.person_id, last.entry.year)
    whole = [item for item in items if (item.entry.person_id, item.entry.year) != year]
    return whole or items


def _left(run: ReversalRun, items: list[ReversalRunItem]) -> list[ReversalRunLeft]:
    """Return what must be left as it stands, and why; the years are locked, so nothing moves meanwhile."""
    standings = CreditStanding.objects.in_bulk([item.entry_id for item in items])
    signers = {signer.pk for signer in run_chunks.signers_of(run)}

    def why(item: ReversalRunItem) -> NotTaken | None:
        standing = standings[item.entry_id]
        if standing.state != State.CONFIRMED or standing.decision_count != item.decision_count:
            return NotTaken.ALREADY_DECIDED
        if item.entry.person_id in signers:
            return NotTaken.SIGNERS_OWN
        return NotTaken.ALTERED if digest_as_it_stands(item.entry) != item.entry.digest else None

    return run_chunks.left_as_they_stand(run, items, why, ReversalRunLeft)


def _take_back(run: ReversalRun, items: list[ReversalRunItem], left: list[ReversalRunLeft], *, now: datetime) -> Done:
    """Do to each entry what `reversals.reverse` does, and hang it all on the chains in that order."""
    decisions = run_chunks.decide(
        run,
        items,
        Verdict.REVERSED,
        holder=None,
        now=now,
        reason_code=run.reason_code,
        reason_text=run.reason_text,
    )
    undone = CreditEntry.objects.bulk_create(reversals.reversal_of(item.entry, now=now) for item in items)
    CreditStanding.objects.bulk_create(
        CreditStanding(entry=entry, state=State.REVERSED, holder=None, since=now) for entry in undone
    )
    restored: list[CreditEntry] = []
    if run.is_again:
        restored = CreditEntry.objects.bulk_create(reversals.restored_after(reversal) for reversal in undone)
        CreditEntryEvidence.objects.bulk_create(reversals.evidence_of(restored))
        CreditStanding.objects.bulk_create(
            CreditStanding(entry=entry, state=State.EARNED, holder_id=entry.auditor_id, since=now) for entry in restored
        )
    ReversalRunLeft.objects.bulk_create(left)
    links = [ledger_links.of_decision(decision, person_id=decision.entry.person_id) for decision in decisions]
    entries = [*undone, *restored]
    ledger_links.append_many([*links, *(ledger_links.of_entry(entry) for entry in entries)], now=now)
    return Done(items, decisions, entries, left)


def _correct_pages(
    run: ReversalRun, record_ids: list[int], *, held: list[AnnualRecord], now: datetime
) -> tuple[int, int]:
    """Let each year's page follow its hours; return how many were revoked and how many replaced.

    `held`: these years and the next ones, whose pages go with what they had taken over.
    """
    # A year that was open before has no page, and stays open.
    years = AnnualRecord.objects.filter(pk__in=record_ids).exclude(state=AnnualRecord.State.OPEN)
    pages = set(Certificate.objects.standing().filter(record__in=held).values_list("pk", flat=True))
    for record in years.select_related("requirement").order_by("person_id", "year"):
        reversals.follow(
            record=record, by=run.officer, reason_code=run.reason_code, reason_text=run.reason_text, now=now
        )
    ended = Certificate.objects.filter(pk__in=pages)
    return ended.filter(revoked_at__isnull=False).count(), ended.filter(replaced_at__isnull=False).count()


def _log(run: ReversalRun, done: Done, *, now: datetime) -> None:
    """Write the chunk's line: the decisions as [entry, sequence], the entries as [entry, digest]."""
    signed_runs.log(
        REVERSED_CHUNK,
        run,
        by=run.officer,
        now=now,
        after=run.cursor,
        reason_code=run.reason_code,
        reason_text=run.reason_text,
        decisions=[[decision.entry_id, decision.sequence] for decision in done.decisions],
        entries=[[entry.pk, entry.digest] for entry in done.entries],
        left=[[item.item.entry_id, str(item.why)] for item in done.left],
    )


def _move_cursor(run: ReversalRun, done: Done, *, revoked: int, replaced: int, now: datetime) -> bool:
    """Count the chunk and, after the last, end the run; True when there is more to do."""
    if run_chunks.advance(
        run,
        worked=len(done.items) + len(done.left),
        reversed_count=len(done.items),
        reversed_centihours=done.centihours,
        left_count=len(done.left),
        revoked_count=revoked,
        replaced_count=replaced,
        now=now,
    ):
        return True
    reversal_runs.end(run, state=RunState.DONE, now=now, by=run.officer)
    return False
