"""Confirmation runs: drafted, sampled, signed by one officer and, above the rule's number, by a second.

What officers do of this kind: freeze what waits, draw and judge the sample, sign, stop. What all
runs do alike is `signed_runs`'; the work itself, entry by entry, is `confirmation_chunks`'.

Source: UX screen 9, RELIABILITY S5 (many need a second approver), R12, R19.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from learning.access import left_to_colleagues, may_confirm_for
from learning.actions import signed_runs
from learning.actions.signed_runs import Moved, NothingWaits, NotTheirs
from learning.models import (
    ConfirmationRun,
    ConfirmationRunItem,
    ConfirmationSample,
    CreditEntry,
    CreditStanding,
    Organisation,
    Person,
)
from learning.models.confirmation_run import LOOKING
from learning.models.credit import CreditEntryQuerySet
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import State
from learning.rules.sampling import drawn_positions, sample_size, seed_digest, widened_size

#: The line of the audit log that is a run's receipt.
CONFIRMED_RUN = "credit.confirm_run"


def waiting(
    *, bureau: Organisation, officer: Person, base: Organisation | None = None, course_key: str = ""
) -> CreditEntryQuerySet:
    """Return what a run of this officer would hold.

    Everything that waits for the bureau, but for what is flagged, what a colleague must
    confirm, and what stands in a run that is not over.
    """
    held = CreditEntry.objects.filter(standing__state=State.AUDITED, standing__holder=bureau)
    entries = held.filter(~Exists(_in_a_run(bureau)))
    if base is not None:
        entries = entries.filter(auditor=base)
    if course_key:
        entries = entries.filter(enrolment__edition__course_key=course_key)
    return open_to(officer, entries, bureau=bureau)


def open_to(officer: Person, entries: CreditEntryQuerySet, *, bureau: Organisation) -> CreditEntryQuerySet:
    """Keep what this officer may put into a run of the bureau: nothing flagged, nothing a colleague must confirm."""
    return entries.studied().filter(bureau=bureau).exclude(left_to_colleagues(officer)).unflagged()


def longest_waits(
    *, bureau: Organisation, base: Organisation | None = None, course_key: str = ""
) -> QuerySet[CreditStanding]:
    """Return what waits in no run, the longest wait first, whoever may confirm it.

    However much stands in runs, it is passed over by indexes alone.
    """
    free = CreditStanding.objects.awaiting_confirmation(bureau).filter(~Exists(_in_a_run(bureau)))
    if base is not None:
        free = free.filter(entry__auditor=base)
    if course_key:
        free = free.filter(entry__enrolment__edition__course_key=course_key)
    return free


def _in_a_run(bureau: Organisation) -> QuerySet[ConfirmationRunItem]:
    """Return what holds the entry asked about in a run of the bureau that is not over."""
    return ConfirmationRunItem.objects.filter(
        entry_id=OuterRef("pk"), run__in=ConfirmationRun.objects.unended().filter(bureau=bureau)
    )


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
        second_officer_above=0,
        item_count=1,
        centihours=0,
        drafted_at=now,
        moved_at=now,
    )
    entries = waiting(bureau=bureau, officer=by, base=base, course_key=course_key)
    if not ConfirmationRunItem.objects.freeze(run, entries):
        raise NothingWaits(bureau.pk)
    frozen = signed_runs.frozen(ConfirmationRunItem.objects.filter(run=run), bureau=bureau)
    ConfirmationRun.objects.filter(pk=run.pk).update(**frozen)
    signed_runs.log("credit.draft_run", run, by=by, now=now, seed_digest=run.seed_digest, **frozen)
    run.refresh_from_db()
    return run


@transaction.atomic
def draw_sample(*, run: ConfirmationRun, by: Person, now: datetime) -> None:
    """Show the seed and draw the sample. Raises: NotTheirs; Moved, when it was drawn before."""
    signed_runs.only_drafter(run, by)
    signed_runs.move(run, [RunState.DRAFTED], now=now, state=RunState.SAMPLING, drawn_at=now)
    positions = drawn_positions(run.seed, count=run.item_count, size=sample_size(run.item_count))
    _add_samples(run, positions, draw=1)
    signed_runs.log("credit.draw_sample", run, by=by, now=now, seed=run.seed, positions=positions)


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
    signed_runs.only_drafter(run, by)
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
    signed_runs.log("credit.judge_sample", run, by=by, now=now, bad=_entries_of(samples.filter(is_good=False)))
    positions = drawn_positions(run.seed, count=run.item_count, size=widened_size(run.item_count))
    wider = positions[sample_size(run.item_count) :]
    if not bad:
        signed_runs.move(run, LOOKING, now=now, state=RunState.READY)
    elif run.state == RunState.SAMPLING and wider:
        signed_runs.move(run, [RunState.SAMPLING], now=now, state=RunState.WIDENED)
        _add_samples(run, wider, draw=2)
        signed_runs.log("credit.widen_sample", run, by=by, now=now, positions=wider)
    else:
        end(run, state=RunState.STOPPED, by=by, now=now, stop_reason=StopReason.SAMPLE_FAILED)


def _entries_of(samples: QuerySet[ConfirmationSample]) -> list[int]:
    return list(samples.order_by("item__position").values_list("item__entry_id", flat=True))


@transaction.atomic
def sign(*, run: ConfirmationRun, snapshot: str, by: Person, now: datetime) -> None:
    """Sign for the whole set. Raises: NotTheirs; Moved, as `signed_runs.sign` says."""
    signed_runs.sign(run, action="credit.sign_run", snapshot=snapshot, by=by, now=now)


@transaction.atomic
def approve(*, run: ConfirmationRun, snapshot: str, by: Person, now: datetime) -> None:
    """Sign as the second officer. Raises: NotTheirs; Moved, as `signed_runs.approve` says."""
    signed_runs.approve(run, action="credit.approve_run", snapshot=snapshot, by=by, now=now)


@transaction.atomic
def stop(*, run: ConfirmationRun, by: Person, now: datetime) -> None:
    """Stop a run; what it confirmed by then stands. Raises: NotTheirs; Moved, when it is over."""
    held = signed_runs.held_to_stop(run, by=by)
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
    facts = {
        "count": run.confirmed_count,
        "centihours": run.confirmed_centihours,
        "certificates": run.certificate_count,
        "seed": run.seed if run.drawn_at else "",
        "sample": _entries_of(ConfirmationSample.objects.filter(run=run)),
    }
    signed_runs.end(run, action=CONFIRMED_RUN, state=state, by=by, now=now, stop_reason=stop_reason, facts=facts)
