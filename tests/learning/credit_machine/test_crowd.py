"""Real threads on whichever database the run uses; the command plays as many acts as you like."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.factories import clock
from tests.factories.learning import NOON
from tests.learning.credit_machine.crowd import Crowd
from tests.learning.credit_machine.stage import small_numbers

pytestmark = pytest.mark.django_db(transaction=True)

IS_FULL = os.environ.get("HOURBOOK_HYPOTHESIS") == "full"
THREADS, ACTS_EACH = (8, 250) if IS_FULL else (4, 25)


@pytest.fixture(autouse=True)
def held_clock() -> Iterator[None]:
    """Time passes: of two who act at once, one waits for the other."""
    with clock.running(NOON):
        yield


@pytest.mark.parametrize("seed", [1, 2] if IS_FULL else [1])
def test_no_crowd_breaks_an_invariant(seed: int) -> None:
    with small_numbers():
        crowd = Crowd(seed=seed, threads=THREADS, acts_each=ACTS_EACH)
        crowd.run()
        faults = crowd.judge()

    print(dict(crowd.told.outcomes))
    assert faults == [], f"seed {seed}"
    assert sum(crowd.told.outcomes.values()) == THREADS * ACTS_EACH
