"""Each socket from each origin: a page of another site cannot speak for a learner (S8)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from learning.asgi import application
from learning.models import Enrolment, Person
from tests.factories import learning as make
from tests.house.roles import SOCKETS
from tests.house.visits import socket_routes
from tracking.access import place_of
from tracking.actions import tickets
from tracking.protocol.limits import SUBPROTOCOL

OWN = "http://testserver"
WAIT_S = 30


@pytest.fixture
def learners(transactional_db: None) -> tuple[Enrolment, Enrolment]:
    """ada and cy, each with a place in a course."""
    return make.EnrolmentFactory(), make.EnrolmentFactory()


def test_every_socket_has_a_row() -> None:
    assert set(socket_routes(application)) == set(SOCKETS), "keep SOCKETS in tests/house/roles.py in step"


async def test_a_handshake_ends_as_the_table_says(learners: tuple[Enrolment, Enrolment]) -> None:
    people = {"anonymous": None, "ada": learners[0].person}

    found = {
        path: {
            (visitor, origin): await fate(await socket(path, people[visitor], origin))
            for visitor, origin in SOCKETS[path]
        }
        for path in SOCKETS
    }

    assert found == SOCKETS


async def test_a_ticket_of_another_learner_opens_nothing(learners: tuple[Enrolment, Enrolment]) -> None:
    ada, cy = learners
    line = await socket("ws/track/", cy.person, OWN)
    await line.connect(timeout=WAIT_S)

    await line.send_json_to(await opening(ada, session_key=""))

    assert await closed_with(line) == "4401"


async def test_a_ticket_of_another_login_of_the_same_learner_opens_nothing(
    learners: tuple[Enrolment, Enrolment],
) -> None:
    ada, _cy = learners
    line = await socket("ws/track/", ada.person, OWN)
    await line.connect(timeout=WAIT_S)

    await line.send_json_to(await opening(ada, session_key="another-login"))

    assert await closed_with(line) == "4401"


async def socket(path: str, person: Person | None, origin: str | None) -> WebsocketCommunicator:
    """Return a connection not yet made, with the cookie of the person's own login."""
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if person is not None:
        cookie = f"{settings.SESSION_COOKIE_NAME}={await database_sync_to_async(_login)(person)}"
        headers.append((b"cookie", cookie.encode()))
    return WebsocketCommunicator(application, f"/{path}", headers=headers, subprotocols=[SUBPROTOCOL])


def _login(person: Person) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


async def fate(line: WebsocketCommunicator) -> str:
    """Connect and say what became of it."""
    is_accepted, _protocol = await line.connect(timeout=WAIT_S)
    if not is_accepted:
        return "refused"
    if await line.receive_nothing(timeout=0.1):
        await line.disconnect()
        return "open"
    return await closed_with(line)


async def closed_with(line: WebsocketCommunicator) -> str:
    """Return the code with which the server closes; whatever it says before is an error."""
    while (said := await line.receive_output(timeout=WAIT_S))["type"] != "websocket.close":
        assert json.loads(said["text"])["t"] == "err"
    return str(said["code"])


async def opening(enrolment: Enrolment, *, session_key: str) -> dict[str, Any]:
    """Return the first message, with a ticket given to this enrolment's learner."""
    ticket = await database_sync_to_async(_ticket)(enrolment, session_key)
    return {"t": "open", "v": 1, "ticket": ticket, "dev": "d", "take": False, "resume": None, "prev": None}


def _ticket(enrolment: Enrolment, session_key: str) -> str:
    place = place_of(enrolment.person, enrolment.course_key, 1)
    assert place is not None
    return tickets.issue(place, session_key=session_key)
