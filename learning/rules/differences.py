"""Differences: what one version of a rule says otherwise than another, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from learning.rules.figures import LEVEL_FIGURES, SET_FIGURES
from learning.rules.inheritance import Figure

#: Figures by title level.
Levels = Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in two versions; `title_level` empty: the same for every level. None: that version has no such row."""

    name: str
    title_level: str
    before: Figure | None
    after: Figure | None

    @property
    def is_changed(self) -> bool:
        """Whether the figure itself differs."""
        return self._value(self.before) != self._value(self.after)

    @property
    def is_moved(self) -> bool:
        """Whether the figure is the same and only who states it differs."""
        return not self.is_changed and self.before != self.after

    @staticmethod
    def _value(figure: Figure | None) -> object:
        return (figure.value,) if figure is not None else None


def differences(before: Levels, after: Levels) -> list[Difference]:
    """Return every figure beside its other version: level by level, then what holds for all of them."""
    levels = [*after, *(level for level in before if level not in after)]
    found = [_of(name, level, before, after) for level in levels for name in LEVEL_FIGURES]
    for name in SET_FIGURES:
        found.extend(_once_if_alike([_of(name, level, before, after) for level in levels]))
    return found


def _of(name: str, level: str, before: Levels, after: Levels) -> Difference:
    return Difference(name, level, before.get(level, {}).get(name), after.get(level, {}).get(name))


def _once_if_alike(rows: list[Difference]) -> Iterator[Difference]:
    if len({(row.before, row.after) for row in rows}) == 1:
        yield Difference(rows[0].name, "", rows[0].before, rows[0].after)
    else:
        yield from rows
