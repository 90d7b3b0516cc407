"""Whether the process is up, and whether it can do its work."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from channels.layers import InMemoryChannelLayer
from django.db import OperationalError
from django.test import Client

SECRET = "password=hunter2"


def refuse(*_given: Any, **_named: Any) -> NoReturn:
    raise OperationalError(SECRET)


async def refuse_later(*_given: Any, **_named: Any) -> NoReturn:
    raise ConnectionError(SECRET)


def test_says_that_the_process_is_up_without_asking_the_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_says_that_everything_is_ready(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "channel_layer": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broken", "fault", "failed"),
    [
        ("learning.views.health.connection.cursor", refuse, {"database", "migrations"}),
        ("learning.views.health.MigrationExecutor.migration_plan", lambda *_: ["0002"], {"migrations"}),
    ],
    ids=["database", "migrations"],
)
def test_says_which_part_of_the_database_is_not_ready(
    broken: str, fault: Any, failed: set[str], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, fault)

    assert_not_ready(client, failed)


@pytest.mark.django_db
def test_says_that_the_channel_layer_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = InMemoryChannelLayer()
    monkeypatch.setattr(layer, "send", refuse_later)
    monkeypatch.setattr("learning.views.health.get_channel_layer", lambda: layer)

    assert_not_ready(client, {"channel_layer"})


@pytest.mark.django_db
def test_does_not_wait_for_a_silent_channel_layer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = InMemoryChannelLayer()

    async def swallow(_channel: str, _message: dict[str, Any]) -> None:
        """Take the message and never deliver it."""

    monkeypatch.setattr(layer, "send", swallow)
    monkeypatch.setattr("learning.views.health.get_channel_layer", lambda: layer)
    monkeypatch.setattr("learning.views.health.LAYER_TIMEOUT_S", 0.01)

    assert_not_ready(client, {"channel_layer"})


def assert_not_ready(client: Client, failed: set[str]) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert {part for part, state in response.json().items() if state != "ok"} == failed
    assert SECRET not in response.content.decode()
    assert "no-store" in response["Cache-Control"]
