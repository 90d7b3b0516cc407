"""Reminders: people whose year is at risk.

They are found and told by the database, a range of people at a time, in one statement for those
with a record and one for those who have not begun. A second sweep, or five at once, tell nobody again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, Max, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Concat, JSONObject

from learning.actions.enrolments import local_year
from learning.models import (
    AnnualRecord,
    Notice,
    Person,
    Region,
    Requirement,
    year_status,
)
from learning.rules.notices import NoticeKind
from learning.rules.reminders import week_name
from learning.rules.requirements import Totals, is_met, missing
from learning.rules.year_status import is_at_risk

#: People looked at in one statement: long enough to be quick, short enough to keep nobody waiting.
RANGE: Final = 20_000
ONCE_IN: Final = timedelta(days=7)
NOTHING: Final = Totals(0, 0)
#: The way from a record to its rule.
RULE: Final = "requirement__"


def remind_at_risk(*, now: datetime) -> int:
    """Tell everybody whose year is at risk, once a week each; return how many were told."""
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    open_rules = Requirement.objects.filter(cutoff_on__gte=today, year__lte=local_year(now))
    highest = Person.objects.aggregate(highest=Max("pk"))["highest"] or 0
    told = 0
    for start in range(1, highest + 1, RANGE):
        for rows in _at_risk(open_rules, people=(start, start + RANGE), today=today, now=now):
            told += Notice.objects.tell_selected(rows)
    return told


def _at_risk(
    open_rules: models.QuerySet[Requirement], *, people: tuple[int, int], today: date, now: datetime
) -> Iterator[models.QuerySet[Any, Any]]:
    """Yield what is to be told to these people: of years with a record, then of years nobody began."""
    days = list(open_rules.order_by().values_list("cutoff_on", flat=True).distinct())
    begun: models.QuerySet[Any, Any] = AnnualRecord.objects.filter(
        state=AnnualRecord.State.OPEN, person_id__gte=people[0], person_id__lt=people[1], person__is_active=True
    )
    if days:
        begun = _with_to_study(begun.filter(requirement__cutoff_on__in=days))
        at_risk = begun.filter(year_status.is_at_risk(RULE, days, today=today))
        at_risk = at_risk.annotate(reader=F("person_id"), of=F("year"), needed=F("to_study"))
        yield _told_once(at_risk.annotate(closes=F("requirement__cutoff_on")), today=today, now=now)
    for year in sorted(set(open_rules.values_list("year", flat=True))):
        rules = _rules_at_risk(open_rules.filter(year=year), today=today)
        if not rules:
            continue
        owing = year_status.people_owing(year).filter(year_record__isnull=True)  # type: ignore[misc]  # an annotation
        bound = owing.filter(pk__gte=people[0], pk__lt=people[1])
        needed, closes = (
            Case(*(When(whose, then=Value(pair[number])) for whose, *pair in rules), default=None) for number in (0, 1)
        )
        at_risk = bound.annotate(needed=needed, closes=closes).filter(needed__isnull=False)
        yield _told_once(at_risk.annotate(reader=F("pk"), of=Value(year)), today=today, now=now)


def _with_to_study(records: models.QuerySet[Any, Any]) -> models.QuerySet[Any, Any]:
    """Add `to_study`, pending hours counted as studied."""
    rows: models.QuerySet[Any, Any] = records.annotate(
        studied_public=F("confirmed_public_centihours") + F("pending_public_centihours"),
        studied_professional=F("confirmed_professional_centihours") + F("pending_professional_centihours"),
    ).annotate(studied=F("studied_public") + F("studied_professional"))
    with_study: models.QuerySet[Any, Any] = rows.annotate(to_study=year_status.to_study(RULE))
    return with_study


def _rules_at_risk(open_rules: models.QuerySet[Requirement], *, today: date) -> list[tuple[Q, int, date]]:
    """Return for whom a year not begun is at risk: who is bound by the rule, what it asks, when it closes."""
    binding = _binding(open_rules.in_force())  # type: ignore[attr-defined]  # the manager's own queryset
    found = []
    for requirement, codes in binding.values():
        rule = requirement.as_rule()
        needed = missing(rule, NOTHING).to_study_centihours
        days_left, weekly = (requirement.cutoff_on - today).days, requirement.at_risk_weekly_centihours
        if not is_met(rule, NOTHING) and is_at_risk(needed, days_left, weekly_centihours=weekly):
            whose = Q(region_id__in=codes, title_level=requirement.title_level)
            found.append((whose, needed, requirement.cutoff_on))
    return found


def _binding(rules: models.QuerySet[Requirement]) -> dict[int, tuple[Requirement, list[str]]]:
    """Return each rule that binds anybody with the regions whose people it binds: the nearest, then the newest."""
    newest: dict[tuple[str, str], Requirement] = {}
    for row in rules.order_by("version"):
        newest[row.region_id, row.title_level] = row
    parents = dict(Region.objects.values_list("code", "parent_id"))
    bound: dict[int, tuple[Requirement, list[str]]] = {}
    for code in parents:
        for level in {level for _region, level in newest}:
            above: str | None = code
            while above is not None and (above, level) not in newest:
                above = parents[above]
            if above is not None:
                row = newest[above, level]
                bound.setdefault(row.pk, (row, []))[1].append(code)
    return bound


def _told_once(at_risk: models.QuerySet[Any, Any], *, today: date, now: datetime) -> models.QuerySet[Any, Any]:
    """Return the rows of the notices: who, what, the key of the week, the facts, when."""
    lately = Notice.objects.filter(person_id=OuterRef("reader"), kind=NoticeKind.AT_RISK, created_at__gt=now - ONCE_IN)
    text = models.CharField()
    key = Concat(Value("at_risk:"), Cast("of", text), Value(f":{week_name(today)}"), output_field=text)
    facts = JSONObject(year="of", centihours="needed", closes_on=Cast("closes", text))
    rows = at_risk.filter(~Exists(lately)).order_by()
    return rows.values_list(
        "reader",
        Value(str(NoticeKind.AT_RISK)),
        key,
        facts,
        Value(now, output_field=models.DateTimeField()),
    )
