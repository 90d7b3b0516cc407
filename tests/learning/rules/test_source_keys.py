"""The key of what is judged again."""

from __future__ import annotations

import pytest

from learning.rules.source_keys import next_key


@pytest.mark.parametrize(
    ("key", "following"),
    [("course:safety", "course:safety#2"), ("course:safety#2", "course:safety#3"), ("claim:0f#9", "claim:0f#10")],
)
def test_next_key_counts_up(key: str, following: str) -> None:
    assert next_key(key) == following
