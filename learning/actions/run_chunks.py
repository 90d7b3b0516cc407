"""Chunks of runs: what workers do with every kind of run alike.

One chunk is one transaction: the acts of the kind, one line in the audit log, and the run's
cursor. A worker killed in the middle has done nothing; the next one begins at the cursor, and a
second worker at the same run passes it by. Each entry is acted on or left as it stood, and what
is left is named; that one is left holds up no other.

NB: one line of the audit log a chunk, not an entry: its head is the one row every act of
the house waits for. The line names every act in it, so that `verify_ledger` finds each of
them in the log as it finds single ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from learning.access import may_confirm_for
from learning.actions import credits, job_hints, notices
from learning.actions.signed_runs import Moved
from learning.models import CreditDecision, CreditStanding, Organisation, Person
from learning.models.run import Run, RunItem, RunLeft, RunState
from learning.rules.credit_states import TRANSITIONS, Verdict, state_before
from learning.rules.reasons import NotTaken

#: Entries of one transaction: long enough to be quick, short enough to keep nobody waiting.
CHUNK_SIZE = 500

R = TypeVar("R", bound=Run)
T = TypeVar("T", bound=RunItem)
L = TypeVar("L", bound=RunLeft)


def taken_up(runs: QuerySet[R], run_id: int) -> R | None:
    """Return a running run, its row held; None: it does not run, or another worker is at it."""
    with_people = runs.select_related("bureau", "officer", "second_officer")
    held = with_people.select_for_update(of=("self",), skip_locked=True)
    return held.filter(pk=run_id, state=RunState.RUNNING).first()


def signers_of(run: Run) -> list[Person]:
    """Return who signed."""
    return [run.officer, *([run.second_officer] if run.second_officer else [])]


def signers_stand(run: Run) -> bool:
    """Say whether all who signed are still officers of the bureau: a role that was taken ends at once."""
    return all(may_confirm_for(signer, run.bureau) for signer in signers_of(run))


def next_items(items: QuerySet[T], *, run: Run) -> list[T]:
    """Return the items of the next chunk with their entries."""
    ahead = items.filter(position__gt=run.cursor, position__lte=run.cursor + CHUNK_SIZE)
    return list(ahead.select_related("entry").order_by("position"))


def left_as_they_stand(run: Run, items: Sequence[T], why: Callable[[T], NotTaken | None], make: type[L]) -> list[L]:
    """Return what must be left, each with its reason and, where somebody was first, their decision. Not saved."""
    reasons = {item: reason for item in items if (reason := why(item)) is not None}
    moved = {NotTaken.ALREADY_DECIDED, NotTaken.CHANGED}
    numbers = [item.entry_id for item, reason in reasons.items() if reason in moved]
    decisions = CreditDecision.objects.filter(entry_id__in=numbers).order_by("entry_id", "sequence")
    firsts = {decision.entry_id: decision for decision in decisions}
    return [make(run=run, item=item, why=reason, first=firsts.get(item.entry_id)) for item, reason in reasons.items()]


def decide(
    run: Run,
    items: Sequence[T],
    verdict: Verdict,
    *,
    holder: Organisation | None,
    now: datetime,
    reason_code: str = "",
    reason_text: str = "",
) -> list[CreditDecision]:
    """Move the standings, write the decisions and tell of them; `holder`: who holds the entries until then.

    Raises: AlreadyDecided, when an entry moved in spite of its year's lock.
    """
    before = state_before(verdict)
    by_count: dict[int, list[int]] = defaultdict(list)
    for item in items:
        by_count[item.decision_count].append(item.entry_id)
    for decision_count, entry_ids in by_count.items():
        standings = CreditStanding.objects.filter(
            entry_id__in=entry_ids, state=before, holder=holder, decision_count=decision_count
        )
        moved = standings.update(
            state=TRANSITIONS[before, verdict], holder=None, since=now, decision_count=decision_count + 1
        )
        if moved != len(entry_ids):
            raise credits.AlreadyDecided(run.pk)
    decisions = CreditDecision.objects.bulk_create(
        CreditDecision(
            entry=item.entry,
            sequence=item.decision_count + 1,
            verdict=verdict,
            actor=run.officer,
            organisation=run.bureau,
            reason_code=reason_code,
            reason_text=reason_text,
            decided_at=now,
        )
        for item in items
    )
    notices.tell_decisions(decisions)
    return decisions


def advance(run: Run, *, worked: int, now: datetime, **counts: int) -> bool:
    """Move the cursor past a chunk and add to the run's counts; True when there is more to do. Raises: Moved."""
    cursor = run.cursor + worked
    sums = {name: getattr(run, name) + count for name, count in counts.items()}
    rows = type(run)._default_manager.filter(pk=run.pk, cursor=run.cursor)
    if rows.update(cursor=cursor, moved_at=now, **sums) != 1:
        raise Moved(run.pk)
    job_hints.tell(run.JOB, run.pk)
    return cursor < run.item_count
