"""Two hundred worlds every day; `python -m tests.tracking.simulator` lives as many as asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import transaction

from tests.factories.tracking import Learner
from tests.tracking.simulator.cast import cast
from tests.tracking.simulator.world import World

pytestmark = pytest.mark.django_db

ROUNDS, SEEDS_EACH = 8, 25


class Undone(Exception):
    """Ends a world and all its rows."""


@pytest.fixture
def learners() -> Iterator[list[Learner]]:
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield cast()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_world_breaks_a_promise(learners: list[Learner], round_number: int) -> None:
    for seed in range(round_number * SEEDS_EACH, (round_number + 1) * SEEDS_EACH):
        with suppress(Undone), transaction.atomic():
            World(seed, learners).live()
            raise Undone
