"""What stands before every door of ours: what an answer carries whatever the view forgot, and who is at a socket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakKeyDictionary

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import Error
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from learning.access import persons_by_login
from learning.models import Person
from learning.together import Gathering, SideThreads

logger = logging.getLogger(__name__)

_TRY_LATER = 1013


class PrivatePagesMiddleware:
    """Keeps pages of signed-in people out of every cache (RELIABILITY S9)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the answer `no-store` when somebody is signed in and the view set nothing."""
        response = self.get_response(request)
        # NB: in this order: an answer that says the database is away must not ask it who is there.
        if "Cache-Control" not in response and request.user.is_authenticated:
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response


class SignedOutMiddleware:
    """Tells who is sent to sign in that what they sent was not taken, and leads them back to where they wrote it.

    Else the page they come back to looks as if it had been, or is one that takes forms only. What a module
    sends is none of this: it keeps its answers and sends them again by itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave a word for the sign-in page when a form met no session any more."""
        response = self.get_response(request)
        is_form = request.method == "POST" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if not is_form or not response.get("Location", "").startswith(f"{resolve_url(settings.LOGIN_URL)}?"):
            return response
        messages.warning(
            request, _("You were signed out meanwhile. What you sent was not taken; please send it again.")
        )
        page = urlsplit(request.headers.get("Referer", ""))
        if page.netloc == request.get_host():
            return redirect_to_login(urlunsplit(("", "", page.path, page.query, "")))
        return response


class SocketLogin:
    """Tells a socket's application who signed in (`user`, `session` in its scope).

    Channels' own stack would also stand in the way of every later message, to save a session that no
    socket of ours changes: a tenth of what a beat costs.
    """

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        """Keep the application."""
        self.inner = inner
        self._store = import_module(settings.SESSION_ENGINE).SessionStore
        self._logins: WeakKeyDictionary[asyncio.AbstractEventLoop, _Logins] = WeakKeyDictionary()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Look the login up, once for the life of the socket."""
        cookies = {}
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookies = parse_cookie(value.decode("latin-1"))
        session = self._store(cookies.get(settings.SESSION_COOKIE_NAME))
        logins = self._logins.setdefault(asyncio.get_running_loop(), _Logins())
        try:
            user = await logins.person_of(session.session_key)
        except Error:
            logger.warning("The database is away; a socket is asked to come back later")
            await _refuse_for_now(scope, receive, send)
            return
        await self.inner(scope | {"session": session, "user": user}, receive, send)


class _Logins:
    """Who is signed in, asked for all who knock at the same time."""

    def __init__(self) -> None:
        """Nobody knocks."""
        self._threads = SideThreads()
        self._knocking: Gathering[str, Person | AnonymousUser] = Gathering(self._threads, _all_signed_in)

    async def person_of(self, session_key: str | None) -> Person | AnonymousUser:
        """Return who is signed in by a login session. Raises: Error."""
        if session_key is None:
            return AnonymousUser()
        try:
            return await self._knocking.ask(session_key, session_key)
        finally:
            if not self._knocking.waiting_count:
                await self._threads.close()


def _all_signed_in(session_keys: Sequence[str]) -> list[Person | AnonymousUser]:
    persons = persons_by_login(session_keys)
    return [persons.get(key) or AnonymousUser() for key in session_keys]


async def _refuse_for_now(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuse a handshake so that a proxy, or the player itself, tries again."""
    await receive()
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await send({"type": "websocket.http.response.start", "status": 503, "headers": [(b"retry-after", b"5")]})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close", "code": _TRY_LATER})
