"""The rules page: what a year asks of whom, with the article and the version it comes from.

Whoever is signed in reads first what it asks of them, and why.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from learning.actions.enrolments import local_year
from learning.actions.records import pending_that_counts
from learning.models import AnnualRecord, Person, Region, Requirement
from learning.models.clock import database_now
from learning.rules.differences import Difference, differences
from learning.rules.obligations import NOTHING, Obligation, obligations
from learning.rules.requirements import Missing, TitleLevel, Totals, missing

#: The length of a credit hour everywhere but in demonstrations. Source: DESIGN D4.
USUAL_HOUR_SECONDS = 2_700


@dataclass(frozen=True, slots=True)
class Own:
    """What the year asks of the person who reads."""

    requirement: Requirement
    confirmed: Totals
    pending: Totals
    tests: tuple[Obligation, ...]
    missing: Missing
    record: AnnualRecord | None


@require_GET
def present_rules(request: HttpRequest) -> HttpResponse:
    """Open the present year's rules."""
    del request
    return redirect("learning:rules-year", local_year(database_now()))


@require_GET
def rules(request: HttpRequest, year: int) -> HttpResponse:
    """Show the rule of a region, year and title level; a signed-in learner's own comes first."""
    versions = list(
        Requirement.objects.in_force()
        .filter(year=year)
        .select_related("region", "rule_set")
        .order_by("region_id", "title_level", "-version")
    )
    if not versions:
        raise Http404
    regions = list({row.region_id: row.region for row in versions}.values())
    region = _region(request, regions)
    level = _level(request)
    here = [row for row in versions if row.region_id == region.pk and row.title_level == level]
    context = {
        "year": year,
        "years": Requirement.objects.in_force().order_by("-year").values_list("year", flat=True).distinct(),
        "regions": regions,
        "region": region,
        "levels": [each.value for each in TitleLevel],
        "level": level,
        "requirement": here[0] if here else None,
        "earlier": here[1:],
        "differences": _differences(here),
        "own": _own(request, year),
        "region_names": {each.code: each.name for each in Region.objects.filter(pk__in=region.upward_codes())},
        "usual_hour_seconds": USUAL_HOUR_SECONDS,
    }
    return render(request, "learning/rules.html", context)


def _region(request: HttpRequest, regions: list[Region]) -> Region:
    """Return the region asked for, else the learner's own or the nearest above it, else the first."""
    by_code = {region.code: region for region in regions}
    if (asked := by_code.get(request.GET.get("region", ""))) is not None:
        return asked
    if isinstance(request.user, Person) and request.user.region is not None:
        for code in request.user.region.upward_codes():
            if code in by_code:
                return by_code[code]
    return regions[-1]


def _level(request: HttpRequest) -> str:
    asked = request.GET.get("level", "")
    if asked in set(TitleLevel):
        return asked
    own = request.user.title_level if isinstance(request.user, Person) else ""
    return own or TitleLevel.INTERMEDIATE.value


def _own(request: HttpRequest, year: int) -> Own | None:
    """Return what the year asks of the reader, or None when no rule binds them."""
    if not isinstance(request.user, Person):
        return None
    record = AnnualRecord.objects.filter(person=request.user, year=year).select_related("requirement__region").first()
    requirement = record.requirement if record else Requirement.objects.binding_person(request.user, year)
    if requirement is None:
        return None
    confirmed, pending = NOTHING, NOTHING
    if record:
        confirmed, pending = record.confirmed, pending_that_counts(record, now=database_now())
    rule = requirement.as_rule()
    return Own(
        requirement=requirement,
        confirmed=confirmed,
        pending=pending,
        tests=obligations(
            rule,
            confirmed=confirmed,
            pending=pending,
            waived=record.waived if record else NOTHING,
            carried=record.carried if record else NOTHING,
        ),
        record=record,
        missing=missing(rule, confirmed + pending),
    )


def _differences(versions: list[Requirement]) -> list[Difference]:
    """Return what the newest version says otherwise than the one before it."""
    if len(versions) < 2:  # noqa: PLR2004 -- a pair
        return []
    newest, before = versions[:2]
    rows = differences({newest.title_level: before.figures}, {newest.title_level: newest.figures})
    return [row for row in rows if row.is_changed]
