"""Nested cells: a table told beside that of its groups, so that neither tells what the other withholds.

A unit belongs to one industry, and everybody knows to which: the industry's number less the
units' that are told is the number of the unit that is withheld. So every small number lies on a
ring inside its own group, as though all the group's sums were told; and what is withheld of a
group's sums is withheld in one of its lines as well, which then carries any change of them.
Knows numbers; nothing of what they count. Source: UX screen 13.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from learning.rules.small_cells import Arrangement, Cell, arrange


def arrange_within(rows: Sequence[Sequence[int]], groups: Sequence[int], sums: Collection[int]) -> Arrangement:
    """Arrange a table whose groups are told too, as `arrange` arranges their sums. `groups`: 0, 1, … by row."""
    above = [[0] * len(rows[0]) for _group in set(groups)] if rows else []
    for row, group in zip(rows, groups, strict=True):
        above[group] = [mine + value for mine, value in zip(above[group], row, strict=True)]
    told = arrange(above, sums)
    lines: list[tuple[int, ...]] = []
    hidden: set[Cell] = set()
    for number, together in enumerate(told.lines):
        members = [row for row, group in enumerate(groups) if group in together]
        carried = {column for line, column in told.hidden if line == number}
        inner = arrange([rows[row] for row in members], (), carried=carried)
        hidden |= {(len(lines) + line, column) for line, column in inner.hidden}
        lines += [tuple(members[row] for row in line) for line in inner.lines]
    return Arrangement(tuple(lines), frozenset(hidden))
