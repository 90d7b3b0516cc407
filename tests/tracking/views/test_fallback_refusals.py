from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from learning.models import Enrolment, Person
from tests.tracking.conftest import StandingClock
from tests.tracking.views.calling import API, Caller, confirmed_s
from tracking.actions import exchanges
from tracking.models import LiveViewing


def test_lease_of_another_device_is_busy_until_taken_over(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(10)
    phone = Caller(caller.at)

    [busy] = phone.open(dev="phone")
    assert (phone.status, busy["code"], busy["fatal"]) == (409, "lease_busy", False)
    assert json.loads(busy["who"])["label"] == "Windows · Edge"
    assert phone.open(dev="phone", take=True)[0]["t"] == "ok"

    assert caller.refused(caller.beat([0, 10]), "superseded")
    assert (caller.status, confirmed_s(caller.at)) == (409, 0)


def test_resume_of_nothing_is_refused_and_the_ticket_stays_good(caller: Caller) -> None:
    ticket = caller.at.ticket()

    refused = caller.open(ticket=ticket, resume="00000000-0000-4000-8000-000000000000")

    assert refused == [{"t": "err", "code": "session_ended", "fatal": False}]
    assert caller.status == 410
    assert caller.open(ticket=ticket)[0]["t"] == "ok"
    assert caller.refused(caller.open(ticket=ticket), "auth")
    assert caller.status == 401


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("hb", {"c": [[50, 61]]}, "bad_range"),
        ("hb", {"q": -1}, "bad_msg"),
        ("hb", {"c": None}, "bad_msg"),
        ("hb", {"more": 1}, "bad_msg"),
        ("hb", {"ep": True}, "bad_msg"),
        ("hb", {"tok": None}, "bad_msg"),
        ("hb", {"t": "bye", "why": "user"}, "bad_msg"),
        ("bye", {"t": "hb"}, "bad_msg"),
        ("ans", {"id": "c1", "v": "here", "ms": 9}, "no_check"),
        ("open", {"v": 1, "ticket": "t", "dev": "d"}, "bad_msg"),
    ],
)
def test_bad_message_is_refused_and_changes_nothing(
    caller: Caller, clock: StandingClock, kind: str, fields: dict[str, Any], code: str
) -> None:
    caller.open()
    clock.pass_s(15)
    before = LiveViewing.objects.values().get()
    message = caller.claim([0, 15]) if kind == "hb" else {"t": kind}

    messages = caller.post(kind, message | caller.stamp | fields).json()["messages"]

    assert (caller.status, messages[0]["code"]) == (400, code)
    assert LiveViewing.objects.values().get() == before


@pytest.mark.parametrize("kind", ["open", "hb", "ans", "bye", "beacon"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_msg"),
        ("[]", "bad_msg"),
        ("[" * 4_000, "bad_msg"),
        ('{"t":"hb","t":"hb"}', "bad_msg"),
        ('{"t":"hb","q":NaN}', "bad_msg"),
        ('"\\ud800"', "bad_msg"),
        ("\x00" * 50, "bad_msg"),
        ("x" * 4_097, "too_big"),
    ],
    ids=["empty", "list", "deep", "twice", "nan", "surrogate", "null", "too-big"],
)
def test_nonsense_is_refused(caller: Caller, kind: str, text: str, code: str) -> None:
    answer = caller.post(kind, text)

    if kind == "beacon":
        assert (answer.status_code, answer.content) == (204, b"")
    else:
        assert (answer.status_code, answer.json()["messages"][0]["code"]) == (400, code)


def test_beat_longer_than_1_kib_is_refused(caller: Caller) -> None:
    caller.open()

    message = caller.claim() | {"c": [[0, 1]] * 300}

    assert caller.post("hb", message | caller.stamp).json()["messages"][0]["code"] == "too_big"


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "https://testserver", "http://testserver:8080", "null"])
@pytest.mark.parametrize("kind", ["open", "hb"])
def test_foreign_origin_is_refused(caller: Caller, kind: str, origin: str) -> None:
    answer = caller.post(kind, "{}", origin=origin)

    assert (answer.status_code, answer.json()["messages"][0]["code"]) == (403, "forbidden")


def test_own_origin_needs_no_form_token(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(10)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = caller.at.client.cookies

    answer = strict.post(
        f"{API}hb",
        json.dumps(caller.claim([0, 10]) | caller.stamp),
        content_type="application/json",
        headers={"origin": "http://testserver"},
    )

    assert answer.json() == {"messages": [{"t": "ack", "q": 1, "n": 10}]}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("thief", ["anonymous", "cy", "own_other_login", "forger"])
def test_token_of_another_login_is_refused(caller: Caller, cy: Person, clock: StandingClock, thief: str) -> None:
    caller.open()
    clock.pass_s(10)
    stolen = caller.claim([0, 10]) | caller.stamp
    if thief == "forger":
        stolen["tok"] = stolen["tok"][:-1] + ("A" if stolen["tok"][-1] != "A" else "B")
    elif thief == "anonymous":
        caller.at.client.cookies.clear()
    else:
        caller.at.client.force_login(cy if thief == "cy" else caller.at.person)
        if thief == "own_other_login":
            caller.at.client.cookies.clear()
            caller.at.client.force_login(caller.at.person)

    messages = caller.post("hb", stolen).json()["messages"]
    caller.post("beacon", stolen)

    assert messages == [{"t": "err", "code": "auth", "fatal": True}]
    assert (LiveViewing.objects.get().epoch, confirmed_s(caller.at)) == (1, 0)


def test_who_may_watch_no_longer_earns_nothing(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    clock.pass_s(10)
    Enrolment.objects.update(status=Enrolment.Status.WITHDRAWN)

    assert caller.refused(caller.beat([0, 10]), "auth")
    assert (caller.status, confirmed_s(caller.at)) == (401, 0)


def test_flood_is_slowed_and_the_session_goes_on(caller: Caller, clock: StandingClock) -> None:
    caller.open()
    answers = [caller.post("hb", caller.claim() | caller.stamp) for _number in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1]["Retry-After"] == "1"
    assert answers[-1].json() == {"messages": [{"t": "err", "code": "rate", "fatal": False, "retry_ms": 1_000}]}
    clock.pass_s(1)
    caller.beat()
    assert caller.status == 200


def test_cache_that_is_away_slows_nobody(caller: Caller, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    caller.open()

    def fail(*_arguments: object, **_options: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "get", fail)
    clock.pass_s(10)

    assert caller.beat([0, 10]) == [{"t": "ack", "q": 1, "n": 10}]


@pytest.mark.parametrize("kind", ["open", "hb", "beacon"])
def test_database_away_is_503_and_the_same_is_said_again(
    caller: Caller, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    caller.open()
    clock.pass_s(10)
    message = caller.claim([0, 10]) | caller.stamp
    if kind == "open":
        message = {"t": "open", "v": 1, "ticket": caller.at.ticket(), "dev": "desk"}

    def fail(*_arguments: object, **_options: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as away:
        for verb in ("open_exchange", "exchange", "take_beacon"):
            away.setattr(exchanges, verb, fail)
        answer = caller.post(kind, message)

    if kind == "beacon":
        assert answer.status_code == 204
        return
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["messages"] == [
        {"t": "err", "code": "db_unavailable", "fatal": kind == "open", "retry_ms": 5_000}
    ]
    assert caller.post(kind, message).status_code == 200


def test_database_away_before_the_login_is_read_is_503_too(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    caller.open()
    message = caller.claim() | caller.stamp

    def fail(*_arguments: object, **_options: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)

    assert caller.post("hb", message).status_code == 503
