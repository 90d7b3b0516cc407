"""Reversal runs: a confirmation run, or a part of it, taken back by a signed run of its own.

What officers do of this kind: choose, freeze with a reason, sign, stop. What all runs do alike is
`signed_runs`'; the work itself, entry by entry, is `reversal_chunks`'.

Source: UX screen 9 (undo is a reversal batch with reason), RELIABILITY S5, I4, R19.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from learning.access import may_confirm_for
from learning.actions import reversal_forecasts, signed_runs
from learning.actions.signed_runs import Moved, NothingWaits, NotTheirs, RunRefused
from learning.models import (
    ConfirmationRun,
    ConfirmationRunItem,
    ConfirmationRunLeft,
    CreditEntry,
    Organisation,
    Person,
    ReversalRun,
    ReversalRunItem,
)
from learning.models.credit import CreditEntryQuerySet
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import State
from learning.rules.reasons import REASON_TEXT_MAX, ReversalReason

#: The line of the audit log that is a run's receipt.
REVERSED_RUN = "credit.reverse_run"


class NoReason(RunRefused):
    """Hours are not taken back without a reason and words for those who earned them."""


def reversible(
    *,
    confirmed_by: ConfirmationRun,
    officer: Person,
    base: Organisation | None = None,
    course_key: str = "",
    words: str = "",
) -> CreditEntryQuerySet:
    """Return what a run of this officer would take back of what that run confirmed.

    But for their own hours, and what stands in a reversal run that is not over. `words`: how the
    learner's name begins.
    """
    items = ConfirmationRunItem.objects.filter(run=confirmed_by, position__lte=confirmed_by.cursor)
    confirmed = items.filter(~Exists(ConfirmationRunLeft.objects.filter(item=OuterRef("pk"))))
    in_a_run = ReversalRunItem.objects.filter(
        entry_id=OuterRef("pk"), run__in=ReversalRun.objects.unended().filter(bureau_id=confirmed_by.bureau_id)
    )
    entries = CreditEntry.objects.filter(
        ~Exists(in_a_run), pk__in=confirmed.order_by().values("entry_id"), standing__state=State.CONFIRMED
    ).exclude(person_id=officer.pk)
    if base is not None:
        entries = entries.filter(auditor=base)
    if course_key:
        entries = entries.filter(enrolment__edition__course_key=course_key)
    if words:
        entries = entries.filter(person__full_name__startswith=words)
    return entries


@transaction.atomic
def draft(
    *,
    confirmed_by: ConfirmationRun,
    entries: CreditEntryQuerySet,
    reason_code: str,
    reason_text: str,
    is_again: bool,
    by: Person,
    now: datetime,
    base: Organisation | None = None,
    course_key: str = "",
) -> ReversalRun:
    """Freeze these of a confirmation run's entries, and count what would follow.

    `entries`: what `reversible` returned, or a part of it. Nothing is taken back before it is signed.

    Raises: NotTheirs; NoReason; Moved, while the run still confirms; NothingWaits.
    """
    _refuse_draft(confirmed_by, by=by, reason_code=reason_code, reason_text=reason_text)
    run = ReversalRun.objects.create(
        bureau=confirmed_by.bureau,
        confirmation_run=confirmed_by,
        officer=by,
        base=base,
        course_key=course_key,
        reason_code=reason_code,
        reason_text=reason_text.strip(),
        is_again=is_again,
        state=RunState.READY,
        second_officer_above=0,
        item_count=1,
        centihours=0,
        drafted_at=now,
        moved_at=now,
    )
    _freeze(run, entries, now=now)
    return run


def _refuse_draft(confirmed_by: ConfirmationRun, *, by: Person, reason_code: str, reason_text: str) -> None:
    if not may_confirm_for(by, confirmed_by.bureau):
        raise NotTheirs(by.pk)
    if reason_code not in set(ReversalReason) or not 0 < len(reason_text.strip()) <= REASON_TEXT_MAX:
        raise NoReason(reason_code)
    if not confirmed_by.is_ended:
        raise Moved(confirmed_by.pk)


def _freeze(run: ReversalRun, entries: CreditEntryQuerySet, *, now: datetime) -> None:
    """Copy the set into the run, and what would follow from it. Raises: NothingWaits."""
    if not ReversalRunItem.objects.freeze(run, entries):
        raise NothingWaits(run.confirmation_run_id)
    items = ReversalRunItem.objects.filter(run=run)
    forecast = reversal_forecasts.of_entries(CreditEntry.objects.filter(pk__in=items.order_by().values("entry_id")))
    frozen = signed_runs.frozen(items, bureau=run.bureau) | {
        "people_count": forecast.people,
        "short_count": forecast.short,
        "revoke_count": forecast.revoked,
        "replace_count": forecast.replaced,
    }
    ReversalRun.objects.filter(pk=run.pk).update(**frozen)
    facts = _why(run) | {"confirmation_run": run.confirmation_run_id} | frozen
    signed_runs.log("credit.draft_reversal_run", run, by=run.officer, now=now, **facts)
    run.refresh_from_db()


def _why(run: ReversalRun) -> dict[str, object]:
    return {"reason_code": run.reason_code, "reason_text": run.reason_text, "again": run.is_again}


@transaction.atomic
def sign(*, run: ReversalRun, snapshot: str, by: Person, now: datetime) -> None:
    """Sign for the whole set. Raises: NotTheirs; Moved, as `signed_runs.sign` says."""
    signed_runs.sign(run, action="credit.sign_reversal_run", snapshot=snapshot, by=by, now=now)


@transaction.atomic
def approve(*, run: ReversalRun, snapshot: str, by: Person, now: datetime) -> None:
    """Sign as the second officer. Raises: NotTheirs; Moved, as `signed_runs.approve` says."""
    signed_runs.approve(run, action="credit.approve_reversal_run", snapshot=snapshot, by=by, now=now)


@transaction.atomic
def stop(*, run: ReversalRun, by: Person, now: datetime) -> None:
    """Stop a run; what it took back by then stays so. Raises: NotTheirs; Moved, when it is over."""
    held = signed_runs.held_to_stop(run, by=by)
    end(held, state=RunState.STOPPED, by=by, now=now, stop_reason=StopReason.WITHDRAWN)
    run.refresh_from_db()


def end(
    run: ReversalRun,
    *,
    state: RunState,
    now: datetime,
    by: Person | None = None,
    stop_reason: StopReason | None = None,
) -> None:
    """End a run whose row the caller holds, with its receipt."""
    run.refresh_from_db()
    facts = _why(run) | {
        "confirmation_run": run.confirmation_run_id,
        "count": run.reversed_count,
        "centihours": run.reversed_centihours,
        "revoked": run.revoked_count,
        "replaced": run.replaced_count,
    }
    signed_runs.end(run, action=REVERSED_RUN, state=state, by=by, now=now, stop_reason=stop_reason, facts=facts)
