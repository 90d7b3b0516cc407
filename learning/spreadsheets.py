"""Spreadsheets: lines of cells become a file in which nothing is computed.

Text stays text, whatever it begins with; an ID number is text, never a number; hours and
counts are numbers. Knows cells and files; nothing of who may have them, or of what they mean.
Source: RELIABILITY S14, §5.15.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

import xlsxwriter

Cell = str | int | Decimal | dt.date | dt.datetime | None
Line = Sequence[Cell]

#: What spreadsheets take for a formula, full-width forms included (RELIABILITY S14).
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
#: What a cell of a workbook holds at most.
LONGEST_TEXT = 32_767
WIDEST, NARROWEST = 40, 8


class FileKind(StrEnum):
    """What a file can be."""

    CSV = "csv"
    XLSX = "xlsx"


CONTENT_TYPES = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet runs it: a leading quote where it would start a formula."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_STARTS)


def file_of(kind: FileKind, lines: Iterable[Line]) -> bytes:
    """Return the whole file; the first line names the columns."""
    return _csv_of(lines) if kind == FileKind.CSV else _xlsx_of(lines)


def _csv_of(lines: Iterable[Line]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([_written(cell) for cell in line] for line in lines)
    # The mark at the start tells Excel that the file is UTF-8.
    return ("\ufeff" + buffer.getvalue()).encode()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.2f}" if isinstance(cell, Decimal) else safe_cell(str(cell)) if isinstance(cell, str) else str(cell)


def _xlsx_of(lines: Iterable[Line]) -> bytes:
    """Write row by row, so that memory does not grow with the rows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
            "text": book.add_format({"num_format": "@"}),
            # What Excel itself writes before a cell whose text looks like a formula.
            "quoted": book.add_format({"num_format": "@", "quote_prefix": True}),
            "amount": book.add_format({"num_format": "0.0#"}),
            "count": book.add_format({"num_format": "0"}),
        }
        sheet.freeze_panes(1, 1)
        for row, line in enumerate(lines):
            if row == 0:
                for column, name in enumerate(line):
                    width = min(max(len(str(name)) * 2, NARROWEST), WIDEST)
                    sheet.set_column(column, column, width)
            for column, cell in enumerate(line):
                _write(sheet, row, column, cell, formats)
    return buffer.getvalue()


def _write(
    sheet: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    cell: Cell,
    formats: dict[str, xlsxwriter.format.Format],
) -> None:
    """Write one cell; a text is written as a string and never looked at."""
    if cell is None:
        return
    if isinstance(cell, Decimal):
        sheet.write_number(row, column, float(cell), formats["amount"])
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, formats["count"])
    else:
        text = str(cell)[:LONGEST_TEXT]
        style = "head" if row == 0 else "quoted" if _is_formula(text) else "text"
        sheet.write_string(row, column, text, formats[style])
