"""A small siege in the everyday run: a real server takes two thousand hostile frames and is none the worse."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tracking.fuzz import world
from tests.tracking.fuzz.siege import besiege
from tests.tracking.fuzz.target import serving
from tests.tracking.server import own_database_url

pytestmark = pytest.mark.django_db(transaction=True)

FRAMES = 2_000
REAL_BURST = 10


@pytest.mark.parametrize(
    "burst",
    [pytest.param(10_000, id="unhurried", marks=pytest.mark.slow), pytest.param(REAL_BURST, id="as in production")],
)
def test_a_besieged_server_errs_in_nothing(burst: int, tmp_path: Path) -> None:
    made = world.learners(6)
    url = own_database_url()

    with serving(url, tmp_path / "server.log", burst=burst) as target:
        learners = [learner for _at, learner in made]
        verdict = asyncio.run(besiege(target, learners, frames=FRAMES, seed=1, report=lambda _text: None))
    verdict.credited_s, verdict.overcredited = world.credited(at for at, _learner in made)

    print(verdict.words())
    assert verdict.faults() == []
    assert verdict.tally.frames >= FRAMES
    assert verdict.parsed["Beat"] > 0
    assert verdict.parsed["bad_msg"] > 0
    assert ("4429" in verdict.tally.closes) == (burst == REAL_BURST)
