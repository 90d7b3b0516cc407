"""What officers send about taking hours back: parsed once, here, into plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict

from learning.rules.reasons import ReversalReason
from learning.views.staff_input import WORDS_MAX, number

KEY_MAX = 50
YEAR_DIGITS = 4


class Order(StrEnum):
    """How the list of reversals may be sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    HOURS = "hours"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address asks of the list. Anything it does not know, it takes as unsaid."""

    bureau: str
    reason: str
    base: str
    words: str
    year: int
    order: Order
    page: str

    @classmethod
    def parse(cls, data: QueryDict) -> ListQuery:
        """Read the address."""
        reason, order, year = data.get("reason", ""), data.get("order", ""), data.get("year", "")
        return cls(
            bureau=data.get("bureau", "")[:KEY_MAX],
            reason=reason if reason in set(ReversalReason) else "",
            base=data.get("base", "").replace("\x00", "")[:KEY_MAX],
            words=data.get("q", "").replace("\x00", "").strip()[:WORDS_MAX],
            year=number(year) if len(year) == YEAR_DIGITS else 0,
            order=Order(order) if order in set(Order) else Order.NEWEST,
            page=data.get("page", "")[:9],
        )

    def address(self) -> str:
        """Return the query string of this view of the list, without its page."""
        said = {
            "bureau": self.bureau,
            "reason": self.reason,
            "base": self.base,
            "q": self.words,
            "year": self.year,
            "order": "" if self.order == Order.NEWEST else str(self.order),
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter hides anything."""
        return bool(self.reason or self.base or self.words or self.year)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a confirmation run's entries: narrowed by base, course and name; ticked ones only, or all of these."""

    base: str
    course_key: str
    words: str
    ticked: frozenset[int]
    is_ticked_only: bool
    is_again: bool | None

    @classmethod
    def parse(cls, data: QueryDict) -> Choice:
        """Read an address or a form."""
        return cls(
            base=data.get("base", "").replace("\x00", "")[:KEY_MAX],
            course_key=data.get("course", "").replace("\x00", "")[:KEY_MAX],
            words=data.get("q", "").replace("\x00", "").strip()[:WORDS_MAX],
            ticked=frozenset(number(text) for text in data.getlist("pick")),
            is_ticked_only=data.get("scope") == "ticked",
            is_again={"again": True, "final": False}.get(data.get("then", "")),
        )

    def address(self) -> str:
        """Return the query string of this choice."""
        said = {"base": self.base, "course": self.course_key, "q": self.words}
        return urlencode({name: value for name, value in said.items() if value})
