"""Counting a year's people: one grouped statement a table, in one transaction a day and year.

Two sweeps at once leave one truth: the row of the day is locked first, and whoever comes
second finds it counted. Readers see the count before until the new one is whole.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Min, Q, Sum

from learning.actions.enrolments import local_year
from learning.models import BaseTally, CreditEntry, CreditStanding, PersonTally, QueueTally, Tally, YearTally
from learning.models.tally import status_counts
from learning.rules.credit_states import PENDING, State

#: How long a day's count stays, so that a week's change can be told.
KEPT = dt.timedelta(days=15)
#: The soonest a year is counted again, and how many times longer than the count itself took it then rests.
REST = dt.timedelta(minutes=1)
REST_FACTOR = 50
WEEK, FORTNIGHT = dt.timedelta(days=7), dt.timedelta(days=14)
ROWS_AT_ONCE = 2_000


def take_due(*, now: dt.datetime) -> list[int]:
    """Count what is due: this year when it has rested, the year before once a day. Return the years counted."""
    return [year for year in (local_year(now), local_year(now) - 1) if _is_due(year, now) and take(year=year, now=now)]


@transaction.atomic
def take(*, year: int, now: dt.datetime) -> bool:
    """Count a year as it stands; False when somebody counted it meanwhile, at `now` or later."""
    began = time.monotonic()
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    Tally.objects.get_or_create(year=year, counted_on=today)
    # Of all its days: a year's people stand in one line each, whatever the day.
    days = {row.counted_on: row for row in Tally.objects.select_for_update().filter(year=year).order_by("counted_on")}
    tally = days[today]
    if tally.counted_at is not None and tally.counted_at >= now:
        return False
    for lines in (tally.years, tally.bases, tally.queues):
        lines.all().delete()
    PersonTally.objects.recount(year=year, today=today)
    _count_people(tally)
    _count_bases(tally)
    _count_queues(tally, now)
    tally.counted_at, tally.took_ms = now, int((time.monotonic() - began) * 1_000)
    tally.save()
    Tally.objects.filter(year=year, counted_on__lt=today - KEPT).delete()
    return True


def _is_due(year: int, now: dt.datetime) -> bool:
    """Say whether a year has rested long enough: the longer a count takes, the longer."""
    last = Tally.objects.latest_of(year)
    if last is None or last.counted_at is None:
        return True
    if year < local_year(now) and last.counted_on == now.astimezone(ZoneInfo(settings.TIME_ZONE)).date():
        return False
    return now - last.counted_at >= max(REST, REST_FACTOR * dt.timedelta(milliseconds=last.took_ms))


def _count_people(tally: Tally) -> None:
    people = PersonTally.objects.filter(year=tally.year).order_by()
    rows = people.values("region_id", "title_level", "employer_id").annotate(
        confirmed=Sum("confirmed_centihours"), pending=Sum("pending_centihours"), **status_counts()
    )
    YearTally.objects.bulk_create((_line(tally, row) for row in rows.iterator(ROWS_AT_ONCE)), batch_size=ROWS_AT_ONCE)


def _line(tally: Tally, row: Mapping[str, Any]) -> YearTally:
    # A sum of the same name would hide the column it adds up.
    named = {"confirmed": "confirmed_centihours", "pending": "pending_centihours"}
    return YearTally(tally=tally, **{named.get(name, name): value for name, value in row.items()})


def _count_bases(tally: Tally) -> None:
    """Count each person once at each body whose hours they earned."""
    rows = (
        PersonTally.objects.filter(
            year=tally.year,
            person__credit_entries__year=tally.year,
            person__credit_entries__kind__in=set(CreditEntry.Kind) - {CreditEntry.Kind.REVERSAL},
            person__credit_entries__standing__state__in=set(State) - {State.REJECTED, State.REVERSED},
        )
        .order_by()
        .values_list("person__credit_entries__auditor_id", "region_id", "status")
        .annotate(people=Count("person_id", distinct=True))
    )
    counts: defaultdict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for base_id, region_id, status, people in rows:
        counts[base_id, region_id][status] = people
    BaseTally.objects.bulk_create(
        BaseTally(tally=tally, base_id=base_id, region_id=region_id, people=sum(found.values()), **found)
        for (base_id, region_id), found in counts.items()
    )


def _count_queues(tally: Tally, now: dt.datetime) -> None:
    waiting = CreditStanding.objects.filter(state__in=PENDING, entry__year=tally.year)
    places = waiting.order_by().values("state", bureau_id=F("entry__bureau_id"), auditor_id=F("entry__auditor_id"))
    rows = places.annotate(
        entries=Count("pk"),
        centihours=Sum("entry__centihours"),
        oldest_at=Min("since"),
        week_entries=Count("pk", filter=Q(since__lte=now - WEEK)),
        fortnight_entries=Count("pk", filter=Q(since__lte=now - FORTNIGHT)),
    )
    QueueTally.objects.bulk_create(QueueTally(tally=tally, **row) for row in rows)
