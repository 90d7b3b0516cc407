"""What a daily root of the ledger says, and its leaves."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import fields, replace
from typing import Any

from learning.rules.daily_root import NO_ROOT
from learning.rules.ledger_root import LedgerRootFacts, link_leaf
from learning.rules.merkle import leaf_hash

FACTS = LedgerRootFacts(dt.date(2026, 11, 19), 3, 5, "aa" * 32, NO_ROOT, 1_795_000_000_000)
TEXT = f"led1|root|2026-11-19|3|5|{'aa' * 32}|{NO_ROOT}|1795000000000"


def test_text_and_digest_can_be_recomputed_by_hand() -> None:
    assert FACTS.text() == TEXT
    assert FACTS.digest() == hashlib.sha256(TEXT.encode()).hexdigest()


def test_digest_covers_every_field() -> None:
    others: dict[str, Any] = {
        "day": dt.date(2026, 11, 20),
        "first_number": 4,
        "last_number": 6,
        "tree_root": "ac" * 32,
        "previous_digest": "1" * 64,
        "signed_ms": 1,
    }

    digests = {replace(FACTS, **{field.name: others[field.name]}).digest() for field in fields(FACTS)}

    assert len(digests | {FACTS.digest()}) == len(others) + 1


def test_link_leaf_holds_number_and_head() -> None:
    assert link_leaf(7, "ab" * 32) == leaf_hash(bytes.fromhex("0000000000000007" + "ab" * 32))
