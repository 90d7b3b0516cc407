"""Sets of seconds: masks, runs, and the bytes they rest in."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.rules.refusals import BadRange, BadRuns
from tracking.rules.runs import (
    LONGEST_MEDIA_S,
    MAX_RUNS,
    MalformedRuns,
    claimed_mask,
    decode_runs,
    encode_runs,
    lowest_seconds,
    mask_of_run,
    mask_of_runs,
    runs_of_mask,
)

SECONDS = st.sets(st.integers(0, 400))
RUNS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 900)), max_size=12).map(
    lambda runs: [(start, start + length) for start, length in runs]
)
MASKS = st.one_of(SECONDS.map(lambda held: sum(1 << second for second in held)), RUNS.map(mask_of_runs))


def seconds_of(mask: int) -> set[int]:
    return {second for second in range(mask.bit_length()) if mask >> second & 1}


@given(RUNS)
def test_mask_holds_every_second_of_every_run(runs: list[tuple[int, int]]) -> None:
    assert seconds_of(mask_of_runs(runs)) == {second for from_s, to_s in runs for second in range(from_s, to_s)}


@given(MASKS)
def test_runs_are_maximal_and_in_order(mask: int) -> None:
    runs = runs_of_mask(mask)

    assert mask_of_runs(runs) == mask
    assert all(first[1] < second[0] for first, second in pairwise(runs))


@given(MASKS, st.integers(-3, 500))
def test_lowest_seconds_takes_the_first_ones(mask: int, count: int) -> None:
    assert seconds_of(lowest_seconds(mask, count)) == set(sorted(seconds_of(mask))[: max(0, count)])


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [
        ("0-9", BadRuns),
        (None, BadRuns),
        ([[0, 1]] * (MAX_RUNS + 1), BadRuns),
        ([[0]], BadRuns),
        ([[0, 1, 2]], BadRuns),
        ([{0: 1}], BadRuns),
        ([[0, True]], BadRuns),
        ([[0, 1.0]], BadRuns),
        ([["0", "1"]], BadRuns),
        ([[3, 3]], BadRange),
        ([[4, 3]], BadRange),
        ([[-1, 3]], BadRange),
        ([[0, 101]], BadRange),
        ([[10**30, 10**30 + 1]], BadRange),
    ],
)
def test_claims_are_refused(claims: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        claimed_mask(claims, 100)


def test_claims_may_overlap_and_reach_the_end() -> None:
    assert claimed_mask([[90, 100], (0, 2), [1, 3]], 100) == mask_of_runs([(0, 3), (90, 100)])


@given(MASKS)
def test_bytes_give_the_set_back(mask: int) -> None:
    data = encode_runs(mask)

    assert decode_runs(data) == mask
    assert len(data) <= 1 + (mask.bit_length() + 7) // 8


@pytest.mark.parametrize(
    ("mask", "data"),
    [
        (0, b""),
        (mask_of_run(0, 2_700), b"\x00\x00\x8c\x15"),
        (mask_of_runs([(0, 60), (300, 301)]), b"\x00\x00\x3c\xf0\x01\x01"),
        (0b10101010101, b"\x01\x55\x05"),
    ],
    ids=["nothing", "whole_lesson", "two_runs", "every_other_second"],
)
def test_bytes_are_the_shorter_form(mask: int, data: bytes) -> None:
    assert encode_runs(mask) == data


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"\x01",
        b"\x02\x01",
        b"\x00\x05",
        b"\x00\x00\x00",
        b"\x00\x00\x81",
        b"\x00\x80\x00\x05",
        b"\x00\x00\x05\x00\x05",
        b"\x00\xff\xff\xff\x7f\x01",
        b"\x00\xff\xff\x7f\x01",
        b"\x01\xff\xff\xff\xff",
        b"\x01\x55\x05\x00",
        b"\x01" + b"\x55" * (LONGEST_MEDIA_S // 8 + 1),
    ],
    ids=[
        "no_runs", "no_bitmap", "unknown_form", "odd_count", "empty_run", "cut_off", "padded_number",
        "touching_runs", "long_number", "beyond_a_day", "longer_form", "trailing_zero", "huge",
    ],
)  # fmt: skip
def test_malformed_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedRuns):
        decode_runs(data)


@given(st.binary(max_size=24))
def test_any_bytes_are_one_spelling_of_a_set_or_refused(data: bytes) -> None:
    try:
        mask = decode_runs(data)
    except MalformedRuns:
        return

    assert encode_runs(mask) == data


@pytest.mark.parametrize("mask", [-1, 1 << LONGEST_MEDIA_S], ids=["negative", "beyond_a_day"])
def test_encoding_refuses_what_is_no_set(mask: int) -> None:
    with pytest.raises(ValueError, match="mask"):
        encode_runs(mask)
