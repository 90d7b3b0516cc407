"""The HTTP door of `trk.v1`, for networks that let no socket through, and the beacon of a page that goes.

Knows bodies, statuses and who is signed in; what a message does is `actions.exchanges`. Needs no CSRF
token: nothing is done but by a ticket or token that we signed for this very login and that no other
site can read; a foreign Origin is refused besides. Source: TRACKING §3.
"""

import logging
from typing import Final
from urllib.parse import urlparse

from channels.security.websocket import OriginValidator
from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from learning.models import Person
from tracking import access, protocol
from tracking.actions import exchanges, tickets, viewings
from tracking.models.clock import process_clock
from tracking.protocol import ErrorCode, limits
from tracking.rules.devices import device_label
from tracking.rules.rate import filled_again_ms
from tracking.rules.refusals import Refusal

logger = logging.getLogger(__name__)

_KINDS: Final = {"hb": protocol.Beat, "ans": protocol.Answer, "bye": protocol.Bye}
_STATUS_OF: Final = {
    ErrorCode.AUTH: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.LEASE_BUSY: 409,
    ErrorCode.SUPERSEDED: 409,
    ErrorCode.SESSION_ENDED: 410,
    ErrorCode.SEALED: 410,
    ErrorCode.RATE: 429,
    ErrorCode.DATABASE_UNAVAILABLE: 503,
}
_BAD_REQUEST: Final = 400
_RETRY_S_OF: Final = {ErrorCode.RATE: 1, ErrorCode.DATABASE_UNAVAILABLE: 5}
#: After these a session may go on: the same player speaks again, at once, later, or when the learner chose.
_PASSING: Final = frozenset(
    {ErrorCode.BAD_RANGE, ErrorCode.NO_CHECK, ErrorCode.LEASE_BUSY, ErrorCode.RATE, ErrorCode.DATABASE_UNAVAILABLE}
)


class _Flood(Exception):
    """The session speaks too often."""


_REFUSALS: Final = (
    protocol.MalformedMessage,
    Refusal,
    exchanges.Lapsed,
    _Flood,
    tickets.TicketRefused,
    viewings.MayNotWatch,
    viewings.LeaseBusy,
    OperationalError,
    InterfaceError,
)


@csrf_exempt
@never_cache
@require_POST
def open_session(request: HttpRequest) -> HttpResponse:
    """Open or resume a session. Raises nothing: a refusal is an answer."""
    if not _is_own_origin(request):
        return _refused(ErrorCode.FORBIDDEN)
    try:
        person, login_key = _login(request)
        said = protocol.parse(_body(request))
        if not isinstance(said, protocol.Open):
            raise protocol.MalformedMessage
        ticket = tickets.read(said.ticket, person_id=person.pk, session_key=login_key)
        process_clock.keep()
        label = device_label(request.headers.get("User-Agent", ""))
        now_ms = process_clock.now_ms()
        done = exchanges.open_exchange(ticket=ticket, said=said, device_label=label, now_ms=now_ms)
    except _REFUSALS as error:
        return _answer_to(error, is_opening=True)
    return _answered(done.texts)


@csrf_exempt
@never_cache
@require_POST
def speak(request: HttpRequest, kind: str) -> HttpResponse:
    """Hear a beat, an answer or a farewell of a session."""
    if not _is_own_origin(request):
        return _refused(ErrorCode.FORBIDDEN)
    try:
        speech = _speech(request)
        # NB: a farewell is a beat to Python; each has its own address.
        if type(speech.said) is not _KINDS[kind]:
            raise protocol.MalformedMessage
        done = exchanges.exchange(speech)
    except _REFUSALS as error:
        return _answer_to(error)
    return _refused(done.error) if done.error is not None else _answered(done.texts)


@csrf_exempt
@never_cache
@require_POST
def beacon(request: HttpRequest) -> HttpResponse:
    """Hear the last words of a page that goes: nobody is there to be answered, so 204 whatever was said."""
    if _is_own_origin(request):
        try:
            speech = _speech(request)
            if isinstance(speech.said, protocol.Beat):
                exchanges.take_beacon(speech)
        except (OperationalError, InterfaceError):
            logger.warning("A beacon was lost; its seconds are the next session's late claims", exc_info=True)
        except _REFUSALS as error:
            logger.info("A beacon was refused: %r", error)
    return HttpResponse(status=204)


def _login(request: HttpRequest) -> tuple[Person, str]:
    """Return who speaks and by which login. Raises: TicketRefused for nobody."""
    person, login_key = request.user, request.session.session_key
    if not isinstance(person, Person) or not login_key:
        raise tickets.TicketRefused
    return person, login_key


def _speech(request: HttpRequest) -> exchanges.Speech:
    """Return the message, the session it is of and who speaks for it."""
    person, login_key = _login(request)
    carried = protocol.parse_carried(_body(request))
    if isinstance(carried.said, protocol.Open):
        raise protocol.MalformedMessage
    token = tickets.read_token(carried.token, person_id=person.pk, login_key=login_key)
    process_clock.keep()
    now_ms = process_clock.now_ms()
    _refuse_flood(token.session_key, now_ms)
    watcher = access.Watcher(person.pk, token.enrolment_id, login_key, access.password_mark(person))
    return exchanges.Speech(token, watcher, carried.epoch, carried.said, now_ms)


def _body(request: HttpRequest) -> bytes:
    """Return the body, or enough of it to be seen as too long."""
    return request.read(limits.MESSAGE_MAX_BYTES + 1)


def _is_own_origin(request: HttpRequest) -> bool:
    """Say whether the page that speaks is ours; a browser names its origin, others may leave it out."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return _origins().valid_origin(urlparse(origin))
    except ValueError:
        return False


def _origins() -> OriginValidator:
    """Return the judge of the sockets' origins, so that both ways agree; here it wraps nothing."""
    return OriginValidator(None, settings.WEBSOCKET_ORIGINS)  # type: ignore[arg-type]  # as said


def _refuse_flood(session_key: str, now_ms: int) -> None:
    """Take one token of the session's bucket; while the cache is away, anyone may speak.

    Two at once may take the same token: this keeps floods out, the budgets are the rule's.
    Source: TRACKING §1 C13, RELIABILITY R6.
    """
    key = f"tracking.rate.{session_key}"
    try:
        full_ms = filled_again_ms(
            cache.get(key), now_ms=now_ms, per_s=limits.MESSAGES_PER_S, burst=limits.MESSAGES_BURST
        )
        if full_ms is not None:
            cache.set(key, full_ms, timeout=2 * limits.MESSAGES_BURST // limits.MESSAGES_PER_S)
    except Exception:  # whatever the cache's driver raises
        logger.warning("The cache is away; a session's pace was not looked at", exc_info=True)
        return
    if full_ms is None:
        raise _Flood


def _answer_to(error: Exception, *, is_opening: bool = False) -> HttpResponse:
    """Return the refusal that an error stands for."""
    if isinstance(error, protocol.MalformedMessage | Refusal):
        return _refused(ErrorCode(error.code), is_opening=is_opening)
    if isinstance(error, _Flood):
        return _refused(ErrorCode.RATE)
    if isinstance(error, viewings.LeaseBusy):
        return _refused(ErrorCode.LEASE_BUSY, who=error.who)
    if isinstance(error, viewings.MayNotWatch):
        return _refused(ErrorCode.FORBIDDEN)
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("The database is away or locked; the player keeps what is pending", exc_info=error)
        return _refused(ErrorCode.DATABASE_UNAVAILABLE, is_opening=is_opening)
    return _refused(ErrorCode.AUTH)


def _refused(code: ErrorCode, *, who: str | None = None, is_opening: bool = False) -> HttpResponse:
    """Refuse in the wire's words. To open again is another attempt; a beat is simply said again."""
    retry_s = _RETRY_S_OF.get(code)
    is_passing = code in _PASSING and not (is_opening and retry_s is not None)
    is_passing = is_passing or (is_opening and code is ErrorCode.SESSION_ENDED)
    retry_ms = None if retry_s is None else retry_s * 1_000
    text = protocol.err(code, is_fatal=not is_passing, retry_ms=retry_ms, who=who)
    response = _answered([text], status=_STATUS_OF.get(code, _BAD_REQUEST))
    if retry_s is not None:
        response["Retry-After"] = str(retry_s)
    return response


def _answered(texts: list[str], *, status: int = 200) -> HttpResponse:
    """Answer with the server's messages, in their order."""
    body = f'{{"messages":[{",".join(text for text in texts if text)}]}}'
    return HttpResponse(body, status=status, content_type="application/json")
