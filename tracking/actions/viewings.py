"""Viewings: opened, resumed, taken over.

Every verb locks the learner's one live row first, so two devices that open at once stand in line;
a heartbeat does not come here, it goes through the group commit. Each opening moves the epoch on,
which fences whoever held the timeline before. Source: TRACKING §2.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from tracking import access
from tracking.actions import policies, tickets
from tracking.actions.endings import daily_budget, store_coverage, store_end, viewing_of
from tracking.hearing import Provisions, deal_check
from tracking.models import Coverage, LiveViewing, ViewingSession, batch
from tracking.models.batch import SessionRow
from tracking.protocol import Open, OpenedFacts, PreviousClaims
from tracking.protocol.limits import LEASE_HEARD_MS
from tracking.rules import chain, sessions
from tracking.rules.refusals import Refusal, Sealed, SessionEnded
from tracking.rules.runs import runs_of_mask
from tracking.rules.viewing import EndReason, MissedCheck, Viewing

SOFTWARE_VERSION: Final = "hourbook 0.1"
_LABEL_MAX_CHARS: Final = 80


class MayNotWatch(Exception):
    """The place is gone or earns nothing now; `obstacle` says why, None for no place at all."""

    def __init__(self, obstacle: access.Obstacle | None) -> None:
        """Keep the reason."""
        super().__init__(obstacle)
        self.obstacle = obstacle


class LeaseBusy(Exception):
    """Another device plays and was heard of just now; `who` is what the learner is told of it."""

    def __init__(self, who: str) -> None:
        """Keep what the learner is told."""
        super().__init__(who)
        self.who = who


@dataclass(frozen=True, slots=True)
class OpenedViewing:
    """An open session: the timeline in memory, and what the socket needs beside it.

    `late` is why the claims of the previous session were refused, if they were; `prompt` the
    presence check that is still open, asked anew.
    """

    viewing: Viewing
    row: SessionRow
    provisions: Provisions
    facts: OpenedFacts
    late: Refusal | None
    prompt: str | None


def open_viewing(*, ticket: tickets.Ticket, said: Open, device_label: str, now_ms: int) -> OpenedViewing:
    """Open a session on the learner's timeline, or attach to the running one again.

    The ticket is spent only when nothing refuses.

    Raises: MayNotWatch; LeaseBusy; SessionEnded, when there is nothing to resume; TicketRefused.
    """
    with transaction.atomic():
        row = LiveViewing.objects.locked(ticket.person_id)
        running = row.session
        place = _place(ticket, now_ms)
        _refuse_busy(row, running, said, now_ms)
        late = None
        if said.resume is not None:
            session, viewing = _resumed(row, running, place, said.resume, now_ms)
            tickets.use(ticket)
        else:
            tickets.use(ticket)
            session, viewing = _begun(row, running, place, said=said, device_label=device_label, now_ms=now_ms)
            late = _flush_previous(row, session, viewing, said.previous)
        provisions = policies.provisions_of(session.policy_digest, place.lesson, ticket.language)
        prompt = deal_check(viewing, provisions) if viewing.live.check_ms is not None else None
        row.take_over_from(viewing.live)
        row.session, row.attached_ms = session, now_ms
        row.save()
    resume_s = _resume_s(session, viewing)
    token = tickets.issue_token(str(session.key), ticket)
    return OpenedViewing(
        viewing,
        SessionRow(ticket.person_id, session.pk, ticket.enrolment_id, ticket.lesson_id),
        provisions,
        _facts(session, viewing, resume_s, token),
        late,
        prompt,
    )


def _place(ticket: tickets.Ticket, now_ms: int) -> access.Place:
    place = access.place_of_ticket(
        person_id=ticket.person_id, enrolment_id=ticket.enrolment_id, lesson_id=ticket.lesson_id
    )
    if place is None:
        raise MayNotWatch(None)
    obstacle = access.obstacle(place, now=datetime.fromtimestamp(now_ms / 1_000, tz=UTC))
    if obstacle is not None:
        raise MayNotWatch(obstacle)
    return place


def _refuse_busy(row: LiveViewing, running: ViewingSession | None, said: Open, now_ms: int) -> None:
    """Refuse while another device holds the lease, unless the learner takes it. Source: TRACKING §2 Busy."""
    if running is None or row.attached_ms is None or said.is_takeover or running.device == said.device:
        return
    if now_ms - row.heard_ms >= LEASE_HEARD_MS:
        return
    who = {
        "label": running.device_label,
        "since_ms": max(0, now_ms - running.opened_ms),
        "lesson": running.lesson.title,
        "number": running.lesson.number,
    }
    raise LeaseBusy(json.dumps(who, ensure_ascii=False, separators=(",", ":")))


def _resumed(
    row: LiveViewing, running: ViewingSession | None, place: access.Place, session_key: str, now_ms: int
) -> tuple[ViewingSession, Viewing]:
    """Attach to the running session again; only its own place can.

    A check still open is asked anew with all its time: nobody could answer while the line was cut.
    """
    if running is None or (running.enrolment_id, running.lesson_id) != (place.enrolment.pk, place.lesson.pk):
        raise SessionEnded
    viewing = viewing_of(row, running)
    sessions.resume(viewing, session_key)
    lines = sessions.ask_anew(viewing, now_ms=now_ms)
    if lines:
        # The open segment went into the ledger, so what it covers goes into the coverage.
        batch.write_lines(running.pk, lines)
        store_coverage(running, viewing.seen, viewing.live.mark_ms)
    return running, viewing


def _begun(
    row: LiveViewing,
    running: ViewingSession | None,
    place: access.Place,
    *,
    said: Open,
    device_label: str,
    now_ms: int,
) -> tuple[ViewingSession, Viewing]:
    """Begin a session, ending the running one at the same instant."""
    viewing = viewing_of(row, running)
    session = _new_session(row, place, said, device_label, max(now_ms, row.mark_ms))
    viewing.daily = daily_budget(row, session.policy_digest, session.opened_ms)
    is_same_lesson = running is not None and (running.enrolment_id, running.lesson_id) == (
        session.enrolment_id,
        session.lesson_id,
    )
    seen = (
        viewing.seen
        if is_same_lesson
        else Coverage.objects.stored(enrolment_id=session.enrolment_id, lesson_id=session.lesson_id)
    )
    terms = session.terms()
    opening = sessions.Opening(
        terms.session_key, terms.media_key, terms.duration_s, terms.policy, seen, bytes.fromhex(session.header_digest)
    )
    provisions = policies.provisions_of(session.policy_digest, place.lesson, "")
    opened = sessions.open_session(viewing, opening, now_ms=now_ms, draw=provisions.draw)
    if running is not None and opened.preempted is not None:
        store_end(running, opened.preempted, reason=EndReason.PREEMPT)
    session.save()
    batch.write_lines(session.pk, opened.lines)
    return session, viewing


def _new_session(
    row: LiveViewing, place: access.Place, said: Open, device_label: str, opened_ms: int
) -> ViewingSession:
    """Return a session with its policy and header fixed, not yet stored."""
    lesson = place.lesson
    policy, policy_digest = policies.drawn_up(place)
    key = uuid.uuid4()
    commitment = chain.learner_commitment(bytes(row.salt), str(row.pk))
    header = chain.SessionHeader(
        str(key), commitment, lesson.media_digest, lesson.duration_s, policy_digest, SOFTWARE_VERSION
    )
    return ViewingSession(
        key=key,
        person_id=row.pk,
        enrolment=place.enrolment,
        lesson=lesson,
        duration_s=lesson.duration_s,
        rate_percent=policy.rate_percent,
        cap_ms=policy.cap_ms,
        answer_s=policy.answer_s,
        missed_check=policy.missed_check.value,
        policy_digest=policy_digest,
        media_digest=lesson.media_digest,
        learner_commitment=commitment,
        software_version=SOFTWARE_VERSION,
        header_digest=chain.header_head(header).hex(),
        device=said.device,
        device_label=device_label[:_LABEL_MAX_CHARS],
        opened_ms=opened_ms,
    )


def _flush_previous(
    row: LiveViewing, session: ViewingSession, viewing: Viewing, previous: PreviousClaims | None
) -> Refusal | None:
    """Credit what a dead session of this learner still had to claim; return why not, if refused."""
    if previous is None:
        return None
    dead = ViewingSession.objects.filter(person_id=row.pk, key=previous.session_key, ended_ms__isnull=False).first()
    if dead is None:
        return Sealed()
    is_same_lesson = (dead.enrolment_id, dead.lesson_id) == (session.enrolment_id, session.lesson_id)
    seen = (
        viewing.seen
        if is_same_lesson
        else Coverage.objects.held(enrolment_id=dead.enrolment_id, lesson_id=dead.lesson_id)
    )
    ended = dead.as_ended()
    try:
        flushed = sessions.flush(viewing.live, ended, seen, previous.claims, viewing.daily)
    except Refusal as refusal:
        return refusal
    batch.write_lines(dead.pk, flushed.lines)
    ViewingSession.objects.filter(pk=dead.pk).update(
        left_ms=ended.left_ms,
        line_count=ended.line_count,
        head=ended.head,
        new_s=dead.new_s + flushed.added.bit_count(),
    )
    store_coverage(dead, seen, viewing.live.mark_ms)
    return None


def _resume_s(session: ViewingSession, viewing: Viewing) -> int:
    """Return where to play on; asked of the ledger only where the timeline in memory does not say."""
    live = viewing.live
    if live.has_segment and 0 < live.segment_to_s < session.duration_s:
        return live.segment_to_s
    if not viewing.seen.held and session.missed_check == MissedCheck.HOLD.value:
        return 0
    return Coverage.objects.resume_s(enrolment_id=session.enrolment_id, lesson=session.lesson)


def _facts(session: ViewingSession, viewing: Viewing, resume_s: int, token: str) -> OpenedFacts:
    live, seen = viewing.live, viewing.seen
    return OpenedFacts(
        session_key=str(session.key),
        epoch=live.epoch,
        sequence=live.sequence,
        duration_s=session.duration_s,
        confirmed=runs_of_mask(seen.confirmed),
        provisional=runs_of_mask(seen.provisional),
        confirmed_s=seen.confirmed_s,
        resume_s=resume_s,
        rate_percent=session.rate_percent,
        fallback_token=token,
        policy_digest=session.policy_digest,
    )
