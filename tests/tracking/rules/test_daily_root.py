"""What a daily root of viewing says, and its leaves."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import fields, replace
from typing import Any

from learning.rules.daily_root import NO_ROOT
from learning.rules.merkle import leaf_hash
from tracking.rules.daily_root import RootFacts, seal_leaf

KEY = "3f0a4c1e-0000-4000-8000-000000000001"
FACTS = RootFacts(dt.date(2026, 11, 19), 3, 5, "aa" * 32, "bb" * 32, NO_ROOT, 1_795_000_000_000)
TEXT = f"trk1|root|2026-11-19|3|5|{'aa' * 32}|{'bb' * 32}|{NO_ROOT}|1795000000000"


def test_text_and_digest_can_be_recomputed_by_hand() -> None:
    assert FACTS.text() == TEXT
    assert FACTS.digest() == hashlib.sha256(TEXT.encode()).hexdigest()


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


def test_seal_leaf_holds_number_session_and_digest() -> None:
    data = "0000000000000007" + KEY.replace("-", "") + "ab" * 32

    assert seal_leaf(7, KEY, "ab" * 32) == leaf_hash(bytes.fromhex(data))
