"""The promotion check: which years a title review will look at, and what each still lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from learning.access import signed_in
from learning.actions.enrolments import local_year
from learning.models import AnnualRecord, Certificate, CreditEntry, Person, Requirement
from learning.models.clock import database_now
from learning.rules.credit_states import State
from learning.rules.eligibility import Tier
from learning.rules.promotion import (
    NEXT_TRACKS,
    Standing,
    YearHeld,
    is_accepted,
    judge,
    needed_tier,
    reviewed_years,
    verdict,
)
from learning.rules.requirements import PromotionTrack, SubjectKind, TitleLevel, Totals

NOTHING = Totals(0, 0)


@login_required
@require_GET
def promotion(request: HttpRequest) -> HttpResponse:
    """Show how the reviewed years stand for one promotion; the person's own comes first."""
    person = signed_in(request)
    track = _track(person, request.GET.get("track", ""))
    years = reviewed_years(local_year(database_now()))
    judged = [judge(held) for held in years_held(person, years, track)]
    certificates = {page.year: page for page in _certificates(person, years)}
    context = {
        "track": track,
        "tracks": [each.value for each in PromotionTrack],
        "needs_city": needed_tier(track) == Tier.MUNICIPAL,
        "rows": [(row, certificates.get(row.year)) for row in reversed(judged)],
        "standing_count": sum(row.standing == Standing.CERTIFIED for row in judged),
        "verdict": verdict(judged),
    }
    return render(request, "learning/promotion.html", context)


def years_held(person: Person, years: Sequence[int], track: PromotionTrack) -> list[YearHeld]:
    """Return each year as it is on record, in as many queries for one year as for five."""
    records = {
        row.year: row
        for row in AnnualRecord.objects.filter(person=person, year__in=years).select_related("requirement")
    }
    rules = Requirement.objects.binding_years(person, years)
    too_low = _too_low(person, years, track)
    certified = set(_certificates(person, years).values_list("year", flat=True))
    held = []
    for year in years:
        record = records.get(year)
        rule = record.requirement if record else rules.get(year)
        confirmed, carried = (record.confirmed, record.carried) if record else (NOTHING, NOTHING)
        low = too_low[year] + _least(carried, too_low[year - 1])
        held.append(YearHeld(year, rule.as_rule() if rule else None, confirmed, low, year in certified))
    return held


def _least(one: Totals, other: Totals) -> Totals:
    return Totals(
        min(one.public_centihours, other.public_centihours),
        min(one.professional_centihours, other.professional_centihours),
    )


def _too_low(person: Person, years: Sequence[int], track: PromotionTrack) -> dict[int, Totals]:
    """Sum what was studied, each year and the one before it, whose organiser the track does not accept (R16).

    Nobody organised what was waived, and what was carried over was organised in the year before: it counts as
    too low as far as that year's hours do.
    """
    refused = [tier.value for tier in Tier if not is_accepted(tier, track)]
    rows = (
        CreditEntry.objects.studied()
        .filter(
            person=person,
            year__in={year - back for year in years for back in (0, 1)},
            standing__state=State.CONFIRMED,
            auditor__tier__in=refused,
        )
        .values_list("year", "subject_kind")
        .annotate(sum=Sum("centihours"))
        .order_by()
    )
    sums: dict[int, Totals] = defaultdict(lambda: NOTHING)
    for year, subject, amount in rows:
        is_public = subject == SubjectKind.PUBLIC
        sums[year] += Totals(amount, 0) if is_public else Totals(0, amount)
    return sums


def _certificates(person: Person, years: Sequence[int]) -> QuerySet[Certificate]:
    return Certificate.objects.standing().filter(book__person=person, year__in=years)


def _track(person: Person, asked: str) -> PromotionTrack:
    """Return the promotion asked for, else the person's own, else the one that comes next to their title."""
    for text in (asked, person.promotion_track):
        if text in set(PromotionTrack):
            return PromotionTrack(text)
    level = person.title_level
    known = TitleLevel(level) if level in set(TitleLevel) else TitleLevel.JUNIOR
    return NEXT_TRACKS.get(known, PromotionTrack.ASSOCIATE_TO_FULL)
