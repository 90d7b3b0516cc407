from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.sampling import drawn_positions, sample_size, seed_digest, widened_size


@pytest.mark.parametrize(
    ("count", "size"),
    [(1, 1), (20, 1), (21, 2), (599, 30), (600, 30), (601, 30), (100_000, 30)],
    ids=["one", "5 % is one", "rounded up", "just below", "at the most", "above", "a city"],
)
def test_sample_size_is_5_percent_rounded_up_and_30_at_most(count: int, size: int) -> None:
    assert sample_size(count) == size


def test_widened_size_doubles_within_the_set() -> None:
    assert [widened_size(count) for count in (1, 2, 30, 1_000)] == [1, 2, 4, 60]


@given(seed=st.text(), count=st.integers(1, 500), data=st.data())
def test_drawn_positions_are_different_places_of_the_set(seed: str, count: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, min(count, 60)))

    drawn = drawn_positions(seed, count=count, size=size)

    assert len(set(drawn)) == len(drawn) == size
    assert all(1 <= position <= count for position in drawn)


def test_a_longer_draw_begins_with_the_shorter_one() -> None:
    assert drawn_positions("seed", count=1_284, size=60)[:30] == drawn_positions("seed", count=1_284, size=30)


def test_drawn_positions_are_what_anyone_computes_from_the_seed() -> None:
    by_hand = [
        int(hashlib.sha256(f"hourbook sample\nseed\n{number}".encode()).hexdigest(), 16) % 100_000 + 1
        for number in range(3)
    ]

    assert drawn_positions("seed", count=100_000, size=3) == by_hand


def test_drawn_positions_refuses_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        drawn_positions("seed", count=2, size=3)


def test_seed_digest_is_of_the_seed_and_does_not_tell_it() -> None:
    assert seed_digest("seed") == hashlib.sha256(b"hourbook sample seed\nseed").hexdigest()
