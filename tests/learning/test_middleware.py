"""Who a socket is told is there, the same that a page would be told; and what who is signed out is told."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from channels.db import database_sync_to_async as in_thread
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from learning.middleware import SocketLogin
from learning.models import Person
from tests.factories import learning as make

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in() -> tuple[Person, str]:
    person, client = make.PersonFactory(), Client()
    client.force_login(person)
    key = client.session.session_key
    assert key is not None
    return person, key


async def told_of(*session_keys: str | None) -> list[Any]:
    """Knock with all of these at once; return who the application was told of."""
    told: dict[str | None, Any] = {}

    async def application(scope: dict[str, Any], _receive: object, _send: object) -> None:
        told[scope["session"].session_key] = scope["user"]

    login = SocketLogin(application)
    name = settings.SESSION_COOKIE_NAME
    cookies = [[] if key is None else [(b"cookie", f"{name}={key}".encode())] for key in session_keys]
    await asyncio.gather(*(login({"type": "websocket", "headers": headers}, None, None) for headers in cookies))
    return [told[key] for key in session_keys]


async def test_login_tells_each_socket_of_its_own_person() -> None:
    logins = [await in_thread(signed_in)() for _number in range(5)]

    assert await told_of(*(key for _person, key in logins)) == [person for person, _key in logins]


async def test_login_without_a_cookie_or_with_an_unknown_one_is_nobody() -> None:
    _person, key = await in_thread(signed_in)()

    told = await told_of(None, "x" * 32, key)

    assert [person.is_authenticated for person in told] == [False, False, True]


@pytest.mark.parametrize("end", ["signed out", "lapsed", "deactivated", "password changed", "another backend"])
async def test_login_that_has_ended_is_nobody(end: str) -> None:
    person, key = await in_thread(signed_in)()
    sessions = Session.objects.filter(session_key=key)
    if end == "signed out":
        await in_thread(sessions.delete)()
    elif end == "lapsed":
        await in_thread(sessions.update)(expire_date=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    elif end == "deactivated":
        await in_thread(Person.objects.filter(pk=person.pk).update)(is_active=False)
    elif end == "password changed":
        person.set_password("a new password")
        await in_thread(person.save)()
    else:
        await in_thread(_give_backend)(key, "somewhere.else.Backend")

    (told,) = await told_of(key)

    assert not told.is_authenticated


def _give_backend(key: str, backend: str) -> None:
    row = Session.objects.get(session_key=key)
    facts = row.get_decoded() | {"_auth_user_backend": backend}
    Session.objects.filter(session_key=key).update(session_data=Session.objects.encode(facts))


def test_a_form_sent_without_a_session_is_said_not_to_be_taken(client: Client) -> None:
    sent = client.post("/en/bureau/confirm/", {"do": "send_back"}, follow=True)
    assert "What you sent was not taken" in sent.content.decode()

    read = client.get("/en/bureau/confirm/", follow=True)
    assert read.redirect_chain[0][0].startswith("/en/accounts/login/?")
    assert "What you sent was not taken" not in read.content.decode()


@pytest.mark.parametrize(
    ("page", "led_to"),
    [
        ("http://testserver/en/courses/x/?a=1", "/en/courses/x/?a=1"),
        ("https://elsewhere.test/", "/en/courses/x/enrol/"),
        ("", "/en/courses/x/enrol/"),
    ],
)
def test_a_form_sent_without_a_session_leads_back_to_its_page(client: Client, page: str, led_to: str) -> None:
    with override("en"):
        address = reverse("learning:enrol", args=["x"])

    answer = client.post(address, headers={"referer": page})

    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": [led_to]}


def test_what_a_module_sends_without_a_session_is_not_spoken_of(client: Client) -> None:
    """The exam room keeps the answer and sends it again: a word that it was lost would be none."""
    sent = client.post("/en/bureau/confirm/", headers={"Sec-Fetch-Mode": "same-origin"})
    assert sent["Location"].startswith("/en/accounts/login/?")
    page = client.get("/en/accounts/login/").content.decode()

    assert "was not taken" not in page
