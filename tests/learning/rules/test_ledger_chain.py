"""The canonical text of a link, and the heads one after the other."""

import hashlib
from dataclasses import replace

from learning.rules.ledger_chain import GENESIS, LinkFacts, LinkKind, link_leaf
from learning.rules.merkle import leaf_hash

FIRST = LinkFacts(7, 41, 1, LinkKind.ENTRY, 12, "ab" * 32, 1_763_524_800_000)
SECOND = LinkFacts(9, 41, 2, LinkKind.DECISION, 30, "cd" * 32, 1_763_524_860_000)


def test_text_names_every_field_in_order() -> None:
    assert FIRST.text() == f"led1|7|41|1|entry|12|{'ab' * 32}|1763524800000"


def test_head_after_hashes_the_head_before_and_the_text() -> None:
    first = FIRST.head_after(GENESIS)

    assert first == hashlib.sha256(bytes(32) + FIRST.text().encode()).hexdigest()
    assert SECOND.head_after(first) == hashlib.sha256(bytes.fromhex(first) + SECOND.text().encode()).hexdigest()
    assert SECOND.head_after(first) != SECOND.head_after(GENESIS)


def test_the_house_s_chain_is_called_nought() -> None:
    assert replace(FIRST, person_id=None).text().startswith("led1|7|0|1|entry|")


def test_link_leaf_holds_number_and_head() -> None:
    assert link_leaf(7, "ab" * 32) == leaf_hash(bytes.fromhex("0000000000000007" + "ab" * 32))
