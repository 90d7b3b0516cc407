"""Nested cells: neither the units nor their industries tell what the other withholds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from learning.rules.nested_cells import arrange_within
from learning.rules.small_cells import FEWEST, Cell, arrange, is_small, withheld_sums

Table = list[list[int]]
NUMBERS = st.sampled_from([0, 1, 2, 3, 5, 6, 9])


def parted(rows: Table, groups: Sequence[int], lines: Sequence[Sequence[int]]) -> Table:
    """Return lines of rows added up, where `groups` says which line each row is of."""
    of_lines = [[row for row, group in zip(rows, groups, strict=True) if group in line] for line in lines]
    return [[sum(column) for column in zip(*members, strict=True)] for members in of_lines]


def fitting(told: Table, hidden: Sequence[Cell], sums: Sequence[tuple[Collection[Cell], int]]) -> Iterator[Table]:
    """Yield every table that has the told numbers and these sums, by trying them all."""
    tried = [row[:] for row in told]
    left = [total - sum(told[r][c] for r, c in cells if (r, c) not in hidden) for cells, total in sums]
    of_cell = {cell: [number for number, (cells, _total) in enumerate(sums) if cell in cells] for cell in hidden}
    last = [max((at for at, cell in enumerate(hidden) if cell in cells), default=-1) for cells, _total in sums]

    def go_on(at: int) -> Iterator[Table]:
        if at == len(hidden):
            yield [row[:] for row in tried]
            return
        row, column = hidden[at]
        most = min(left[number] for number in of_cell[row, column])
        for value in range(most + 1):
            if all(last[number] != at or left[number] == value for number in of_cell[row, column]):
                tried[row][column] = value
                for number in of_cell[row, column]:
                    left[number] -= value
                yield from go_on(at + 1)
                for number in of_cell[row, column]:
                    left[number] += value

    yield from go_on(0)


@hypothesis_settings(deadline=None)
@given(data=st.data(), width=st.integers(2, 3), count=st.integers(2, 5))
def test_no_small_number_of_either_table_follows_from_both(data: st.DataObject, width: int, count: int) -> None:
    rows = data.draw(st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=count, max_size=count))
    groups = [0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=count - 2, max_size=count - 2))]
    columns = [sum(column) for column in zip(*rows, strict=True)]
    assume(sum(columns) >= FEWEST)
    sums = withheld_sums(columns)
    above = arrange(parted(rows, groups, [[0], [1]]), sums)

    arranged = arrange_within(rows, groups, sums)

    units = parted(rows, range(count), arranged.lines)
    industries = parted(rows, groups, above.lines)
    of_line = [next(n for n, line in enumerate(above.lines) if groups[rows_[0]] in line) for rows_ in arranged.lines]
    small = {(r, c) for r, line in enumerate(units) for c, value in enumerate(line) if is_small(value)}
    assert small <= arranged.hidden
    assume(0 < len(arranged.hidden) <= 9)
    known: list[tuple[set[Cell], int]] = [({(r, c) for c in range(width)}, sum(line)) for r, line in enumerate(units)]
    for column in range(width):
        every = {(r, column) for r in range(len(units))}
        known += [(every, columns[column])] if column not in sums else []
        known += [
            ({cell for cell in every if of_line[cell[0]] == number}, line[column])
            for number, line in enumerate(industries)
            if (number, column) not in above.hidden
        ]
    found = list(fitting(units, sorted(arranged.hidden), known))
    assert all(len({table[r][c] for table in found}) > 1 for r, c in small)
    for number, column in above.hidden:
        if is_small(industries[number][column]):
            lines = [r for r, line in enumerate(of_line) if line == number]
            assert len({sum(table[r][column] for r in lines) for table in found}) > 1


def test_what_a_group_withholds_one_of_its_units_withholds_too() -> None:
    rows = [[10, 9, 8], [20, 3, 7], [30, 30, 30], [9, 2, 8], [40, 40, 40]]

    arranged = arrange_within(rows, [0, 0, 0, 1, 1], ())

    assert arranged.lines == ((0,), (1,), (2,), (3,), (4,))
    assert {(1, 1), (3, 1)} <= arranged.hidden
    # Each on a ring among the units of its own group.
    assert all(len({r for r, c in arranged.hidden if c == 1 and r in group}) > 1 for group in ({0, 1, 2}, {3, 4}))


def test_a_group_of_one_unit_is_told_as_its_group_is() -> None:
    rows = [[30, 3, 20], [30, 30, 30], [40, 40, 40]]

    arranged = arrange_within(rows, [0, 1, 2], ())

    assert arranged == arrange(rows, ())


def test_small_units_stand_together_in_their_own_group() -> None:
    rows = [[2, 0, 2], [2, 0, 1], [30, 30, 30], [2, 0, 0], [40, 40, 40]]

    assert arrange_within(rows, [0, 0, 0, 1, 1], ()).lines == ((2,), (0, 1), (3, 4))
