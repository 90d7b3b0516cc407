"""Small cells: what is withheld cannot be found by any arithmetic on what is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from learning.rules.small_cells import FEWEST, Cell, arrange, is_small, withheld_sums

Table = list[list[int]]


def found(lines: Sequence[Sequence[int]], hidden: Collection[Cell], sums: Collection[int]) -> dict[Cell, set[int]]:
    """Return every number each hidden cell could be, by trying all tables with the sums that are told."""
    cells = sorted(hidden)
    in_row = {row: sum(lines[row][column] for row_, column in cells if row_ == row) for row, _column in cells}
    in_column = {
        column: sum(lines[row][column] for row, column_ in cells if column_ == column)
        for _row, column in cells
        if column not in sums
    }
    possible: dict[Cell, set[int]] = {cell: set() for cell in cells}
    tried: dict[Cell, int] = {}

    def go_on(at: int) -> None:
        if at == len(cells):
            if not any(in_row.values()) and not any(in_column.values()):
                for cell in cells:
                    possible[cell].add(tried[cell])
            return
        row, column = cells[at]
        most = min(in_row[row], in_column.get(column, in_row[row]))
        is_last = all(other != row for other, _column in cells[at + 1 :])
        for value in range(in_row[row] if is_last else 0, most + 1):
            tried[row, column] = value
            in_row[row] -= value
            if column in in_column:
                in_column[column] -= value
            go_on(at + 1)
            in_row[row] += value
            if column in in_column:
                in_column[column] += value

    go_on(0)
    return possible


def added(rows: Table, line: Sequence[int]) -> list[int]:
    return [sum(column) for column in zip(*(rows[number] for number in line), strict=True)]


tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 8, 12]), min_size=width, max_size=width),
        min_size=1,
        max_size=4,
    )
)


@hypothesis_settings(deadline=None)
@given(rows=tables, are_sums_told=st.booleans())
def test_no_small_cell_follows_from_what_is_told(rows: Table, are_sums_told: bool) -> None:
    columns = [sum(column) for column in zip(*rows, strict=True)]
    assume(sum(columns) >= FEWEST)
    sums = withheld_sums(columns) if are_sums_told else frozenset(range(len(columns)))

    arranged = arrange(rows, sums)

    lines = [added(rows, line) for line in arranged.lines]
    small = {(r, c) for r, line in enumerate(lines) for c, value in enumerate(line) if is_small(value)}
    assert small <= arranged.hidden
    assert sorted(n for line in arranged.lines for n in line) == [n for n, row in enumerate(rows) if sum(row)]
    assert len(lines) == 1 or not any(is_small(sum(line)) for line in lines)
    assume(len(arranged.hidden) <= 7)
    possible = found(lines, arranged.hidden, sums)
    assert [cell for cell in small if len(possible[cell]) == 1] == []


def test_one_small_cell_takes_three_with_it() -> None:
    rows = [[50, 3, 20], [60, 7, 30], [70, 9, 40]]

    arranged = arrange(rows, ())

    assert arranged.lines == ((0,), (1,), (2,))
    assert arranged.hidden == {(0, 1), (0, 2), (1, 1), (1, 2)}


def test_a_table_without_small_cells_is_told_whole() -> None:
    assert arrange([[5, 0, 20], [0, 7, 30]], ()).hidden == frozenset()


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([[30, 20], [2, 1], [9, 9], [1, 1]], ((0,), (2,), (1, 3))),
        ([[30, 20], [2, 1], [9, 9]], ((0,), (1, 2))),
        ([[30, 20], [0, 0], [9, 9]], ((0,), (2,))),
        ([[1, 1]], ((0,),)),
    ],
    ids=["two small together", "one small takes the next", "an empty one is left out", "nobody to join"],
)
def test_small_rows_are_told_together(rows: Table, lines: tuple[tuple[int, ...], ...]) -> None:
    assert arrange(rows, withheld_sums([sum(column) for column in zip(*rows, strict=True)])).lines == lines


@pytest.mark.parametrize(
    ("sums", "hidden"),
    [([100, 3, 40, 0], {1, 2}), ([100, 1, 2, 40], {1, 2, 3}), ([1, 4, 90], {0, 1}), ([5, 0, 6], set()), ([3], {0})],
)
def test_a_small_sum_is_withheld_with_the_next(sums: list[int], hidden: set[int]) -> None:
    assert withheld_sums(sums) == hidden


def test_a_thousand_rows_are_arranged() -> None:
    numbers = count()
    rows = [[(next(numbers) * 7) % 23 for _column in range(6)] for _row in range(1_000)]

    arranged = arrange(rows, ())

    assert len(arranged.lines) == 1_000
    assert all(sum(1 for cell in arranged.hidden if cell[0] == row) != 1 for row in range(1_000))
