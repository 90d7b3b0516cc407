"""What a daily root says, whichever ledger speaks; Beijing days, and the line that is left with others."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import fields, replace
from typing import Any

import pytest

from learning.rules.daily_root import NO_ROOT, RootFacts, anchor_line, day_of, day_start_ms, numbered_leaf
from learning.rules.merkle import leaf_hash

LEDGER = RootFacts("led1", dt.date(2026, 11, 19), 3, 5, "aa" * 32, NO_ROOT, 1_795_000_000_000)
VIEWING = replace(LEDGER, mark="trk1", beside=("bb" * 32,))


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (LEDGER, f"led1|root|2026-11-19|3|5|{'aa' * 32}|{NO_ROOT}|1795000000000"),
        (VIEWING, f"trk1|root|2026-11-19|3|5|{'aa' * 32}|{'bb' * 32}|{NO_ROOT}|1795000000000"),
    ],
    ids=["ledger of hours", "ledger of viewing"],
)
def test_text_and_digest_can_be_recomputed_by_hand(facts: RootFacts, text: str) -> None:
    assert facts.text() == text
    assert facts.digest() == hashlib.sha256(text.encode()).hexdigest()


def test_digest_covers_every_field() -> None:
    others: dict[str, Any] = {
        "mark": "trk1",
        "day": dt.date(2026, 11, 20),
        "first_number": 4,
        "last_number": 6,
        "tree_root": "ac" * 32,
        "previous_digest": "1" * 64,
        "signed_ms": 1,
        "beside": ("bc" * 32,),
    }

    digests = {replace(LEDGER, **{field.name: others[field.name]}).digest() for field in fields(LEDGER)}

    assert len(digests | {LEDGER.digest()}) == len(others) + 1


def test_numbered_leaf_holds_eight_bytes_of_the_number_first() -> None:
    assert numbered_leaf(7, b"data") == leaf_hash(bytes.fromhex("0000000000000007") + b"data")


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
