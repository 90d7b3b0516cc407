"""Signed runs: what officers do with every kind of run alike, from the frozen set to its receipt.

Each verb is one guarded update of the run and one line in the audit log, in the caller's
transaction. What workers do alike is `run_chunks`'; what is done to an entry is the kind's own.

Source: UX screen 9, RELIABILITY S5 (many need a second approver), R12, R19.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, QuerySet, Sum

from learning.access import may_confirm_for
from learning.actions import audit_log, job_hints, office_terms
from learning.models import AuditLogEntry, Organisation, Person, Requirement
from learning.models.run import ENDED, Run, RunItem, RunState, StopReason
from learning.rules.digests import digest_of_all
from learning.rules.snapshots import Seen

STEP = 2_000

R = TypeVar("R", bound=Run)
T = TypeVar("T", bound=RunItem)


class RunRefused(Exception):
    """A run was not changed; nothing happened."""


class NothingWaits(RunRefused):
    """There is no entry that this officer may put in a run."""


class Moved(RunRefused):
    """The run does not stand where this verb applies: somebody was first."""


class NotTheirs(RunRefused):
    """An officer may not do this: not of the bureau, not the one who drafted, or the same one twice."""


def frozen(items: QuerySet[T], *, bureau: Organisation) -> dict[str, Any]:
    """Return what a run says of its set: how many, how much, under which rules, who signs, and its digest.

    From how many on a second officer signs, the bureau's rules of these years say: of several, the strictest.
    """
    sums = items.aggregate(item_count=Count("pk"), centihours=Sum("entry__centihours"))
    years = items.order_by().values_list("entry__year", flat=True).distinct()
    rules = Requirement.objects.filter(pk__in=items.order_by().values("entry__requirement_id"))
    return {
        **sums,
        "rules": sorted({requirement.label for requirement in rules}),
        "second_officer_above": office_terms.of_region(bureau.region_id, years).second_officer_above,
        "snapshot": digest_of_all(_seen(items)),
    }


def _seen(items: QuerySet[T]) -> Iterator[str]:
    """Yield the lines a snapshot's digest covers (rules.snapshots), a part of the set at a time."""
    rows = items.order_by("entry_id").values_list("entry__digest", "entry_id", "decision_count")
    for digest, entry_id, decision_count in rows.iterator(chunk_size=STEP):
        yield f"{digest} {Seen(entry_id, decision_count)}"


def sign(run: Run, *, action: str, snapshot: str, by: Person, now: datetime) -> None:
    """Sign for the whole set: the work begins, or a second officer is asked.

    Raises: NotTheirs; Moved, when it is not ready, or `snapshot` is not the digest of the set.
    """
    only_drafter(run, by)
    if snapshot != run.snapshot:
        raise Moved(run.pk)
    state = RunState.SECOND_APPROVAL if run.needs_second else RunState.RUNNING
    move(run, [RunState.READY], now=now, state=state, signed_at=now)
    log(action, run, by=by, now=now, snapshot=run.snapshot)


def approve(run: Run, *, action: str, snapshot: str, by: Person, now: datetime) -> None:
    """Sign as the second officer: the work begins.

    Raises: NotTheirs, when it is the first officer; Moved.
    """
    if by.pk == run.officer_id or not may_confirm_for(by, run.bureau):
        raise NotTheirs(by.pk)
    if snapshot != run.snapshot:
        raise Moved(run.pk)
    move(run, [RunState.SECOND_APPROVAL], now=now, state=RunState.RUNNING, second_officer=by, approved_at=now)
    log(action, run, by=by, now=now, snapshot=run.snapshot)


def held_to_stop(run: R, *, by: Person) -> R:
    """Return the run, its row held, for an officer to end it. Raises: NotTheirs; Moved, when it is over."""
    if not may_confirm_for(by, run.bureau):
        raise NotTheirs(by.pk)
    runs = type(run)._default_manager.select_for_update().exclude(state__in=ENDED)
    held = runs.filter(pk=run.pk).first()
    if held is None:
        raise Moved(run.pk)
    return held


def end(
    run: Run,
    *,
    action: str,
    state: RunState,
    now: datetime,
    by: Person | None,
    stop_reason: StopReason | None,
    facts: dict[str, object],
) -> None:
    """End a run whose row the caller holds, with its receipt; `facts`: what the kind's receipt tells besides."""
    line = log(
        action,
        run,
        by=by,
        now=now,
        state=str(state),
        stop_reason=str(stop_reason or ""),
        items=run.item_count,
        left=run.left_count,
        rules=run.rules,
        snapshot=run.snapshot,
        officer=run.officer_id,
        second_officer=run.second_officer_id or 0,
        **facts,
    )
    move(run, [RunState(run.state)], now=now, state=state, ended_at=now, stop_reason=stop_reason or "", receipt=line)


def only_drafter(run: Run, by: Person) -> None:
    """Refuse anyone but who drafted it, as long as they are an officer of the bureau. Raises: NotTheirs."""
    if by.pk != run.officer_id or not may_confirm_for(by, run.bureau):
        raise NotTheirs(by.pk)


def move(run: Run, states: Iterable[str], *, now: datetime, **changes: Any) -> None:
    """Change a run that stands in one of these states. Raises: Moved."""
    rows = type(run)._default_manager.filter(pk=run.pk, state__in=list(states))
    if rows.update(moved_at=now, **changes) != 1:
        raise Moved(run.pk)
    run.refresh_from_db()
    job_hints.tell(run.JOB, run.pk)


def log(action: str, run: Run, *, by: Person | None, now: datetime, **facts: object) -> AuditLogEntry:
    """Write a line about the run."""
    return audit_log.append(
        action=action,
        subject=f"{run.SUBJECT}:{run.pk}",
        actor=by,
        organisation=run.bureau,
        facts=facts,
        now=now,
    )
