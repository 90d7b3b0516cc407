"""The ledger's chain: canonical text, heads, and where a broken one breaks."""

import hashlib
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import pytest

from learning.rules.merkle import leaf_hash
from tracking.rules.chain import (
    LedgerLine,
    LineKind,
    SessionHeader,
    final_head,
    first_broken_index,
    header_head,
    learner_commitment,
    next_head,
    seal_leaf,
)

KEY = "3f0a4c1e-0000-4000-8000-000000000001"
HEADER = SessionHeader(
    session_key=KEY,
    learner_commitment=learner_commitment(b"salt", "ada"),
    media_digest="aa" * 32,
    duration_s=90,
    policy_digest="bb" * 32,
    software_version="1.0.0",
)
FIRST_HEAD = header_head(HEADER)
LINES = [
    LedgerLine(KEY, 0, LineKind.OPEN, 1_000, 1_000, 0, 7, 90, flags=100),
    LedgerLine(KEY, 1, LineKind.SEGMENT, 1_000, 61_000, 60_000, 0, 60, 60, 1, 8, 4),
    LedgerLine(KEY, 2, LineKind.ANSWER, 61_000, 63_000, 0, flags=1),
    LedgerLine(KEY, 3, LineKind.END_BYE, 63_000, 63_000, 0, new_s=60),
]
HEADS = {index: final_head(FIRST_HEAD, LINES[: index + 1]) for index in range(len(LINES))}
LAST_HEAD = HEADS[3]


def broken_at(lines: list[LedgerLine], *, with_receipts: bool = True) -> int | None:
    known_heads = HEADS if with_receipts else None
    return first_broken_index(FIRST_HEAD, lines, last_head=LAST_HEAD, known_heads=known_heads)


def test_line_text_is_the_canonical_one() -> None:
    assert LINES[1].text() == f"trk1|{KEY}|1|seg|1000|61000|60000|0|60|60|1|8|4"


def test_head_is_what_sha256sum_says() -> None:
    text = LINES[0].text().encode()

    assert next_head(FIRST_HEAD, LINES[0]) == hashlib.sha256(FIRST_HEAD + text).digest()


def test_header_binds_the_learner_without_naming_them() -> None:
    assert "ada" not in HEADER.text()
    assert learner_commitment(b"salt", "ada") != learner_commitment(b"salt", "ben")
    assert learner_commitment(b"salt", "ada") != learner_commitment(b"other", "ada")


@pytest.mark.parametrize("name", [field.name for field in fields(SessionHeader)])
def test_header_head_covers_every_field(name: str) -> None:
    value: Any = 91 if name == "duration_s" else "changed"

    assert header_head(replace(HEADER, **{name: value})) != FIRST_HEAD


def test_whole_chain_is_unbroken() -> None:
    assert broken_at(LINES) is None
    assert broken_at(LINES, with_receipts=False) is None


@pytest.mark.parametrize("name", [field.name for field in fields(LedgerLine)])
def test_chain_breaks_where_a_field_was_changed(name: str) -> None:
    changed: dict[str, Any] = {"session_key": "other", "kind": LineKind.LATE}
    value = changed.get(name, getattr(LINES[1], name, 0))
    line = replace(LINES[1], **{name: value if name in changed else value + 1})

    assert broken_at([LINES[0], line, *LINES[2:]]) == 1
    assert broken_at([LINES[0], line, *LINES[2:]], with_receipts=False) is not None


@pytest.mark.parametrize(
    ("order", "index"),
    [([1, 2, 3], 0), ([0, 2, 3], 1), ([0, 2, 1, 3], 1), ([0, 1, 1, 2, 3], 2), ([0, 1, 2], 3), ([], 0)],
    ids=["first_lost", "one_lost", "swapped", "doubled", "last_lost", "all_lost"],
)
def test_chain_breaks_where_lines_were_moved(order: list[int], index: int) -> None:
    assert broken_at([LINES[number] for number in order]) == index


def test_chain_without_receipts_still_misses_a_lost_end() -> None:
    assert broken_at(LINES[:3], with_receipts=False) == 2


def test_line_that_could_never_be_written_breaks_even_a_recomputed_chain() -> None:
    backwards = replace(LINES[1], end_ms=0)
    lines = [LINES[0], backwards, *LINES[2:]]

    last_head = final_head(FIRST_HEAD, lines)

    assert first_broken_index(FIRST_HEAD, lines, last_head=last_head) == 1


def test_seal_leaf_holds_number_session_and_digest() -> None:
    data = "0000000000000007" + KEY.replace("-", "") + "ab" * 32

    assert seal_leaf(7, UUID(KEY), "ab" * 32) == leaf_hash(bytes.fromhex(data))
