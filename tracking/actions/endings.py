"""Endings: fallen silent, sealed; what every end writes, and what may be claimed after it.

Whoever ends a session that another connection may still hold moves the epoch on, which fences it.
Source: TRACKING §2 State machines.
"""

from django.db import transaction

from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession, batch
from tracking.models.viewing_policy import policy_facts
from tracking.protocol import PreviousClaims
from tracking.protocol.limits import SEAL_AFTER_MS
from tracking.rules import sessions
from tracking.rules.daily import DailyBudget, day_of, day_start_ms
from tracking.rules.refusals import Refusal, Sealed
from tracking.rules.runs import encode_runs
from tracking.rules.viewing import EndReason, SeenSeconds, Viewing, effective_coverage


@transaction.atomic
def end_silent(*, person_id: int, now_ms: int) -> bool:
    """End and seal a session not heard of for 15 minutes; return whether there was one.

    It ends at the instant it was last heard of: silence is not viewing.
    """
    row = LiveViewing.objects.select_for_update().get(pk=person_id)
    if row.session_id is None or now_ms - row.heard_ms < SEAL_AFTER_MS:
        return False
    session = ViewingSession.objects.get(pk=row.session_id)
    row.session = session
    viewing = viewing_of(row, session)
    ended = sessions.end(viewing, now_ms=row.mark_ms, reason=EndReason.TIMEOUT)
    viewing.live.epoch += 1
    store_end(session, ended, reason=EndReason.TIMEOUT, sealed_ms=now_ms)
    row.take_over_from(viewing.live)
    row.session, row.attached_ms = None, None
    row.save()
    return True


def seal_ended(*, now_ms: int) -> int:
    """Seal what ended 15 minutes ago: it takes no late claims any more. Return how many."""
    due = ViewingSession.objects.unsealed().filter(ended_ms__lte=now_ms - SEAL_AFTER_MS)
    return due.update(sealed_ms=now_ms)


def store_end(
    session: ViewingSession, ended: sessions.Ended, *, reason: EndReason, sealed_ms: int | None = None
) -> None:
    """Write what an end leaves: the last lines, the session's sums, the coverage."""
    ViewingEntry.objects.bulk_create(ViewingEntry.of(session.pk, line) for line in ended.lines)
    ViewingSession.objects.filter(pk=session.pk, ended_ms__isnull=True).update(
        ended_ms=ended.session.ended_ms,
        end_reason=reason.value,
        left_ms=ended.session.left_ms,
        new_s=ended.lines[-1].new_s,
        line_count=ended.session.line_count,
        head=ended.session.head,
        sealed_ms=sealed_ms,
    )
    store_coverage(session, ended.seen, ended.session.ended_ms)


def credit_late(previous: PreviousClaims, session: ViewingSession, viewing: Viewing) -> Refusal | None:
    """Credit what a dead session had still to claim when this one opened; return why not, if refused."""
    dead = ViewingSession.objects.filter(
        person_id=session.person_id, key=previous.session_key, ended_ms__isnull=False
    ).first()
    if dead is None:
        return Sealed()
    seen = viewing.seen
    if dead.place != session.place:
        seen = Coverage.objects.stored(enrolment_id=dead.enrolment_id, lesson_id=dead.lesson_id)
    ended = dead.as_ended()
    try:
        flushed = sessions.flush(viewing.live, ended, seen, previous.claims, viewing.daily)
    except Refusal as refusal:
        return refusal
    batch.write_more([batch.More(batch.SessionRow.of(dead), tuple(flushed.lines))])
    ViewingSession.objects.filter(pk=dead.pk).update(
        left_ms=ended.left_ms,
        line_count=ended.line_count,
        head=ended.head,
        new_s=dead.new_s + flushed.added.bit_count(),
    )
    store_coverage(dead, seen, viewing.live.mark_ms)
    return None


def viewing_of(row: LiveViewing, session: ViewingSession | None, stored: SeenSeconds | None = None) -> Viewing:
    """Return the learner's timeline as the rule sees it; `stored` is the session's coverage where it is at hand."""
    live = row.as_rule()
    if session is None:
        return Viewing(live, None, SeenSeconds())
    terms = session.terms()
    if stored is None:
        stored = Coverage.objects.stored(enrolment_id=session.enrolment_id, lesson_id=session.lesson_id)
    seen = effective_coverage(live, terms, stored)
    return Viewing(live, terms, seen, daily_budget(row, session.policy_digest, row.mark_ms))


def daily_budget(row: LiveViewing, policy_digest: str, now_ms: int) -> DailyBudget | None:
    """Return what the learner's day may hold and holds; None where the policy sets no cap.

    Counted from the ledger and the open segment; a segment over midnight belongs to the day it ends in.
    """
    cap_s = policy_facts(policy_digest)["daily_cap_s"]
    if not isinstance(cap_s, int):
        return None
    since_ms = day_start_ms(now_ms)
    granted_s = ViewingEntry.objects.granted_since(person_id=row.pk, since_ms=since_ms)
    if row.segment_beat_count and row.segment_end_ms >= since_ms:
        granted_s += row.segment_new_s
    return DailyBudget(cap_s, day_of(now_ms), granted_s)


def store_coverage(session: ViewingSession, seen: SeenSeconds, now_ms: int) -> None:
    """Write what the session's enrolment holds of its lesson; the caller holds the live row's lock."""
    Coverage.objects.update_or_create(
        enrolment_id=session.enrolment_id,
        lesson_id=session.lesson_id,
        defaults={
            "runs": encode_runs(seen.confirmed),
            "provisional": encode_runs(seen.provisional),
            "covered_s": seen.confirmed_s,
            "updated_ms": now_ms,
        },
    )
