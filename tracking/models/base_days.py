"""The days of a base: how many learners watched on each, and how much of the time brought new seconds.

Reads sessions that have ended; what lies inside them it does not ask. The question walks the
base's sessions, so doors keep the answer for a while.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Sum

from learning.models import Organisation
from tracking.models.viewing_session import ViewingSession

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class BaseDay:
    """One day: distinct learners, the time their players were open, and the new seconds that counted."""

    on: dt.date
    learners: int = 0
    open_s: int = 0
    counted_s: int = 0

    @property
    def uncounted_percent(self) -> int | None:
        """The share of the open time that brought no new second; None where nothing was open."""
        return max(self.open_s - self.counted_s, 0) * 100 // self.open_s if self.open_s else None


def days_of_base(base: Organisation, *, count: int, now: dt.datetime) -> list[BaseDay]:
    """Return the last days, oldest first, today among them; one query."""
    zone = ZoneInfo(settings.TIME_ZONE)
    here = now.astimezone(zone)
    offset = here.utcoffset() or dt.timedelta()
    offset_ms = int(offset.total_seconds()) * 1_000
    today = (int(now.timestamp() * 1_000) + offset_ms) // DAY_MS
    sessions = ViewingSession.objects.filter(
        enrolment__edition__base=base, opened_ms__gte=(today - count + 1) * DAY_MS - offset_ms, ended_ms__isnull=False
    )
    rows = (
        sessions.annotate(day=(F("opened_ms") + offset_ms) / DAY_MS)
        .order_by()
        .values("day")
        .annotate(
            learners=Count("person", distinct=True), open_ms=Sum(F("ended_ms") - F("opened_ms")), new=Sum("new_s")
        )
    )
    found = {row["day"]: row for row in rows}
    days = []
    for number in range(today - count + 1, today + 1):
        on = here.date() - dt.timedelta(days=today - number)
        row = found.get(number)
        days.append(BaseDay(on, row["learners"], row["open_ms"] // 1_000, row["new"]) if row else BaseDay(on))
    return days
