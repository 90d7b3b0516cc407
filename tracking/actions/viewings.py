"""Viewings: opened, resumed, taken over.

Every verb locks the learner's one live row first, so two devices that open at once stand in line;
a heartbeat does not come here, it goes through the group commit. Each opening moves the epoch on,
which fences whoever held the timeline before. Those who come together are let in together: each is
judged alone, what they stand on is read and what they leave is written for all. Source: TRACKING §2.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from tracking import access
from tracking.actions import openings, policies, tickets
from tracking.actions.endings import credit_late, daily_budget, viewing_of
from tracking.actions.openings import Asked, Standing
from tracking.hearing import Provisions, deal_check, ending_of
from tracking.models import LiveViewing, ViewingSession, batch
from tracking.models.batch import SessionRow
from tracking.models.clock import process_clock
from tracking.models.coverage import last_second_written
from tracking.protocol import Open, OpenedFacts
from tracking.protocol.limits import LEASE_HEARD_MS
from tracking.rules import chain, sessions
from tracking.rules.refusals import Refusal, SessionEnded
from tracking.rules.runs import runs_of_mask
from tracking.rules.viewing import EndReason, MissedCheck, Viewing, play_on_s

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
    presence check that is still open, asked anew. `replaces_another`: some other connection may
    still believe it holds the timeline; who resumes has lost its own.
    """

    viewing: Viewing
    row: SessionRow
    provisions: Provisions
    facts: OpenedFacts
    late: Refusal | None
    prompt: str | None
    replaces_another: bool


@dataclass(slots=True)
class _Admitted:
    """Somebody who is let in: the session, new or running; the one it ends; the lines to be written."""

    asked: Asked
    row: LiveViewing
    session: ViewingSession
    viewing: Viewing
    provisions: Provisions
    ended: batch.More | None
    lines: tuple[chain.LedgerLine, ...]


def open_viewing(
    *, ticket: tickets.Ticket, said: Open, device_label: str, now_ms: int, by_requests: bool = False
) -> OpenedViewing:
    """Open a session on the learner's timeline, or attach to the running one again.

    The ticket is spent only when nothing refuses.

    Raises: MayNotWatch; LeaseBusy; SessionEnded, when there is nothing to resume; TicketRefused.
    """
    [answer] = open_viewings([Asked(ticket, said, device_label, by_requests)], now_ms=now_ms)
    if not isinstance(answer, OpenedViewing):
        raise answer or LookupError(ticket.person_id)
    return answer


def open_viewings(asked: Sequence[Asked], *, now_ms: int) -> list[OpenedViewing | Exception | None]:
    """Do the same for different learners in one transaction; return each one's viewing, or why there is none.

    None is for a learner whose row somebody else holds: to be asked alone, who waits for it.
    """
    with transaction.atomic():
        standing = openings.read(asked)
        answers = [_judged(one, standing.get(one.ticket.person_id), now_ms) for one in asked]
        admitted = [answer for answer in answers if isinstance(answer, _Admitted)]
        _write_sessions(admitted)
        opened = {one.row.pk: _opened(one) for one in admitted}
        batch.attach([(one.row, one.viewing) for one in opened.values()], now_ms=now_ms)
        tickets.use([one.asked.ticket for one in admitted])
    return [opened[answer.row.pk] if isinstance(answer, _Admitted) else answer for answer in answers]


def open_now(asked: Sequence[Asked]) -> list[OpenedViewing | Exception | None]:
    """Do the same at the process clock's present time; in a thread."""
    process_clock.start()
    return open_viewings(asked, now_ms=process_clock.now_ms())


def _judged(asked: Asked, standing: Standing | None, now_ms: int) -> _Admitted | Exception | None:
    """Judge one opening; nothing is written yet."""
    if standing is None:
        return None
    try:
        place = _may_watch(standing.place, now_ms)
        _refuse_busy(standing.row, standing.row.session, asked.said, now_ms)
        if asked.said.resume is not None:
            return _resumed(asked, standing, place, asked.said.resume, now_ms)
        return _begun(asked, standing, place, now_ms)
    except (MayNotWatch, LeaseBusy, Refusal, tickets.TicketRefused) as refusal:
        return refusal


def _may_watch(place: access.Place | None, now_ms: int) -> access.Place:
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


def _resumed(asked: Asked, standing: Standing, place: access.Place, session_key: str, now_ms: int) -> _Admitted:
    """Attach to the running session again; only its own place can.

    A check still open is asked anew with all its time: nobody could answer while the line was cut.
    """
    row, running = standing.row, standing.row.session
    if running is None or running.place != (place.enrolment.pk, place.lesson.pk):
        raise SessionEnded
    running.lesson = place.lesson
    viewing = _viewing_of(standing)
    sessions.resume(viewing, session_key)
    if standing.is_ticket_used:
        raise tickets.TicketRefused
    provisions = policies.provisions_of(running.policy_digest, place.lesson, asked.ticket.language)
    lines = sessions.ask_anew(viewing, now_ms=now_ms)
    return _Admitted(asked, row, running, viewing, provisions, None, tuple(lines))


def _begun(asked: Asked, standing: Standing, place: access.Place, now_ms: int) -> _Admitted:
    """Begin a session, ending the running one at the same instant."""
    if standing.is_ticket_used:
        raise tickets.TicketRefused
    row, running = standing.row, standing.row.session
    viewing = _viewing_of(standing)
    session = _new_session(row, place, asked, max(now_ms, row.mark_ms))
    viewing.daily = daily_budget(row, session.policy_digest, session.opened_ms)
    is_same_lesson = running is not None and running.place == session.place
    seen = viewing.seen if is_same_lesson else standing.stored(session.place)
    terms = session.terms()
    opening = sessions.Opening(
        terms.session_key, terms.media_key, terms.duration_s, terms.policy, seen, bytes.fromhex(session.header_digest)
    )
    provisions = policies.provisions_of(session.policy_digest, place.lesson, asked.ticket.language)
    opened = sessions.open_session(viewing, opening, now_ms=now_ms, draw=provisions.draw)
    ended = None
    if running is not None and opened.preempted is not None:
        ended = _preempted(running, opened.preempted)
    return _Admitted(asked, row, session, viewing, provisions, ended, tuple(opened.lines))


def _viewing_of(standing: Standing) -> Viewing:
    running = standing.row.session
    return viewing_of(standing.row, running, standing.stored(running.place) if running else None)


def _preempted(running: ViewingSession, ended: sessions.Ended) -> batch.More:
    """Return what the end of the session before leaves."""
    coverage = batch.coverage_at(ended.seen, ended.session.ended_ms)
    return batch.More(SessionRow.of(running), tuple(ended.lines), coverage, ending_of(ended, EndReason.PREEMPT))


def _new_session(row: LiveViewing, place: access.Place, asked: Asked, opened_ms: int) -> ViewingSession:
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
        device=asked.said.device,
        device_label=asked.device_label[:_LABEL_MAX_CHARS],
        opened_ms=opened_ms,
    )


def _write_sessions(admitted: Sequence[_Admitted]) -> None:
    """Write the ends of the sessions before, and then the new ones: a learner has one that runs."""
    batch.write_more([one.ended for one in admitted if one.ended is not None])
    ViewingSession.objects.bulk_create([one.session for one in admitted if one.session.pk is None])
    batch.write_more(
        [batch.More(SessionRow.of(one.session), one.lines, _covered(one)) for one in admitted if one.lines]
    )


def _covered(one: _Admitted) -> tuple[bytes, bytes, int, int] | None:
    """Return what goes into the coverage: of a check asked anew, the open segment that went into the ledger."""
    if one.asked.said.resume is None:
        return None
    return batch.coverage_at(one.viewing.seen, one.viewing.live.mark_ms)


def _resume_s(session: ViewingSession, viewing: Viewing) -> int:
    """Return where to play on; asked of the ledger only where the timeline in memory does not say."""
    live, held = viewing.live, viewing.seen.held
    if live.has_segment and live.segment_to_s:
        return play_on_s(live.segment_to_s, held, session.duration_s)
    if not held and session.missed_check == MissedCheck.HOLD.value:
        return 0
    return play_on_s(last_second_written(*session.place), held, session.duration_s)


def _opened(one: _Admitted) -> OpenedViewing:
    """Return what the socket is given, once all of it is committed."""
    session, viewing = one.session, one.viewing
    late = None
    if one.asked.said.resume is None and one.asked.said.previous is not None:
        late = credit_late(one.asked.said.previous, session, viewing)
    prompt = deal_check(viewing, one.provisions) if viewing.live.check_ms is not None else None
    live, seen = viewing.live, viewing.seen
    facts = OpenedFacts(
        session_key=str(session.key),
        epoch=live.epoch,
        sequence=live.sequence,
        duration_s=session.duration_s,
        confirmed=runs_of_mask(seen.confirmed),
        provisional=runs_of_mask(seen.provisional),
        confirmed_s=seen.confirmed_s,
        resume_s=_resume_s(session, viewing),
        rate_percent=session.rate_percent,
        fallback_token=tickets.issue_token(
            str(session.key), one.asked.ticket, epoch=live.epoch if one.asked.by_requests else 0
        ),
        policy_digest=session.policy_digest,
    )
    replaces_another = one.asked.said.resume is None and one.row.attached_ms is not None
    return OpenedViewing(viewing, SessionRow.of(session), one.provisions, facts, late, prompt, replaces_another)
