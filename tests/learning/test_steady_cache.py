"""The cache that goes on without Redis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from redis.exceptions import ConnectionError as RedisAway

from learning import steady_cache
from learning.forms import SigningForm
from learning.models import Person
from learning.steady_cache import SteadyCache
from tests.factories import learning as make

#: Nobody listens there.
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def _redis_is_away() -> Iterator[None]:
    with override_settings(CACHES={"default": {"BACKEND": "learning.steady_cache.SteadyCache", "LOCATION": AWAY}}):
        cache.clear()
        yield
        cache.clear()


@pytest.mark.usefixtures("_redis_is_away")
def test_every_verb_goes_on_without_redis() -> None:
    assert cache.add("tries", 1)
    assert not cache.add("tries", 9)
    assert cache.incr("tries") == 2
    assert (cache.get("tries"), cache.get("other", "none"), cache.has_key("tries")) == (2, "none", True)
    cache.set_many({"one": 1, "two": 2}, timeout=9)
    assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": 2}
    cache.delete_many(["one"])
    assert cache.touch("two", 5)
    assert cache.delete("two")
    assert cache.get_many(["one", "two"]) == {}


@pytest.mark.usefixtures("_redis_is_away")
def test_a_flood_of_other_counters_throws_none_out() -> None:
    cache.add("tries", 1)

    for number in range(1_000):
        cache.add(f"other-{number}", 1)

    assert cache.get("tries") == 1


def test_redis_is_left_alone_for_a_while_and_then_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    now_s = [1_000.0]

    def get(*args: Any, **_kwargs: Any) -> str:
        asked.append(args)
        if len(asked) == 1:
            raise RedisAway
        return "of redis"

    monkeypatch.setattr(steady_cache, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(SteadyCache, "asked_again_s", {})
    held = SteadyCache("redis://127.0.0.1:1/1", {})
    monkeypatch.setattr(held.shared, "get", get)

    assert (held.get("key"), SteadyCache("redis://127.0.0.1:1/1", {}).get("key"), len(asked)) == (None, None, 1)
    now_s[0] += steady_cache.LEFT_ALONE_S
    assert held.get("key") == "of redis"


@pytest.mark.django_db
@pytest.mark.usefixtures("_redis_is_away")
def test_people_sign_in_without_redis_and_guessing_is_still_counted(client: Client, ada: Person) -> None:
    def sign_in(password: str) -> Any:
        return client.post("/en/accounts/login/", {"login": ada.email, "password": password})

    assert sign_in(make.PASSWORD).status_code == 302
    client.post("/accounts/logout/")
    tries = [
        Client(REMOTE_ADDR="203.0.113.7").post("/en/accounts/login/", {"login": ada.email, "password": "wrong"})
        for _try in range(6)
    ]

    assert [answer.status_code for answer in tries] == [200] * 6
    assert "Too many wrong passwords" in tries[5].content.decode()
    assert "Too many wrong passwords" not in tries[4].content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("_redis_is_away")
def test_officers_sign_without_redis(rf: Any, ada: Person) -> None:
    request = rf.post("/", {"password": make.PASSWORD})
    request.user = ada

    assert SigningForm(request.POST, request=request).is_valid()
