"""Inheritance: which figures a region states itself, and which it takes from the region above.

What a set inherits is copied into it and names the region it came from: a record
judged by the set can be explained from the set alone, whatever the region above
says later. Source: DOMAIN §2, R8, R9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from learning.rules.figures import Value


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, and the code of the region that states it."""

    value: Value
    region_code: str


class NothingAbove(ValueError):
    """A figure was left to the region above, and no region above states it."""

    def __init__(self, names: Iterable[str]) -> None:
        """Name the figures."""
        self.names = tuple(names)
        super().__init__(", ".join(self.names))


def resolve(
    names: Iterable[str], *, own: Mapping[str, Value], above: Mapping[str, Figure], here: str
) -> dict[str, Figure]:
    """Return every figure with its origin: one's own where stated, else that of the region above.

    Raises: NothingAbove, naming every figure that nobody states.
    """
    wanted = tuple(names)
    lacking = [name for name in wanted if name not in own and name not in above]
    if lacking:
        raise NothingAbove(lacking)
    return {name: Figure(own[name], here) if name in own else above[name] for name in wanted}


def inherited(figures: Mapping[str, Figure], *, here: str) -> dict[str, str]:
    """Return figure → region code, for the figures that are not one's own."""
    return {name: figure.region_code for name, figure in figures.items() if figure.region_code != here}
