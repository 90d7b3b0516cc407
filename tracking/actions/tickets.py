"""Tickets: a signed word from the page that lets one socket open one session.

A ticket names person, enrolment, lesson and the login session it was given to; it is good for a
minute and once. It travels in a message, never in an address. Source: TRACKING §1 C12, §8.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core import signing
from django.core.cache import cache

from tracking.access import Place, session_hash
from tracking.protocol.limits import LONGEST_SESSION_MS

logger = logging.getLogger(__name__)

LIFETIME_S: Final = 60
_SALT: Final = "tracking.ticket"
_TOKEN_SALT: Final = "tracking.token"  # noqa: S105 -- a salt, no secret
_NONCE_BYTES: Final = 12


class TicketRefused(Exception):
    """The ticket is forged, expired, used, or was given to somebody else."""


class TicketExpired(TicketRefused):
    """The ticket is genuine but came too late; with a fresh one it may be tried again."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was read and found genuine; it may still have been used."""

    person_id: int
    enrolment_id: int
    lesson_id: int
    nonce: str
    login: str
    language: str


def issue(place: Place, *, session_key: str | None, language: str = "") -> str:
    """Return a fresh ticket for this place, bound to the login session; questions come in `language`."""
    facts = {
        "p": place.enrolment.person_id,
        "e": place.enrolment.pk,
        "l": place.lesson.pk,
        "s": session_hash(session_key),
        "n": secrets.token_urlsafe(_NONCE_BYTES),
        "g": language,
    }
    return signing.dumps(facts, salt=_SALT)


def read(text: str, *, person_id: int, session_key: str | None) -> Ticket:
    """Return what a ticket says.

    Raises: TicketRefused, unless it is genuine, fresh, and was given to this login of this person.
    """
    try:
        facts = signing.loads(text, salt=_SALT, max_age=LIFETIME_S)
    except signing.SignatureExpired as error:
        raise TicketExpired from error
    except signing.BadSignature as error:
        raise TicketRefused from error
    if facts["p"] != person_id or not secrets.compare_digest(facts["s"], session_hash(session_key)):
        raise TicketRefused
    return Ticket(facts["p"], facts["e"], facts["l"], facts["n"], facts["s"], facts.get("g", ""))


def used(tickets: Sequence[Ticket]) -> set[Ticket]:
    """Return those that were used before. Ask, and then `use`, under the lock of each learner's live row.

    While the cache is away a ticket may be used again: it opens nothing that its own
    login could not open anyway, and lectures must go on. Source: RELIABILITY R6.
    """
    try:
        found = cache.get_many([_key(ticket) for ticket in tickets])
    except Exception:  # whatever the cache's driver raises
        logger.warning("The cache is away; tickets may be used again", exc_info=True)
        return set()
    return {ticket for ticket in tickets if _key(ticket) in found}


def use(tickets: Sequence[Ticket]) -> None:
    """Have the tickets be used. A ticket names one learner, whose lock keeps anybody else from using it meanwhile."""
    try:
        cache.set_many({_key(ticket): 1 for ticket in tickets}, timeout=2 * LIFETIME_S)
    except Exception:  # as above
        logger.warning("The cache is away; %d tickets could not be spent", len(tickets), exc_info=True)


def _key(ticket: Ticket) -> str:
    return f"tracking.ticket.{ticket.nonce}"


@dataclass(frozen=True, slots=True)
class Token:
    """What lets one login speak for one session over plain HTTP.

    `epoch` is the one under which requests may speak. 0: a socket was let in, and it alone speaks until its page
    goes. Two who speak under one epoch would each spend the same time.
    """

    session_key: str
    person_id: int
    enrolment_id: int
    lesson_id: int
    login: str
    language: str
    epoch: int


def issue_token(session_key: str, ticket: Ticket, *, epoch: int) -> str:
    """Return the session's token, good for as long as a session lasts. Source: TRACKING §3."""
    facts = {
        "v": session_key,
        "p": ticket.person_id,
        "e": ticket.enrolment_id,
        "l": ticket.lesson_id,
        "s": ticket.login,
        "g": ticket.language,
        "o": epoch,
    }
    return signing.dumps(facts, salt=_TOKEN_SALT)


def read_token(text: str, *, person_id: int, login_key: str | None) -> Token:
    """Return what a token says.

    Raises: TicketRefused, unless it is genuine, not too old, and was given to this login of this person.
    """
    try:
        facts = signing.loads(text, salt=_TOKEN_SALT, max_age=LONGEST_SESSION_MS // 1_000)
    except signing.BadSignature as error:
        raise TicketRefused from error
    if facts["p"] != person_id or not secrets.compare_digest(facts["s"], session_hash(login_key)):
        raise TicketRefused
    return Token(facts["v"], facts["p"], facts["e"], facts["l"], facts["s"], facts["g"], facts.get("o", 0))
