"""What runs every day, what with a landing, and what waits for HOURBOOK_SLOW=1: the one place that decides it.

Every day each behaviour is tried once, on SQLite; what only a database can keep also on PostgreSQL. A sweep
is the same behaviour over a long list or a matrix: every day it takes a part, always the same one. A landing
(HOURBOOK_TURN=n, as continuous integration sets it) takes the nth part, tries what is slow, and on PostgreSQL
every test once. The whole of everything is for where there is time. Decision 0022 says why and where the line is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar

import pytest
from hypothesis import settings

IS_WHOLE = os.environ.get("HOURBOOK_SLOW") == "1"
#: Which part of each sweep a landing takes; no turn is every day's.
TURN = int(os.environ.get("HOURBOOK_TURN") or 0)
IS_LANDING = TURN > 0
#: Of one property every day; Hypothesis' own number otherwise.
EXAMPLES = 20
#: Of a sweep too dear for every day a landing takes one in so many.
RARELY = 4
#: Of one test's parameters that each ask the database, every day takes one in so many.
PARAMETERS = 5
#: The rooms where each parameter is a promise of its own: an article of the law, a forgery, a seed, a damaged verb.
NEVER_CUT = (
    "tests/learning/law/",
    "tests/learning/credit_machine/",
    "tests/tracking/forgeries/",
    "tests/tracking/simulator/",
)
#: The rooms whose promises a database keeps: its constraints and triggers.
KEPT_BY_THE_DATABASE = "/models/"

T = TypeVar("T")


def part(sweep: Sequence[T], turn: int = 0, *, one_in: int) -> Sequence[T]:
    """Return the whole of a sweep; every day each `one_in`th of it, from the `turn`th on, at least one.

    In a matrix the place in one list is the turn in the other: each of both is met.
    """
    if IS_WHOLE or not sweep:
        return sweep
    return sweep[(turn + TURN) % min(one_in, len(sweep)) :: one_in]


def only(everyday: Collection[T], sweep: Collection[T]) -> list[Any]:
    """Return the parameters of a sweep; all but those of every day, and some of a landing, are slow."""
    others = [value for value in sweep if value not in everyday]
    today = [*everyday, *(others[TURN % RARELY :: RARELY] if IS_LANDING else ())]
    return [pytest.param(value, marks=() if value in today else pytest.mark.sweep) for value in sweep]


def set_up() -> None:
    """Let properties take fewer examples."""
    if not (IS_WHOLE or IS_LANDING):
        settings.register_profile("everyday", max_examples=EXAMPLES)
        settings.load_profile("everyday")


def put_off(items: list[pytest.Item]) -> None:
    """Skip what is slow, but for a landing, and what else there is of a sweep."""
    if IS_WHOLE:
        return
    for item in items:
        if item.get_closest_marker("sweep") or (item.get_closest_marker("slow") and not IS_LANDING):
            item.add_marker(pytest.mark.skip(reason="slow: HOURBOOK_SLOW=1 runs it"))


def on_the_first_database(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return all of it; every day some of the parameters of a test that asks the database with each of them."""
    if IS_WHOLE or IS_LANDING:
        return items
    return list(_some(items, PARAMETERS, spared=lambda item: _rests_on_it(item) or _is_apart(item)))


def on_the_second_database(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return what asks a database; every day only what may fail there and not on the first.

    That is whatever commits (races, locks, kills, sockets), and every constraint and trigger. With a landing
    also each test of all else once, with one of its parameters.
    """
    asking = [item for item in items if _asks(item)]
    if IS_WHOLE:
        return asking
    if IS_LANDING:
        return list(_some(asking, len(asking), spared=_rests_on_it))
    return [item for item in asking if _rests_on_it(item)]


def _some(items: Iterable[pytest.Item], one_in: int, *, spared: Callable[[pytest.Item], bool]) -> Iterable[pytest.Item]:
    """Yield of each test one in so many of its parameters, at least one; of what is spared all."""
    for _function, group in groupby(items, key=lambda item: item.nodeid.partition("[")[0]):
        same = list(group)
        step = min(one_in, len(same))
        yield from (item for at, item in enumerate(same) if spared(item) or at % step == TURN % step)


_FIXTURES = {"db", "transactional_db", "django_db_setup"}


def _is_apart(item: pytest.Item) -> bool:
    return not _asks(item) or item.nodeid.startswith(NEVER_CUT)


def _asks(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db") or _FIXTURES & _fixtures(item))


def _rests_on_it(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    commits = "transactional_db" in _fixtures(item) or bool(mark and mark.kwargs.get("transaction"))
    return commits or KEPT_BY_THE_DATABASE in item.nodeid.partition("::")[0]


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))
