"""Hours: always rounded down to the rule's step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.hours import centihours_of_seconds, most_centihours


@pytest.mark.parametrize(
    ("seconds", "hour_seconds", "rounding", "centihours"),
    [(2_520, 2_700, 1, 93), (2_520, 2_700, 10, 90), (2_699, 2_700, 10, 90), (2_700, 2_700, 10, 100), (60, 30, 10, 200)],
    ids=["42 minutes", "to a tenth", "a second short", "exact", "demo hour"],
)
def test_centihours_of_seconds_rounds_down(seconds: int, hour_seconds: int, rounding: int, centihours: int) -> None:
    assert centihours_of_seconds(seconds, hour_seconds=hour_seconds, rounding_centihours=rounding) == centihours


@given(st.integers(0, 10**6), st.integers(1, 3_600), st.sampled_from([1, 5, 10, 25, 50, 100]))
def test_centihours_never_exceed_the_time(seconds: int, hour_seconds: int, rounding: int) -> None:
    credit = centihours_of_seconds(seconds, hour_seconds=hour_seconds, rounding_centihours=rounding)

    assert credit * hour_seconds <= seconds * 100
    assert credit % rounding == 0


def test_most_centihours_ignores_the_last_part_of_a_second() -> None:
    assert most_centihours(duration_ms=59_999, hour_seconds=30, rounding_centihours=10) == 190
