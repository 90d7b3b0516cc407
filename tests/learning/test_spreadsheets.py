"""Files: what is written comes back as text, and no program computes with it (S14)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.spreadsheets import LONGEST_TEXT, FileKind, Line, file_of, safe_cell

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " ="]


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def cells(lines: list[Line]) -> list[list[openpyxl.cell.cell.Cell]]:
    book = openpyxl.load_workbook(io.BytesIO(file_of(FileKind.XLSX, lines)))
    return [list(row) for row in book.worksheets[0].iter_rows()]  # type: ignore[arg-type]


@pytest.mark.parametrize("start", STARTS)
def test_safe_cell_never_starts_a_formula(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_safe_cell_leaves_plain_text_alone() -> None:
    assert safe_cell("BIM 协同设计") == "BIM 协同设计"


@pytest.mark.parametrize("start", STARTS)
def test_no_text_is_a_formula_in_either_file(start: str) -> None:
    text = f'{start}HYPERLINK("http://elsewhere.test")'

    ((_head,), (cell,)) = cells([["Name"], [text]])
    ((_title,), (written,)) = read_csv(file_of(FileKind.CSV, [["Name"], [text]]))

    assert (cell.data_type, cell.hyperlink) == ("s", None)
    assert str(cell.value).replace("_x000D_", "\r") == text
    assert cell.quotePrefix
    assert written == f"'{text}"


def test_an_id_number_is_text_and_an_amount_a_number() -> None:
    (_head, (id_number, hours, count, day, nothing)) = cells(
        [["a", "b", "c", "d", "e"], ["410203198802032626", Decimal("52.5"), 7, dt.date(2026, 11, 19), None]]
    )

    assert (id_number.value, id_number.data_type, id_number.number_format) == ("410203198802032626", "s", "@")
    assert (hours.value, hours.data_type) == (52.5, "n")
    assert (count.value, day.value, nothing.value) == (7, "2026-11-19", None)


def test_amounts_in_csv_have_two_places() -> None:
    assert read_csv(file_of(FileKind.CSV, [[Decimal(6), 6, None, dt.date(2026, 1, 2)]])) == [
        ["6.00", "6", "", "2026-01-02"]
    ]


def test_a_text_too_long_for_a_cell_is_cut() -> None:
    (_head, (cell,)) = cells([["Name"], ["字" * (LONGEST_TEXT + 1)]])

    assert len(str(cell.value)) == LONGEST_TEXT


@given(text=st.text(min_size=1, max_size=40))
def test_any_text_is_written_as_a_string(text: str) -> None:
    (_head, (cell,)) = cells([["Name"], [text]])

    assert cell.data_type == "s"
