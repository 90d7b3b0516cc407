"""Exchanges: one message over plain HTTP, judged as on a socket, written before it is answered.

Each is one transaction that locks the learner's live row, so two at once stand in line; between two
of them nothing is held in memory. A session may go on over either way: each `open` moves the epoch
on, and the epoch fences whoever spoke before. Source: TRACKING §3.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import Error, transaction

from learning.models.clock import database_now
from tracking import access, protocol
from tracking.actions import policies, tickets, viewings, watched
from tracking.actions.endings import viewing_of
from tracking.hearing import Heard, hear
from tracking.models import LiveViewing, ViewingSession, batch
from tracking.protocol import ErrorCode
from tracking.protocol.limits import HEARTBEAT_FALLBACK_MS
from tracking.rules.refusals import Refusal, Sealed, SessionEnded, Superseded

logger = logging.getLogger(__name__)


class Lapsed(Exception):
    """Who speaks may watch no longer: signed out, withdrawn, suspended, the year closed."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A message, who says it for which session, under which epoch, and when it was heard."""

    token: tickets.Token
    watcher: access.Watcher
    epoch: int
    said: protocol.Beat | protocol.Answer
    now_ms: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What is answered, now that it is written; `error` is why the session is over, if the message found so."""

    texts: list[str]
    error: ErrorCode | None = None


def open_exchange(*, ticket: tickets.Ticket, said: protocol.Open, device_label: str, now_ms: int) -> Exchanged:
    """Open or resume a session.

    Raises: as `viewings.open_viewing`.
    """
    opened = viewings.open_viewing(ticket=ticket, said=said, device_label=device_label, now_ms=now_ms, by_requests=True)
    texts = [protocol.err(ErrorCode(opened.late.code))] if opened.late is not None else []
    texts.append(protocol.ok(opened.facts, heartbeat_ms=HEARTBEAT_FALLBACK_MS))
    if opened.prompt is not None:
        texts.append(opened.prompt)
    _tell_sockets(ticket.person_id, opened.facts.epoch)
    return Exchanged(texts)


def exchange(speech: Speech) -> Exchanged:
    """Hear one message of a session.

    Raises: Refusal, Lapsed; nothing is then written.
    """
    if speech.token.epoch != speech.epoch:
        # NB: a socket keeps what it heard in memory; both would be paid for the same time.
        raise Superseded
    with transaction.atomic():
        batch.set_patience()
        row, session = _running(speech.token, speech.epoch)
        heard = _hear(row, session, speech)
    return _done(session, heard)


def take_beacon(speech: Speech) -> Exchanged:
    """Hear the last words of a page that goes, and fence the connection it had.

    The epoch moves on: a beat of that connection still under way is contained in the beacon, since
    claims are cumulative. The session stays, for whoever resumes it, and no lease stands in the way.

    Raises: Refusal, Lapsed; nothing is then written.
    """
    with transaction.atomic():
        batch.set_patience()
        row, session = _running(speech.token, speech.epoch)
        row.epoch, row.attached_ms = row.epoch + 1, None
        row.save(update_fields=["epoch", "attached_ms"])
        heard = _hear(row, session, speech)
    return _done(session, heard)


def _running(token: tickets.Token, epoch: int) -> tuple[LiveViewing, ViewingSession]:
    """Lock the learner's live row and return it with the token's session, which runs on it.

    Raises: SessionEnded or Sealed, when it runs no more; Superseded, when somebody else holds the timeline.
    """
    # NB: the lock first, the session after it: a joined row would be the one of before the wait.
    row = LiveViewing.objects.select_for_update().filter(pk=token.person_id).first()
    if row is None or row.session_id is None:
        raise _why_over(token)
    session = ViewingSession.objects.select_related("lesson").get(pk=row.session_id)
    if str(session.key) != token.session_key or row.epoch != epoch:
        raise Superseded
    row.session = session
    return row, session


def _why_over(token: tickets.Token) -> Refusal:
    own = ViewingSession.objects.filter(key=token.session_key, person_id=token.person_id)
    return Sealed() if own.filter(sealed_ms__isnull=False).exists() else SessionEnded()


def _hear(row: LiveViewing, session: ViewingSession, speech: Speech) -> Heard:
    """Judge a message and write what it did, under the row's lock and its fence."""
    now_ms = speech.now_ms
    if access.lapsed([speech.watcher], now=datetime.fromtimestamp(now_ms / 1_000, tz=UTC)):
        raise Lapsed
    viewing = viewing_of(row, session)
    provisions = policies.provisions_of(session.policy_digest, session.lesson, speech.token.language)
    heard = hear(viewing, speech.said, provisions, now_ms=now_ms, epoch=row.epoch)
    write = batch.snapshot(
        batch.SessionRow.of(session),
        viewing,
        heard.lines,
        heard.ending,
        heard.fate,
    )
    if write.mark not in batch.commit([write]):
        raise Superseded
    return heard


def _done(session: ViewingSession, heard: Heard) -> Exchanged:
    """Do what follows from a message that is written."""
    if heard.is_watched:
        try:
            watched.record_if_watched(
                enrolment_id=session.enrolment_id, lesson_id=session.lesson_id, now=database_now()
            )
        except Error:
            # The seconds are saved and must be acknowledged; the sweep makes sure of the evidence.
            logger.exception("Could not record a watched lesson of enrolment %d", session.enrolment_id)
    return Exchanged(heard.texts, heard.closing[0] if heard.closing else None)


def _tell_sockets(person_id: int, epoch: int) -> None:
    """Tell a socket of this person that the timeline is taken; the fence would, at its next beat."""
    layer = get_channel_layer()
    if layer is None:
        return
    message = {"type": "viewing.superseded", "person": person_id, "epoch": epoch}
    try:
        async_to_sync(layer.group_send)(access.person_group(person_id), message)
    except Exception:  # whatever the layer's driver raises costs a hint, nothing else
        logger.warning("The channel layer is away", exc_info=True)
