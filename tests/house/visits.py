"""Going through every door: the list of doors, and a visitor for each role.

Knows addresses and answers; what an answer should be is the table's knowledge (`roles`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from learning.models import Person
from tests.house.world import World

#: The columns of every table, in order.
ROLES = (
    "anonymous", "ada", "cy", "editor-a", "auditor-a", "auditor-b",
    "officer-a", "officer-b", "department", "clerk", "superuser",
)  # fmt: skip
SIGN_IN = ("/accounts/login/", "/en/accounts/login/")
DESK = "cms/"
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")

OUTCOMES = {
    400: "b", 401: "u", 403: "x", 404: "-", 405: "m", 409: "c", 410: "g", 422: "e", 429: "t",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """One URL pattern, without its language prefix."""

    route: str
    name: str
    is_localized: bool


def doors(pattern: URLResolver | None = None, door: Door = Door("", "", is_localized=False)) -> Iterator[Door]:
    """Yield every URL pattern of the project, through includes, namespaces and the language prefix."""
    for item in (pattern or get_resolver()).url_patterns:
        is_localized = door.is_localized or isinstance(item.pattern, LocalePrefixPattern)
        route = door.route + ("" if isinstance(item.pattern, LocalePrefixPattern) else str(item.pattern))
        if isinstance(item, URLResolver):
            space = f"{item.namespace}:" if item.namespace else ""
            yield from doors(item, Door(route, door.name + space, is_localized))
        else:
            assert isinstance(item, URLPattern)
            yield Door(route, f"{door.name}{item.name or ''}", is_localized)


def socket_routes(application: Any) -> list[str]:
    """Return the paths of every socket, through whatever the routers are wrapped in."""
    if isinstance(application, URLRouter):
        return [str(getattr(route, "pattern", route)) for route in application.routes]
    if isinstance(application, ProtocolTypeRouter):
        return socket_routes(application.application_mapping["websocket"])
    return socket_routes(getattr(application, "application", None) or application.inner)


def filled(route: str, arguments: dict[str, object]) -> str:
    """Return the address of a route with its arguments filled in."""
    return "/" + _ARGUMENT.sub(lambda match: str(arguments[match.group(1)]), route)


def outcome_of(response: Any) -> str:
    """Return the one letter that stands for an answer in a table."""
    if 200 <= response.status_code < 300:
        return "."
    if 300 <= response.status_code < 400:
        return ">" if response["Location"].split("?")[0] in SIGN_IN else "r"
    return OUTCOMES.get(response.status_code, "!")


class Visitors:
    """Everyone of the cast, signed in once; what they do is taken back after each request."""

    def __init__(self, world: World, *, checks_csrf: bool = False) -> None:
        """Sign everyone in."""
        self.people: dict[str, Person | None] = {
            "anonymous": None,
            "ada": world.a.learner,
            "cy": world.b.learner,
            "editor-a": world.a.editor,
            "auditor-a": world.a.auditor,
            "auditor-b": world.b.auditor,
            "officer-a": world.a.officer,
            "officer-b": world.b.officer,
            "department": world.department_auditor,
            "clerk": world.clerk,
            "superuser": world.superuser,
        }
        self._client = Client(enforce_csrf_checks=checks_csrf, raise_request_exception=False)
        self._cookies = {role: self._sign_in(person) for role, person in self.people.items()}

    def _sign_in(self, person: Person | None) -> str:
        self._client.cookies = SimpleCookie()
        if person is not None:
            self._client.force_login(person)
        return self._client.cookies.output(header="", sep=";")

    def get(self, role: str, path: str, **headers: str) -> Any:
        """Open a page."""
        return self._send(role, "GET", path, headers=headers)

    def post(self, role: str, path: str, data: dict[str, Any] | str | None = None, **headers: str) -> Any:
        """Send a form, or a text as JSON."""
        return self._send(role, "POST", path, data=data, headers=headers)

    def token(self, role: str, path: str) -> str:
        """Open a page with a form; return its token, and keep the cookie that goes with it."""
        page = self.get(role, path).content.decode()
        self._cookies[role] = self._client.cookies.output(header="", sep=";")
        return str(page.split('name="csrfmiddlewaretoken" value="')[1].partition('"')[0])

    def _send(
        self, role: str, method: str, path: str, *, headers: dict[str, str], data: dict[str, Any] | str | None = None
    ) -> Any:
        self._client.cookies = SimpleCookie(self._cookies[role])
        # What a visit changed must not meet the next visitor.
        with transaction.atomic():
            if method == "GET":
                response = self._client.get(path, headers=headers)
            elif isinstance(data, str):
                response = self._client.post(path, data, content_type="application/json", headers=headers)
            else:
                response = self._client.post(path, data or {}, headers=headers)
            transaction.set_rollback(True)
        return response
