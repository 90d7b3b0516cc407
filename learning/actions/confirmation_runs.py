"""Confirmation runs: drafted, sampled, signed by one officer and, above the rule's number, by a second.

What officers do. The work itself, entry by entry, is `confirmation_chunks`'. Each verb is
one guarded update of the run and one line in the audit log, in one transaction.

Source: UX screen 9, RELIABILITY S5 (more than 50 need a second approver), R12, R19.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from learning.access import left_to_colleagues, may_confirm_for
from learning.actions import audit_log, job_hints
from learning.models import (
    AuditLogEntry,
    ConfirmationRun,
    ConfirmationRunItem,
    ConfirmationSample,
    CreditEntry,
    Organisation,
    Person,
    Requirement,
)
from learning.models.confirmation_run import LOOKING, RunState, StopReason
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import State
from learning.rules.digests import digest_of_all
from learning.rules.sampling import drawn_positions, sample_size, seed_digest, widened_size
from learning.rules.snapshots import Seen

#: The line of the audit log that is a run's receipt.
CONFIRMED_RUN = "credit.confirm_run"
#: What a run is called as a long job (job_hints).
JOB = "confirmation-run"
STEP = 2_000


class RunRefused(Exception):
    """A run was not changed; nothing happened."""


class NothingWaits(RunRefused):
    """No entry waits that this officer may confirm in a run."""


class Moved(RunRefused):
    """The run does not stand where this verb applies: somebody was first."""


class NotTheirs(RunRefused):
    """An officer may not do this: not of the bureau, not the one who drafted, or the same one twice."""


def waiting(
    *, bureau: Organisation, officer: Person, base: Organisation | None = None, course_key: str = ""
) -> CreditEntryQuerySet:
    """Return what a run of this officer would hold.

    Everything that waits for the bureau, but for what is flagged, what a colleague must
    confirm, and what stands in a run that is not over.
    """
    in_a_run = ConfirmationRunItem.objects.filter(
        entry_id=OuterRef("pk"), run__in=ConfirmationRun.objects.unended().filter(bureau=bureau)
    )
    entries = CreditEntry.objects.filter(
        ~Exists(in_a_run), bureau=bureau, standing__state=State.AUDITED, standing__holder=bureau
    ).exclude(left_to_colleagues(officer))
    if base is not None:
        entries = entries.filter(auditor=base)
    if course_key:
        entries = entries.filter(enrolment__edition__course_key=course_key)
    return entries.unflagged()


@transaction.atomic
def draft(
    *, bureau: Organisation, by: Person, now: datetime, base: Organisation | None = None, course_key: str = ""
) -> ConfirmationRun:
    """Freeze what waits into a run, and bind the seed its sample will be drawn with.

    Raises: NotTheirs; NothingWaits.
    """
    if not may_confirm_for(by, bureau):
        raise NotTheirs(by.pk)
    seed = secrets.token_hex(32)
    run = ConfirmationRun.objects.create(
        bureau=bureau,
        officer=by,
        base=base,
        course_key=course_key,
        seed=seed,
        seed_digest=seed_digest(seed),
        second_officer_above=settings.SECOND_OFFICER_ABOVE,
        item_count=1,
        centihours=0,
        drafted_at=now,
        moved_at=now,
    )
    entries = waiting(bureau=bureau, officer=by, base=base, course_key=course_key)
    if not ConfirmationRunItem.objects.freeze(run, entries):
        raise NothingWaits(bureau.pk)
    frozen = _frozen(run)
    ConfirmationRun.objects.filter(pk=run.pk).update(**frozen)
    _log("credit.draft_run", run, by=by, now=now, seed_digest=run.seed_digest, **frozen)
    run.refresh_from_db()
    return run


def _frozen(run: ConfirmationRun) -> dict[str, Any]:
    """Return what the run says of its set: how many, how much, under which rules, and its digest."""
    items = ConfirmationRunItem.objects.filter(run=run)
    sums = items.aggregate(item_count=Count("pk"), centihours=Sum("entry__centihours"))
    rules = Requirement.objects.filter(pk__in=items.order_by().values("entry__requirement_id"))
    return {
        **sums,
        "rules": sorted({requirement.label for requirement in rules}),
        "snapshot": digest_of_all(_seen(items)),
    }


def _seen(items: QuerySet[ConfirmationRunItem]) -> Iterator[str]:
    """Yield the lines a snapshot's digest covers (rules.snapshots), a part of the set at a time."""
    rows = items.order_by("entry_id").values_list("entry__digest", "entry_id", "decision_count")
    for digest, entry_id, decision_count in rows.iterator(chunk_size=STEP):
        yield f"{digest} {Seen(entry_id, decision_count)}"


@transaction.atomic
def draw_sample(*, run: ConfirmationRun, by: Person, now: datetime) -> None:
    """Show the seed and draw the sample. Raises: NotTheirs; Moved, when it was drawn before."""
    _only_drafter(run, by)
    _move(run, [RunState.DRAFTED], now=now, state=RunState.SAMPLING, drawn_at=now)
    positions = drawn_positions(run.seed, count=run.item_count, size=sample_size(run.item_count))
    _add_samples(run, positions, draw=1)
    _log("credit.draw_sample", run, by=by, now=now, seed=run.seed, positions=positions)


def _add_samples(run: ConfirmationRun, positions: list[int], *, draw: int) -> None:
    items = ConfirmationRunItem.objects.filter(run=run, position__in=positions).in_bulk(field_name="pk")
    by_position = {item.position: item for item in items.values()}
    ConfirmationSample.objects.bulk_create(
        ConfirmationSample(run=run, item=by_position[position], draw=draw) for position in positions
    )


@transaction.atomic
def judge_sample(*, run: ConfirmationRun, verdicts: dict[int, bool], by: Person, now: datetime) -> None:
    """Say of sampled entries whether they are as they should be; `verdicts`: by the number of the sample.

    What was judged before stays as it was. When the last of a draw is judged, the run
    goes on: ready when all are good, wider when one is not, stopped when one of the
    wider sample is not.

    Raises: NotTheirs; Moved, when the sample is not being looked at.
    """
    _only_drafter(run, by)
    # The lock orders two tabs that judge the last two at once.
    held = ConfirmationRun.objects.select_for_update().filter(pk=run.pk, state__in=LOOKING).first()
    if held is None:
        raise Moved(run.pk)
    for sample_id, is_good in sorted(verdicts.items()):
        judged = ConfirmationSample.objects.filter(pk=sample_id, run=held, is_good__isnull=True)
        judged.update(is_good=is_good, judged_by=by, judged_at=now)
    _go_on(held, by=by, now=now)
    run.refresh_from_db()


def _go_on(run: ConfirmationRun, *, by: Person, now: datetime) -> None:
    samples = ConfirmationSample.objects.filter(run=run)
    if samples.filter(is_good__isnull=True).exists():
        return
    bad = list(samples.filter(is_good=False, draw=1 if run.state == RunState.SAMPLING else 2).values_list("pk"))
    _log("credit.judge_sample", run, by=by, now=now, bad=_entries_of(samples.filter(is_good=False)))
    positions = drawn_positions(run.seed, count=run.item_count, size=widened_size(run.item_count))
    wider = positions[sample_size(run.item_count) :]
    if not bad:
        _move(run, LOOKING, now=now, state=RunState.READY)
    elif run.state == RunState.SAMPLING and wider:
        _move(run, [RunState.SAMPLING], now=now, state=RunState.WIDENED)
        _add_samples(run, wider, draw=2)
        _log("credit.widen_sample", run, by=by, now=now, positions=wider)
    else:
        end(run, state=RunState.STOPPED, by=by, now=now, stop_reason=StopReason.SAMPLE_FAILED)


def _entries_of(samples: QuerySet[ConfirmationSample]) -> list[int]:
    return list(samples.order_by("item__position").values_list("item__entry_id", flat=True))


@transaction.atomic
def sign(*, run: ConfirmationRun, snapshot: str, by: Person, now: datetime) -> None:
    """Sign for the whole set: the work begins, or a second officer is asked.

    Raises: NotTheirs; Moved, when it is not ready, or `snapshot` is not the digest of the set.
    """
    _only_drafter(run, by)
    if snapshot != run.snapshot:
        raise Moved(run.pk)
    state = RunState.SECOND_APPROVAL if run.needs_second else RunState.RUNNING
    _move(run, [RunState.READY], now=now, state=state, signed_at=now)
    _log("credit.sign_run", run, by=by, now=now, snapshot=run.snapshot)


@transaction.atomic
def approve(*, run: ConfirmationRun, snapshot: str, by: Person, now: datetime) -> None:
    """Sign as the second officer: the work begins.

    Raises: NotTheirs, when it is the first officer; Moved.
    """
    if by.pk == run.officer_id or not may_confirm_for(by, run.bureau):
        raise NotTheirs(by.pk)
    if snapshot != run.snapshot:
        raise Moved(run.pk)
    _move(run, [RunState.SECOND_APPROVAL], now=now, state=RunState.RUNNING, second_officer=by, approved_at=now)
    _log("credit.approve_run", run, by=by, now=now, snapshot=run.snapshot)


@transaction.atomic
def stop(*, run: ConfirmationRun, by: Person, now: datetime) -> None:
    """Stop a run; what it confirmed by then stands. Raises: NotTheirs; Moved, when it is over."""
    if not may_confirm_for(by, run.bureau):
        raise NotTheirs(by.pk)
    held = ConfirmationRun.objects.select_for_update().unended().filter(pk=run.pk).first()
    if held is None:
        raise Moved(run.pk)
    end(held, state=RunState.STOPPED, by=by, now=now, stop_reason=StopReason.WITHDRAWN)
    run.refresh_from_db()


def end(
    run: ConfirmationRun,
    *,
    state: RunState,
    now: datetime,
    by: Person | None = None,
    stop_reason: StopReason | None = None,
) -> None:
    """End a run whose row the caller holds, with its receipt."""
    run.refresh_from_db()
    line = _log(
        CONFIRMED_RUN,
        run,
        by=by,
        now=now,
        state=str(state),
        stop_reason=str(stop_reason or ""),
        items=run.item_count,
        count=run.confirmed_count,
        centihours=run.confirmed_centihours,
        left=run.left_count,
        certificates=run.certificate_count,
        rules=run.rules,
        snapshot=run.snapshot,
        seed=run.seed if run.drawn_at else "",
        sample=_entries_of(ConfirmationSample.objects.filter(run=run)),
        officer=run.officer_id,
        second_officer=run.second_officer_id or 0,
    )
    _move(run, [RunState(run.state)], now=now, state=state, ended_at=now, stop_reason=stop_reason or "", receipt=line)


def _only_drafter(run: ConfirmationRun, by: Person) -> None:
    """Refuse anyone but who drafted it, as long as they are an officer of the bureau. Raises: NotTheirs."""
    if by.pk != run.officer_id or not may_confirm_for(by, run.bureau):
        raise NotTheirs(by.pk)


def _move(run: ConfirmationRun, states: Iterable[str], *, now: datetime, **changes: Any) -> None:
    """Change a run that stands in one of these states. Raises: Moved."""
    moved = ConfirmationRun.objects.filter(pk=run.pk, state__in=list(states)).update(moved_at=now, **changes)
    if moved != 1:
        raise Moved(run.pk)
    run.refresh_from_db()
    job_hints.tell(JOB, run.pk)


def _log(action: str, run: ConfirmationRun, *, by: Person | None, now: datetime, **facts: object) -> AuditLogEntry:
    return audit_log.append(
        action=action,
        subject=f"confirmation_run:{run.pk}",
        actor=by,
        organisation=run.bureau,
        facts=facts,
        now=now,
    )
