"""Counting a year's people: one grouped statement a table, in one transaction a day and year.

Two sweeps at once leave one truth: the row of the day is locked first, and whoever comes
second finds it counted. Readers see the count before until the new one is whole.
"""

from __future__ import annotations

import datetime as dt
import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Sum

from learning.actions.enrolments import local_year
from learning.models import BaseTally, CreditEntry, CreditStanding, Membership, QueueTally, Role, Tally, YearTally
from learning.models.tally import status_counts
from learning.models.year_status import people_owing, with_year_status
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
    tally = Tally.objects.select_for_update().get(year=year, counted_on=today)
    if tally.counted_at is not None and tally.counted_at >= now:
        return False
    for lines in (tally.years, tally.bases, tally.queues):
        lines.all().delete()
    _count_people(tally, today)
    _count_bases(tally, today)
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


def _count_people(tally: Tally, today: dt.date) -> None:
    jobs = Membership.objects.filter(person=OuterRef("pk"), role=Role.EMPLOYEE).order_by("pk")
    people = with_year_status(people_owing(tally.year), year=tally.year, today=today)
    rows = (
        people.annotate(employer_id=Subquery(jobs.values("organisation_id")[:1]))
        .values("region_id", "title_level", "employer_id")
        .annotate(confirmed_centihours=Sum("confirmed"), pending_centihours=Sum("pending"), **status_counts())
    )
    lines = (YearTally(tally=tally, **row) for row in rows.order_by().iterator(chunk_size=ROWS_AT_ONCE))
    YearTally.objects.bulk_create(lines, batch_size=ROWS_AT_ONCE)


def _count_bases(tally: Tally, today: dt.date) -> None:
    """Count each person once at each body whose hours they earned: by the first of their entries there."""
    standing = ~Q(kind=CreditEntry.Kind.REVERSAL) & ~Q(standing__state__in=[State.REJECTED, State.REVERSED])
    entries = CreditEntry.objects.filter(standing, year=tally.year)
    earlier = entries.filter(person=OuterRef("person"), auditor=OuterRef("auditor"), pk__lt=OuterRef("pk"))
    people = with_year_status(people_owing(tally.year), year=tally.year, today=today)
    rows = (
        people.filter(credit_entries__in=entries.filter(~Exists(earlier)))
        .values("region_id", base_id=F("credit_entries__auditor_id"))
        .annotate(**status_counts())
    )
    BaseTally.objects.bulk_create(
        (BaseTally(tally=tally, **row) for row in rows.order_by().iterator(ROWS_AT_ONCE)),
        batch_size=ROWS_AT_ONCE,
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
