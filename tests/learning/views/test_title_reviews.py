"""The door for title-review systems: a key, a question, one answer; every refusal says as little as it can."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from learning.actions import api_keys
from learning.views import title_reviews
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
ADDRESS = "/api/titles/v1/years/"
QUESTION = {"full_name": "陈慧", "id_number": "410203198802032626"}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


@pytest.fixture
def key(year: Year) -> str:
    _key, text = api_keys.make(
        organisation=year.bureau,
        label="评审",
        scope="title_review",
        valid_for=dt.timedelta(days=90),
        by=year.officer,
        now=NOON,
    )
    return text


def ask(key: str, body: Any = QUESTION, **extra: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(ADDRESS, text, content_type="application/json", headers=headers, **extra)


def test_system_is_answered(year: Year, key: str) -> None:
    response = ask(key)
    told = response.json()

    assert response.status_code == 200
    assert set(told) == {"answer", "digest", "signature", "public_key"}
    assert told["answer"]["years"][-1]["certificates"][0]["serial"] == year.certificate.serial
    assert "no-store" in response["Cache-Control"]
    assert "410203198802032626" not in response.content.decode()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "malformed"),
        ("[]", 400, "malformed"),
        ("{", 400, "malformed"),
        ("[" * 4_000, 400, "malformed"),
        (json.dumps(QUESTION | {"more": "x" * 5_000}), 400, "malformed"),
        ("\xff", 400, "malformed"),
        (json.dumps(QUESTION | {"id_number": "\ud800"}), 422, "incomplete"),
        ({}, 422, "incomplete"),
        (QUESTION | {"full_name": " "}, 422, "incomplete"),
        (QUESTION | {"id_number": 410203}, 422, "incomplete"),
        (QUESTION | {"full_name": "陈" * 81}, 422, "incomplete"),
        (QUESTION | {"full_name": "李强"}, 404, "not_found"),
        (QUESTION | {"id_number": "410203198802032634"}, 404, "not_found"),
        (QUESTION | {"id_number": "\x00"}, 404, "not_found"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_question_is_refused_in_both_languages(body: Any, status: int, code: str, key: str) -> None:
    response = ask(key, body)
    error = response.json()["error"]

    assert (response.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "message_zh", "message_en"}


def test_unknown_person_and_wrong_name_are_answered_alike(key: str) -> None:
    answers = {
        (response.status_code, response.content)
        for response in (
            ask(key, QUESTION | {"full_name": "李强"}),
            ask(key, QUESTION | {"id_number": "410203198802032634"}),
        )
    }

    assert len(answers) == 1


@pytest.mark.parametrize("presented", ["", "hourbook_000000000000_x", "x" * 300])
def test_without_a_key_nobody_is_answered(presented: str, key: str) -> None:
    response = ask(presented)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["error"]["code"] == "no_key"


def test_question_in_the_address_is_not_heard(key: str) -> None:
    assert Client().get(ADDRESS, QUESTION, headers={"Authorization": f"Bearer {key}"}).status_code == 405


def test_strangers_are_slowed_down_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_reviews, "STRANGERS_MOST", 2)

    assert [ask("").status_code for _number in range(3)] == [401, 401, 429]
    assert ask("", REMOTE_ADDR="10.0.0.9").status_code == 401


def test_key_is_slowed_down_whatever_it_asks(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_reviews, "QUESTIONS_MOST", 2)
    responses = [ask(key, REMOTE_ADDR=f"10.0.0.{number}") for number in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert int(responses[-1]["Retry-After"]) > 0


def test_key_that_guesses_learns_nothing_more(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_reviews, "MISSES_MOST", 2)
    guesses = [ask(key, QUESTION | {"full_name": name}).status_code for name in ("李", "王", "张")]

    assert guesses == [404, 404, 429]
    assert ask(key).status_code == 429


@pytest.mark.parametrize(("prefix", "words"), [("", "POST"), ("/en", "The interface for title review")])
def test_description_names_the_address(prefix: str, words: str) -> None:
    html = Client().get(f"{prefix}/help/title-review/").content.decode()

    assert "http://127.0.0.1:8000/api/titles/v1/years/" in html
    assert words in html
