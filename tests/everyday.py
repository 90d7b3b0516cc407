"""What runs every day and what waits for HOURBOOK_SLOW=1: the one place that decides it.

Every day each behaviour is tried once, on SQLite; what only a database can keep also on PostgreSQL. A sweep
is the same behaviour over a long list or a matrix: every day it takes a part, always the same one, and
the whole of it where there is time, as in continuous integration. Decision 0022 says why and where the line is.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import settings

IS_WHOLE = os.environ.get("HOURBOOK_SLOW") == "1"
#: Of one property; Hypothesis' own number otherwise.
EXAMPLES = 20
#: The rooms whose promises a database keeps: its constraints and triggers.
KEPT_BY_THE_DATABASE = "/models/"

T = TypeVar("T")


def part(sweep: Sequence[T], turn: int = 0, *, one_in: int) -> Sequence[T]:
    """Return the whole of a sweep; every day each `one_in`th of it, from the `turn`th on.

    In a matrix the place in one list is the turn in the other: each of both is met.
    """
    return sweep if IS_WHOLE else sweep[turn % one_in :: one_in]


def only(everyday: Collection[T], sweep: Collection[T]) -> list[Any]:
    """Return the parameters of a sweep; all but those of every day are slow."""
    return [pytest.param(value, marks=() if value in everyday else pytest.mark.slow) for value in sweep]


def set_up() -> None:
    """Let properties take fewer examples."""
    if not IS_WHOLE:
        settings.register_profile("everyday", max_examples=EXAMPLES)
        settings.load_profile("everyday")


def put_off(items: list[pytest.Item]) -> None:
    """Skip what is slow."""
    for item in items:
        if not IS_WHOLE and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: HOURBOOK_SLOW=1 runs it"))


def on_the_second_database(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return what asks a database; every day only what may fail there and not on the first.

    That is whatever commits (races, locks, kills, sockets), every constraint and trigger, and of all else
    each test once, with the first of its parameters.
    """
    asking = [item for item in items if item.get_closest_marker("django_db") or _FIXTURES & _fixtures(item)]
    if IS_WHOLE:
        return asking
    first = {_function(item): item for item in reversed(asking)}
    return [item for item in asking if _rests_on_it(item) or first[_function(item)] is item]


_FIXTURES = {"db", "transactional_db", "django_db_setup"}


def _rests_on_it(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    commits = "transactional_db" in _fixtures(item) or bool(mark and mark.kwargs.get("transaction"))
    return commits or KEPT_BY_THE_DATABASE in item.nodeid.partition("::")[0]


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))
