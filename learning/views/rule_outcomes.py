"""What a version would change: counted and listed by the database, and two versions side by side.

Everybody a version binds is counted; listed by name are those the office itself answers for (R9).
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_GET

from learning.access import regions_answered_for, signed_in
from learning.actions import rule_moves
from learning.models import RuleSet
from learning.rules.outcomes import Outcome
from learning.rules.requirements import missing
from learning.views import rule_studio, rule_versions

PAGE_SIZE = 50


class Counted(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Pages of a list whose length is known already: counting a million years twice would be waste."""

    known = 0

    @cached_property
    def count(self) -> int:
        """Return the known length."""
        return self.known


@login_required
@require_GET
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how many people would change result under a version, and who they are."""
    person = signed_in(request)
    found = rule_studio.visible_set(person, pk)
    counts = rule_studio.outcome_counts(found)
    concerned = [outcome for outcome, count in counts if count]
    asked = request.GET.get("outcome", "")
    outcome = asked if asked in set(Outcome) else next(iter(concerned), Outcome.BECOMES_MET)
    rules = rule_moves.rules_of(found)
    named = regions_answered_for(rule_studio.office_for(person, found))
    rows = rule_moves.governed(found).of_outcome(rules, Outcome(outcome)).filter(person__region__in=named)
    pages = Counted(rows.select_related("person__region", "requirement").order_by("person_id"), PAGE_SIZE)
    whole = dict(counts)[Outcome(outcome)]
    pages.known = whole if set(named) >= set(found.region.downward_codes()) else rows.count()
    page = pages.get_page(request.GET.get("page"))
    people = [(row, missing(rules[row.requirement.title_level], row.confirmed + row.pending)) for row in page]
    context = {
        "rule_set": found,
        "counts": counts,
        "outcome": outcome,
        "page": page,
        "people": people,
        "elsewhere": whole - pages.known,
    }
    return render(request, "learning/rules/simulation.html", context)


@login_required
@require_GET
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version beside another of the same region, what differs named in words."""
    person = signed_in(request)
    found = rule_studio.visible_set(person, pk)
    others = list(RuleSet.objects.visible_to(person).filter(region_id=found.region_id).exclude(pk=pk))
    asked = request.GET.get("with", "")
    other = next((each for each in others if str(each.pk) == asked), None)
    if asked and other is None:
        raise Http404
    other = other or rule_versions.version_before(found) or next(iter(others), None)
    rows = rule_versions.compared(other, found)
    context = {
        "rule_set": found,
        "other": other,
        "others": others,
        "rows": rows,
        "changed_count": sum(row.is_changed for row in rows),
        "regions": rule_versions.region_names(found),
    }
    return render(request, "learning/rules/comparison.html", context)
