"""Confirmation runs at work: the next entries of a run, confirmed together.

One chunk is one transaction: standings, decisions, records, certificates, the chain, one
line in the audit log, and the run's cursor. A worker killed in the middle has done nothing;
the next one begins at the cursor. Each entry is confirmed or left as it stood, and what is
left is named; that one is left holds up no other.

NB: one line of the audit log a chunk, not an entry: its head is the one row every act of
the house waits for. The line names every decision and page, so that `verify_ledger` finds
each of them in the log as it finds single ones.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from learning.access import left_to_colleagues, may_confirm_for
from learning.actions import (
    audit_log,
    certificate_batches,
    confirmation_runs,
    credits,
    job_hints,
    ledger_links,
    records,
)
from learning.actions.credit_batches import digest_as_it_stands
from learning.models import (
    Certificate,
    ConfirmationRun,
    ConfirmationRunItem,
    ConfirmationRunLeft,
    ConfirmationSample,
    CreditDecision,
    CreditEntry,
    CreditStanding,
)
from learning.models.confirmation_run import RunState, StopReason
from learning.rules.credit_states import TRANSITIONS, State, Verdict
from learning.rules.reasons import NotTaken

#: Entries of one transaction: long enough to be quick, short enough to keep nobody waiting.
CHUNK_SIZE = 500
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
    runs = ConfirmationRun.objects.select_related("bureau", "officer", "second_officer")
    run = runs.select_for_update(of=("self",), skip_locked=True).filter(pk=run_id, state=RunState.RUNNING).first()
    if run is None:
        return False
    if not _signers_stand(run):
        confirmation_runs.end(run, state=RunState.STOPPED, now=now, stop_reason=StopReason.OFFICER_LEFT)
        return False
    ahead = run.items.filter(position__gt=run.cursor, position__lte=run.cursor + CHUNK_SIZE)
    items = list(ahead.select_related("entry").order_by("position"))
    # First the locks: an audit or a single confirmation under way now must be seen.
    years = records.lock_years(keys={(item.entry.person_id, item.entry.year) for item in items})
    left = _left(run, items)
    passed_over = {item.item_id for item in left}
    taken = [item for item in items if item.pk not in passed_over]
    decisions = _decide(run, taken, now=now)
    touched = {(item.entry.person_id, item.entry.year) for item in taken}
    record_ids = [record.pk for record in years if (record.person_id, record.year) in touched]
    records.refresh_all(record_ids=record_ids, now=now)
    pages = certificate_batches.issue_due(record_ids=record_ids, bureau=run.bureau, by=run.officer, now=now)
    ConfirmationRunLeft.objects.bulk_create(left)
    done = Done(taken, decisions, pages, left)
    _link(done, now=now)
    _log(run, done, now=now)
    return _move_cursor(run, done, now=now)


def _signers_stand(run: ConfirmationRun) -> bool:
    """Say whether all who signed are still officers of the bureau: a role that was taken ends at once."""
    signers = [run.officer, *([run.second_officer] if run.second_officer else [])]
    return all(may_confirm_for(signer, run.bureau) for signer in signers)


def _left(run: ConfirmationRun, items: list[ConfirmationRunItem]) -> list[ConfirmationRunLeft]:
    """Return what must be left as it stands, and why; the years are locked, so nothing moves meanwhile."""
    entry_ids = [item.entry_id for item in items]
    standings = CreditStanding.objects.in_bulk(entry_ids)
    entries = CreditEntry.objects.filter(pk__in=entry_ids)
    whose = left_to_colleagues(run.officer)
    if run.second_officer is not None:
        whose |= left_to_colleagues(run.second_officer)
    own = set(entries.filter(whose).values_list("pk", flat=True))
    flagged = set(entries.flagged().values_list("pk", flat=True))
    failed = set(ConfirmationSample.objects.filter(run=run, is_good=False).values_list("item_id", flat=True))

    def why(item: ConfirmationRunItem) -> NotTaken | None:
        standing = standings[item.entry_id]
        if standing.state != State.AUDITED or standing.holder_id != run.bureau_id:
            return NotTaken.ALREADY_DECIDED
        if standing.decision_count != item.decision_count:
            return NotTaken.CHANGED
        if item.pk in failed:
            return NotTaken.FAILED_SAMPLE
        if item.entry_id in own:
            return NotTaken.SIGNERS_OWN
        if item.entry_id in flagged:
            return NotTaken.FLAGGED
        return NotTaken.ALTERED if digest_as_it_stands(item.entry) != item.entry.digest else None

    reasons = {item: reason for item in items if (reason := why(item)) is not None}
    moved = {NotTaken.ALREADY_DECIDED, NotTaken.CHANGED}
    firsts = _last_decisions([item.entry_id for item, reason in reasons.items() if reason in moved])
    return [
        ConfirmationRunLeft(run=run, item=item, why=reason, first=firsts.get(item.entry_id))
        for item, reason in reasons.items()
    ]


def _last_decisions(entry_ids: list[int]) -> dict[int, CreditDecision]:
    decisions = CreditDecision.objects.filter(entry_id__in=entry_ids).order_by("entry_id", "sequence")
    return {decision.entry_id: decision for decision in decisions}


def _decide(run: ConfirmationRun, items: list[ConfirmationRunItem], *, now: datetime) -> list[CreditDecision]:
    """Move the standings and write the decisions. Raises: AlreadyDecided."""
    by_count: dict[int, list[int]] = defaultdict(list)
    for item in items:
        by_count[item.decision_count].append(item.entry_id)
    for count, entry_ids in by_count.items():
        moved = CreditStanding.objects.filter(
            Q(holder_id=run.bureau_id), entry_id__in=entry_ids, state=State.AUDITED, decision_count=count
        ).update(state=TRANSITIONS[State.AUDITED, Verdict.CONFIRMED], holder=None, since=now, decision_count=count + 1)
        if moved != len(entry_ids):
            raise credits.AlreadyDecided(run.pk)
    return CreditDecision.objects.bulk_create(
        CreditDecision(
            entry=item.entry,
            sequence=item.decision_count + 1,
            verdict=Verdict.CONFIRMED,
            actor=run.officer,
            organisation=run.bureau,
            decided_at=now,
        )
        for item in items
    )


def _link(done: Done, *, now: datetime) -> None:
    """Hang each decision, and after them each page, on its person's chain."""
    decisions = [ledger_links.of_decision(decision, person_id=decision.entry.person_id) for decision in done.decisions]
    pages = [ledger_links.of_issue(page, person_id=page.book.person_id) for page in done.certificates]
    ledger_links.append_many([*decisions, *pages], now=now)


def _log(run: ConfirmationRun, done: Done, *, now: datetime) -> None:
    """Write the chunk's line: the decisions as [entry, sequence], the pages as [page, digest]."""
    audit_log.append(
        action=CONFIRMED_CHUNK,
        subject=f"confirmation_run:{run.pk}",
        actor=run.officer,
        organisation=run.bureau,
        facts={
            "after": run.cursor,
            "decisions": [[decision.entry_id, decision.sequence] for decision in done.decisions],
            "certificates": [[page.pk, page.digest] for page in done.certificates],
            "left": [[item.item.entry_id, str(item.why)] for item in done.left],
        },
        now=now,
    )


def _move_cursor(run: ConfirmationRun, done: Done, *, now: datetime) -> bool:
    """Count the chunk and, after the last, end the run; True when there is more to do."""
    cursor = run.cursor + len(done.items) + len(done.left)
    moved = ConfirmationRun.objects.filter(pk=run.pk, cursor=run.cursor).update(
        cursor=cursor,
        confirmed_count=run.confirmed_count + len(done.items),
        confirmed_centihours=run.confirmed_centihours + done.centihours,
        left_count=run.left_count + len(done.left),
        certificate_count=run.certificate_count + len(done.certificates),
        moved_at=now,
    )
    if moved != 1:
        raise confirmation_runs.Moved(run.pk)
    job_hints.tell(confirmation_runs.JOB, run.pk)
    if cursor < run.item_count:
        return True
    confirmation_runs.end(run, state=RunState.DONE, now=now, by=run.officer)
    return False
