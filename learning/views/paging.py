"""Long lists, a page at a time: nothing is counted beyond what a page can be asked for.

A list may hold a million rows; to count them all for the number in a heading would cost more than
the page. Knows rows and numbers; nothing of what they mean.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, Self

from django.core.paginator import Paginator
from django.db.models import QuerySet

#: The most rows a list counts and pages through.
MOST: Final = 10_000


class Counted(int):
    """How many there are, or how much; written with a plus where counting stopped.

    `is_cut`: whether it stopped, so that there may be more.
    """

    is_cut: bool

    def __new__(cls, number: int, *, is_cut: bool) -> Self:
        """Take a number, and whether counting stopped at it."""
        counted = super().__new__(cls, number)
        counted.is_cut = is_cut
        return counted

    @classmethod
    def of(cls, rows: QuerySet[Any]) -> Self:
        """Count rows, at most `MOST` of them."""
        number = rows.order_by()[:MOST].count()
        return cls(number, is_cut=number >= MOST)

    def __str__(self) -> str:
        return f"{int(self)}{'+' if self.is_cut else ''}"


class LongPaginator(Paginator[Any]):
    """A paginator whose last page is where counting stopped."""

    @cached_property
    def count(self) -> int:
        """How many rows can be paged through."""
        return Counted.of(self.object_list) if isinstance(self.object_list, QuerySet) else len(self.object_list)
