from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.ob3.status import decode_encoded_list, set_indices

from learning.rules.status_lists import CREDENTIALS_MOST, LENGTH, encoded

PLACES = st.sets(st.integers(0, LENGTH - 1), max_size=50)


@given(PLACES)
def test_encoded_sets_these_bits_and_no_other(places: set[int]) -> None:
    bits = decode_encoded_list(encoded(places))

    assert (set(set_indices(bits)), len(bits) * 8) == (places, LENGTH)


@given(PLACES)
def test_encoded_is_the_same_in_any_order(places: set[int]) -> None:
    assert encoded(sorted(places)) == encoded(sorted(places, reverse=True))


def test_list_keeps_half_of_its_places_as_decoys() -> None:
    assert CREDENTIALS_MOST * 2 == LENGTH
