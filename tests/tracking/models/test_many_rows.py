from __future__ import annotations

import struct
from array import array

import pytest
from django.db import connection, transaction

from tracking.models import many_rows
from tracking.models.many_rows import BOOLEAN, BYTES, LETTER, NUMBER, NUMBER_OR_NULL, TEXT

COLUMNS = (
    ("id", NUMBER),
    ("size", NUMBER),
    ("word", TEXT),
    ("raw", BYTES),
    ("is_there", BOOLEAN),
    ("perhaps", NUMBER_OR_NULL),
    ("mark", LETTER),
)
INSERT = many_rows.inserting("many_rows_sample", COLUMNS, on_conflict="(id) DO UPDATE SET word = excluded.word")
UPDATE = many_rows.updating(
    "many_rows_sample", (("id", NUMBER), ("size", NUMBER)), sets="size = {size}", where="live.id = {id}"
)
ROWS = [
    (1, 2**40, 'it\'s {,} a "word" \\', b"\x00\xff'", True, None, "p"),
    (2, -5, "字", b"", False, 7, "字"),
    (3, 0, "", b"\\x", True, None, " "),
]


@pytest.fixture
def table(db: None) -> None:
    raw = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE many_rows_sample "
            f"(id bigint PRIMARY KEY, size bigint, word text, raw {raw}, is_there boolean, perhaps bigint, mark text)"
        )


def stored() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, size, word, raw, is_there, perhaps, mark FROM many_rows_sample ORDER BY id")
        return [(*row[:3], bytes(row[3]), bool(row[4]), *row[5:]) for row in cursor.fetchall()]


@pytest.mark.usefixtures("table")
def test_every_kind_of_value_comes_back_as_it_was() -> None:
    with transaction.atomic():
        assert many_rows.write(INSERT, ROWS) == 3

    assert stored() == ROWS


@pytest.mark.usefixtures("table")
def test_write_counts_the_rows_it_met() -> None:
    with transaction.atomic():
        many_rows.write(INSERT, ROWS)
        written = many_rows.write(UPDATE, [(1, 10), (3, 30), (4, 40)])

    assert written == 2
    assert [row[1] for row in stored()] == [10, -5, 30]


@pytest.mark.usefixtures("table")
def test_conflict_ends_as_the_statement_says() -> None:
    with transaction.atomic():
        many_rows.write(INSERT, ROWS)
        many_rows.write(INSERT, [(1, 0, "new", b"", False, None, "i")])

    assert stored()[0] == (1, 2**40, "new", b"\x00\xff'", True, None, "p")


@pytest.mark.usefixtures("table")
def test_no_rows_are_no_statement() -> None:
    assert many_rows.write(INSERT, []) == 0


@pytest.mark.parametrize("numbers", [[0], [1, -1, 2**63 - 1, -(2**63)], list(range(300))])
def test_packed_is_what_the_database_expects_of_each_number(numbers: list[int]) -> None:
    head = struct.pack(">iiIii", 1, 0, 20, len(numbers), 1)
    body = b"".join(struct.pack(">iq", 8, number) for number in numbers)

    assert bytes(many_rows.packed(array("q", numbers))) == head + body
