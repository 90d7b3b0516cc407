"""What a daily root says, and Beijing days."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import fields, replace
from typing import Any

import pytest

from tracking.rules.daily_root import NO_ROOT, RootFacts, anchor_line, day_of, day_start_ms

FACTS = RootFacts(dt.date(2026, 11, 19), 3, 5, "aa" * 32, "bb" * 32, NO_ROOT, 1_795_000_000_000)
TEXT = f"trk1|root|2026-11-19|3|5|{'aa' * 32}|{'bb' * 32}|{NO_ROOT}|1795000000000"


def test_text_and_digest_can_be_recomputed_by_hand() -> None:
    assert FACTS.text() == TEXT
    assert FACTS.digest() == hashlib.sha256(TEXT.encode()).hexdigest()
    assert anchor_line(FACTS, signature="s", public_key="k") == f"{TEXT}|{FACTS.digest()}|s|k"


def test_digest_covers_every_field() -> None:
    others: dict[str, Any] = {
        "day": dt.date(2026, 11, 20),
        "first_number": 4,
        "last_number": 6,
        "tree_root": "ac" * 32,
        "records_digest": "bc" * 32,
        "previous_digest": "1" * 64,
        "signed_ms": 1,
    }

    digests = {replace(FACTS, **{field.name: others[field.name]}).digest() for field in fields(FACTS)}

    assert len(digests | {FACTS.digest()}) == len(others) + 1


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
