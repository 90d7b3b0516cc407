"""Tickets: a signed word from the page that lets one socket open one session.

A ticket names person, enrolment, lesson and the login session it was given to; it is good for a
minute and once. It travels in a message, never in an address. Source: TRACKING §1 C12, §8.
"""

import logging
import secrets
from dataclasses import dataclass
from typing import Final

from django.core import signing
from django.core.cache import cache

from tracking.access import Place, session_hash

logger = logging.getLogger(__name__)

LIFETIME_S: Final = 60
_SALT: Final = "tracking.ticket"
_NONCE_BYTES: Final = 12


class TicketRefused(Exception):
    """The ticket is forged, expired, used, or was given to somebody else."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was read and found genuine; it may still have been used."""

    person_id: int
    enrolment_id: int
    lesson_id: int
    nonce: str


def issue(place: Place, *, session_key: str | None) -> str:
    """Return a fresh ticket for this place, bound to the login session."""
    facts = {
        "p": place.enrolment.person_id,
        "e": place.enrolment.pk,
        "l": place.lesson.pk,
        "s": session_hash(session_key),
        "n": secrets.token_urlsafe(_NONCE_BYTES),
    }
    return signing.dumps(facts, salt=_SALT)


def read(text: str, *, person_id: int, session_key: str | None) -> Ticket:
    """Return what a ticket says.

    Raises: TicketRefused, unless it is genuine, fresh, and was given to this login of this person.
    """
    try:
        facts = signing.loads(text, salt=_SALT, max_age=LIFETIME_S)
    except signing.BadSignature as error:
        raise TicketRefused from error
    if facts["p"] != person_id or not secrets.compare_digest(facts["s"], session_hash(session_key)):
        raise TicketRefused
    return Ticket(facts["p"], facts["e"], facts["l"], facts["n"])


def use(ticket: Ticket) -> None:
    """Spend the ticket. Raises: TicketRefused the second time.

    While the cache is away a ticket may be used again: it opens nothing that its own
    login could not open anyway, and lectures must go on. Source: RELIABILITY R6.
    """
    try:
        is_fresh = cache.add(f"tracking.ticket.{ticket.nonce}", 1, timeout=2 * LIFETIME_S)
    except Exception:  # whatever the cache's driver raises
        logger.warning("The cache is away; a ticket could not be spent", exc_info=True)
        return
    if not is_fresh:
        raise TicketRefused
