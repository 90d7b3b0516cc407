"""Year statuses: the database says of each person's year what `rules.year_status` says.

Everybody who owes hours is counted, whether or not their year was opened: who has no
record has not started.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    F,
    FilteredRelation,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThan

from learning.models.credit import CreditEntry
from learning.models.person import Person
from learning.models.record import AnnualRecord
from learning.models.requirement import Requirement
from learning.rules.credit_states import PENDING
from learning.rules.next_steps import DAYS_PER_WEEK
from learning.rules.year_status import YearStatus

RULE = "year_record__requirement__"
#: The states of a year whose requirement is met.
FULFILLED = (AnnualRecord.State.MET, AnnualRecord.State.CONFIRMED)


def people_owing(year: int) -> QuerySet[Person]:
    """Return the professionals of a year, each with their record of it if there is one, as `year_record`.

    Who came later owed nothing then, unless they study for it all the same: their record tells.
    """
    over_at = dt.datetime(year + 1, 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE))
    people = Person.objects.filter(is_active=True, region__isnull=False).exclude(title_level="")
    people = people.annotate(year_record=FilteredRelation("annual_records", condition=Q(annual_records__year=year)))
    return people.filter(Q(date_joined__lt=over_at) | Q(year_record__isnull=False))


def with_year_status(people: QuerySet[Person], *, year: int, today: dt.date) -> QuerySet[Person]:
    """Add to people of `people_owing`: `year_status`, `to_study`, the hours `confirmed` and `pending`, `record_id`."""
    rows = people.annotate(record_id=F("year_record__id"), **_sums(_is_over(year, today))).annotate(
        studied=F("studied_public") + F("studied_professional"), begun=F("confirmed") + F("pending")
    )
    rows = rows.annotate(to_study=to_study(RULE))
    cutoffs = Requirement.objects.filter(year=year).order_by().values_list("cutoff_on", flat=True).distinct()
    statuses: tuple[tuple[Q | GreaterThan, YearStatus], ...] = (
        (Q(year_record__state__in=FULFILLED), YearStatus.QUALIFIED),
        (Q(begun__lte=0), YearStatus.NOT_STARTED),
        (Q(to_study=0), YearStatus.AWAITING),
        (Q((f"{RULE}cutoff_on__lt", today), (f"{RULE}makeup_until_on__gte", today)), YearStatus.MAKING_UP),
        (Q((f"{RULE}cutoff_on__lt", today)), YearStatus.MISSED),
        (is_at_risk(RULE, cutoffs, today=today), YearStatus.AT_RISK),
    )
    whens = [When(condition, then=Value(str(status))) for condition, status in statuses]
    said = Case(*whens, default=Value(str(YearStatus.ON_TRACK)), output_field=CharField())
    return rows.annotate(year_status=said)


def _of_record(name: str) -> Coalesce:
    return Coalesce(F(f"year_record__{name}"), 0)


def _is_over(year: int, today: dt.date) -> Q | None:
    """Match whose pending hours no office decides any more; None: nobody's.

    What an office has judged again is decided without limit. Not asked of each: a year has a million people.
    """
    over = Requirement.objects.filter(year=year).decided_no_more(today)
    again = CreditEntry.objects.studied().filter(year=year, restores__isnull=False, standing__state__in=PENDING)
    return Q(year_record__requirement__in=over) & ~Q(pk__in=again.order_by().values("person")) if over else None


def _sums(is_over: Q | None) -> dict[str, Any]:
    """Return the hours of each year; pending ones count as studied, unless they are decided no more."""
    public = _of_record("confirmed_public_centihours"), _of_record("pending_public_centihours")
    professional = _of_record("confirmed_professional_centihours"), _of_record("pending_professional_centihours")
    return {
        "confirmed": public[0] + professional[0],
        "pending": public[1] + professional[1],
        "studied_public": public[0] + _that_count(public[1], is_over),
        "studied_professional": professional[0] + _that_count(professional[1], is_over),
    }


def _that_count(pending: Coalesce, is_over: Q | None) -> Case | Coalesce:
    if is_over is None:
        return pending
    return Case(When(is_over, then=Value(0)), default=pending, output_field=IntegerField())


def to_study(rule: str) -> Greatest:
    """Return `rules.requirements.missing(…).to_study_centihours` in SQL; 0 where there is no record.

    `rule`: the way to the requirement. The rows say what is `studied`, `studied_public`, `studied_professional`.
    """
    parts = F(f"{rule}total_centihours") * F(f"{rule}professional_share_numerator")
    whole = F(f"{rule}professional_share_denominator")
    # Integers divide without a rest on both databases; the share is rounded up.
    least_professional = (parts + whole - 1) / whole
    total = Coalesce(F(f"{rule}total_centihours") - F("studied"), 0)
    public = Coalesce(F(f"{rule}public_centihours") - F("studied_public"), 0)
    professional = Coalesce(least_professional - F("studied_professional"), 0)
    return Greatest(total, Greatest(public, 0) + Greatest(professional, 0), output_field=IntegerField())


def is_at_risk(rule: str, cutoffs: Iterable[dt.date], *, today: dt.date) -> GreaterThan:
    """Return `rules.year_status.is_at_risk` in SQL, of rows that say what is `to_study`.

    `cutoffs`: the days on which their rules' years end; they are few, and dates are not subtracted alike everywhere.
    """
    whens = [When(Q((f"{rule}cutoff_on", day)), then=Value((day - today).days)) for day in cutoffs]
    days_left = Case(*whens, default=Value(0), output_field=IntegerField())
    return GreaterThan(F("to_study") * DAYS_PER_WEEK, F(f"{rule}at_risk_weekly_centihours") * days_left)
