"""Small cells: which numbers of a table of people are withheld, so that no subtraction finds them.

A group of fewer than five might be recognised. Its number is withheld, and with it as many
others as it takes; rows that cannot be told that way are told as one. A withheld cell follows
from the sums around it only where it is a bridge of the graph whose corners are the table's
lines and whose edges are its withheld cells (Gusfield 1988); zeros are never withheld, so every
ring of that graph leaves another table that fits as well. Knows numbers; nothing of what they
count. Source: UX screen 13.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

#: A number of people below this, other than none, is small.
FEWEST = 5
#: One number alone follows from its sum.
PAIR = 2
#: The line of the columns' sums, where a cell names its row.
SUMS = -1
#: How many rows are looked at to close a ring.
RINGS_TRIED = 8
#: Instead of a line: none carries what a line should.
NOT_CARRIED = -1
#: A row and a column.
Cell = tuple[int, int]


def is_small(count: int) -> bool:
    """Say whether so few people might be recognised."""
    return 0 < count < FEWEST


def withheld_sums(sums: Sequence[int]) -> frozenset[int]:
    """Return which of the numbers below a table are withheld, all of them together being told."""
    hidden = {number for number, value in enumerate(sums) if is_small(value)}
    others = sorted((value, number) for number, value in enumerate(sums) if value and number not in hidden)
    while hidden and others and (len(hidden) < PAIR or sum(sums[number] for number in hidden) < FEWEST):
        hidden.add(others.pop(0)[1])
    return frozenset(hidden)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a table may be told: which of its rows stand together as one line, and which cells of the lines are hidden.

    Lines of one row come in the order of the rows; the line that joins several is the last.
    """

    lines: tuple[tuple[int, ...], ...]
    hidden: frozenset[Cell]


def arrange(
    rows: Sequence[Sequence[int]], sums: Collection[int], *, carried: Collection[int] | None = None
) -> Arrangement:
    """Arrange a table whose rows' sums are told, and the sums of its columns but those in `sums`.

    Rows that are small, or that cannot be told without telling a small cell, are joined.
    `carried`: columns whose sums a table above withholds, so that one line here does; a line alone is told as there.
    """
    joined = [number for number, row in enumerate(rows) if is_small(sum(row))]
    while True:
        joined = _enough(rows, joined)
        lines: list[tuple[int, ...]] = [
            (number,) for number, row in enumerate(rows) if number not in joined and any(row)
        ]
        lines += [tuple(sorted(joined))] if joined else []
        table = _Table([_added(rows, line) for line in lines], frozenset(sums))
        if len(lines) <= 1 and carried is not None:
            return Arrangement(tuple(lines), frozenset((0, column) for column in carried))
        told = table.settle() if table.carry(carried or ()) else NOT_CARRIED
        if told is None or len(lines) <= 1:
            return Arrangement(tuple(lines), frozenset(table.hidden))
        rest = [] if told == NOT_CARRIED else [number for number in lines[told] if number not in joined]
        joined += rest or [_least(rows, joined)]


def _enough(rows: Sequence[Sequence[int]], joined: list[int]) -> list[int]:
    """Add the least rows until those joined are not small, and not one alone."""
    while joined and (len(joined) < PAIR or is_small(sum(sum(rows[number]) for number in joined))):
        if (least := _least(rows, joined)) < 0:
            break
        joined = [*joined, least]
    return joined


def _least(rows: Sequence[Sequence[int]], joined: list[int]) -> int:
    """Return the smallest row that is not joined yet, or -1."""
    free = [(sum(row), number) for number, row in enumerate(rows) if number not in joined and any(row)]
    return min(free, default=(0, -1))[1]


def _added(rows: Sequence[Sequence[int]], line: Iterable[int]) -> list[int]:
    return [sum(column) for column in zip(*(rows[number] for number in line), strict=True)]


class _Table:
    """A table as its cells are being withheld."""

    def __init__(self, rows: Sequence[Sequence[int]], sums: frozenset[int]) -> None:
        self.rows = rows
        self.sums = sums
        self.hidden = {cell for cell, value in self.cells() if is_small(value)}
        self.cheapest: dict[Cell, list[int]] = {}

    def cells(self) -> Iterator[tuple[Cell, int]]:
        """Yield every cell with its number."""
        for row, values in enumerate(self.rows):
            for column, value in enumerate(values):
                yield (row, column), value

    def carry(self, columns: Collection[int]) -> bool:
        """Withhold these columns in the least line that has people in all of them; False when there is none."""
        able = [(sum(row), line) for line, row in enumerate(self.rows) if all(row[column] for column in columns)]
        if columns and able:
            self.hidden |= {(min(able)[1], column) for column in columns}
        return bool(able)

    def settle(self) -> int | None:
        """Withhold until nothing small is told; else return the line that tells too much whatever is withheld."""
        while told := self._told():
            for cell in told:
                added = self._beside(cell)
                # What was withheld for another may have served this one too.
                if not added and cell in self._told():
                    return cell[0]
                self.hidden |= added
        return None

    def _told(self) -> list[Cell]:
        """Return the withheld cells that are known all the same: exactly, or as few in sum with those beside them."""
        bridges = _bridges(self.hidden | {(SUMS, column) for column in self.sums})
        rows, columns = self._hidden_sums()
        return [
            (row, column)
            for row, column in sorted(self.hidden)
            if rows[row] < FEWEST
            or (column not in self.sums and columns[column] < FEWEST)
            or (is_small(self._at(row, column)) and (row, column) in bridges)
        ]

    def _hidden_sums(self) -> tuple[dict[int, int], dict[int, int]]:
        rows: dict[int, int] = {}
        columns: dict[int, int] = {}
        for row, column in self.hidden:
            rows[row] = rows.get(row, 0) + self._at(row, column)
            columns[column] = columns.get(column, 0) + self._at(row, column)
        return rows, columns

    def _beside(self, cell: Cell) -> set[Cell]:
        """Return what to withhold so that this cell is no longer told: the cheapest ring, else one more of its line."""
        row, column = cell
        rings = [
            {(row, other), *corners}
            for other in range(len(self.rows[row]))
            if other != column and self._at(row, other)
            for corners in self._corners(row, column, other)
        ]
        free = [ring - self.hidden for ring in rings if not ring <= self.hidden]
        if not free:
            line = [(row, other) for other in range(len(self.rows[row]))]
            line += [(other, column) for other in range(len(self.rows))]
            free = [{each} for each in line if each not in self.hidden and self._at(*each)]
        return min(free, key=lambda cells: (sum(self._at(*each) for each in cells), sorted(cells)), default=set())

    def _corners(self, row: int, column: int, other: int) -> Iterator[set[Cell]]:
        """Yield the ways to close a ring through two cells of a row: over another row, or over two withheld sums."""
        if column in self.sums and other in self.sums:
            yield set()
        for below in self._cheapest(column, other):
            if below != row:
                yield {(below, column), (below, other)}

    def _cheapest(self, column: int, other: int) -> list[int]:
        """Return the rows in which withholding both columns costs least; always the same ones, which serve many."""
        pair = (min(column, other), max(column, other))
        if pair not in self.cheapest:
            both = (row for row in range(len(self.rows)) if self._at(row, column) and self._at(row, other))
            found = nsmallest(RINGS_TRIED, ((self._at(row, column) + self._at(row, other), row) for row in both))
            self.cheapest[pair] = [row for _cost, row in found]
        return self.cheapest[pair]

    def _at(self, row: int, column: int) -> int:
        return self.rows[row][column]


def _bridges(edges: Collection[Cell]) -> set[Cell]:
    """Return the edges between rows and columns that lie on no ring (Tarjan's low points, without recursion)."""
    beside: dict[tuple[str, int], list[tuple[tuple[str, int], Cell]]] = {}
    for row, column in edges:
        beside.setdefault(("row", row), []).append((("column", column), (row, column)))
        beside.setdefault(("column", column), []).append((("row", row), (row, column)))
    found: set[Cell] = set()
    entered: dict[tuple[str, int], int] = {}
    lowest: dict[tuple[str, int], int] = {}
    for start, first in beside.items():
        if start in entered:
            continue
        entered[start] = lowest[start] = len(entered)
        way: list[tuple[tuple[str, int], Cell | None]] = [(start, None)]
        left = {start: iter(first)}
        while way:
            corner, came_by = way[-1]
            following = next(left[corner], None)
            if following is None:
                way.pop()
                if came_by is not None:
                    before = way[-1][0]
                    lowest[before] = min(lowest[before], lowest[corner])
                    if lowest[corner] > entered[before]:
                        found.add(came_by)
                continue
            other, edge = following
            if edge == came_by:
                continue
            if other in entered:
                lowest[corner] = min(lowest[corner], entered[other])
                continue
            entered[other] = lowest[other] = len(entered)
            left[other] = iter(beside[other])
            way.append((other, edge))
    return found
