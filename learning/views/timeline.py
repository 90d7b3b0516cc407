"""A year as a line: where today, the cut-off and the earned hours lie, in per cent of its length.

Only what happened and what the rule sets; no event is invented.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.timezone import localtime

from learning.models import CreditEntry

#: A label this near to the end of the line, in per cent, would be cut or overlap.
LABEL_ROOM = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry on the line."""

    x: str
    fill: str


@dataclass(frozen=True, slots=True)
class Month:
    """One of twelve."""

    first: date
    is_now: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Positions as text for attributes."""

    today: str
    ahead: str
    cutoff: str
    marks: tuple[Mark, ...]
    months: tuple[Month, ...]
    is_today_in: bool
    is_today_clear: bool
    today_anchor: str
    is_cutoff_late: bool


def timeline(year: int, cutoff_on: date, today: date, entries: Iterable[CreditEntry]) -> Timeline:
    """Lay the year out from its first day to its last month's end, or to a later cut-off."""
    start = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - start).days

    def at(day: date) -> float:
        return min(max((day - start).days / days, 0), 1) * 100

    today_at, cutoff_at = at(today), at(cutoff_on + timedelta(days=1))
    marks = tuple(
        Mark(f"{at(localtime(entry.earned_at).date()):.3f}", "f-pub" if entry.is_public_subject else "f-prof")
        for entry in entries
    )
    this_month = (today.year, today.month)
    return Timeline(
        today=f"{today_at:.3f}",
        ahead=f"{max(cutoff_at - today_at, 0):.3f}",
        cutoff=f"{cutoff_at:.3f}",
        marks=marks,
        months=tuple(Month(date(year, number, 1), (year, number) == this_month) for number in range(1, 13)),
        is_today_in=today.year == year,
        is_today_clear=today_at < cutoff_at - 3 * LABEL_ROOM / 4,
        today_anchor=_anchor(today_at, cutoff_at),
        is_cutoff_late=cutoff_at > 100 - LABEL_ROOM,
    )


def _anchor(today_at: float, cutoff_at: float) -> str:
    """Say which end of today's label stands at today, so that it stays on the line and off the cut-off's."""
    if today_at < LABEL_ROOM / 2:
        return "start"
    return "end" if today_at > cutoff_at - 2 * LABEL_ROOM else "middle"
