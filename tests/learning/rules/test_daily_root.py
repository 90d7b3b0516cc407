"""Beijing days, and the line of a root."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.rules.daily_root import anchor_line, day_of, day_start_ms


def test_anchor_line_ends_with_digest_signature_and_key() -> None:
    assert anchor_line("led1|root", digest="d", signature="s", public_key="k") == "led1|root|d|s|k"


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (dt.datetime(2026, 11, 19, 15, 59, 59, 999_000, tzinfo=dt.UTC), dt.date(2026, 11, 19)),
        (dt.datetime(2026, 11, 19, 16, 0, tzinfo=dt.UTC), dt.date(2026, 11, 20)),
        (dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC), dt.date(2027, 1, 1)),
    ],
    ids=["last millisecond", "midnight in Beijing", "new year"],
)
def test_days_are_beijing_days(instant: dt.datetime, day: dt.date) -> None:
    at_ms = int(instant.timestamp() * 1_000)

    assert day_of(at_ms) == day
    assert day_start_ms(day) <= at_ms < day_start_ms(day + dt.timedelta(days=1))
