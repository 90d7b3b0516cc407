from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracking.rules.rate import TokenBucket, filled_again_ms


def test_burst_is_taken_at_once_and_a_token_a_second_after_it() -> None:
    held_ms, taken = None, []
    for now_ms in [0] * 11 + [999, 1_000, 1_001]:
        full_ms = filled_again_ms(held_ms, now_ms=now_ms, per_s=1, burst=10)
        taken.append(full_ms is not None)
        held_ms = held_ms if full_ms is None else full_ms

    assert taken == [True] * 10 + [False, False, True, False]


@given(st.lists(st.integers(0, 64), max_size=60))
def test_one_number_is_the_same_bucket_as_a_connections(gaps: list[int]) -> None:
    # Eighths of a second, which floats hold exactly.
    bucket, held_ms, now_ms = TokenBucket(1, 10), None, 0
    for gap in gaps:
        now_ms += gap * 125
        full_ms = filled_again_ms(held_ms, now_ms=now_ms, per_s=1, burst=10)
        held_ms = held_ms if full_ms is None else full_ms

        assert bucket.take(now_ms / 1_000) == (full_ms is not None)
