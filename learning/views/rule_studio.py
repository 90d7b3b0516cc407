"""The rule studio: a region's sets, one set with everything it says, and what officers do with it.

Hidden sets are 404 before anything is refused; nothing is signed that was not shown:
the issue carries the digest of the page.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from learning.access import may_draft_rules, may_issue_rules, may_rewrite_rules, rule_offices_of, signed_in
from learning.actions import rule_drafts, rule_moves, rule_sets, rule_words
from learning.actions.enrolments import local_year
from learning.models import Organisation, Person, RuleSet
from learning.models.clock import database_now, local_date
from learning.rules.inheritance import NothingAbove
from learning.rules.outcomes import Outcome
from learning.views import rule_versions
from learning.views.rule_input import ActForm, BeginForm, RuleSetForm

PAGE_SIZE = 20


def visible_set(person: Person, pk: int) -> RuleSet:
    """Return a set of a region the person makes rules for. Raises: Http404."""
    visible = RuleSet.objects.visible_to(person).select_related("region__parent", "drafted_by", "issued_by")
    return get_object_or_404(visible, pk=pk)


def office_for(person: Person, rule_set: RuleSet) -> Organisation:
    """Return the office the person acts for in the set's region. Raises: PermissionDenied, for none."""
    office = next((each for each in rule_offices_of(person) if each.region_id == rule_set.region_id), None)
    if office is None:
        raise PermissionDenied
    return office


@login_required
@require_http_methods(["GET", "POST"])
def studio(request: HttpRequest) -> HttpResponse:
    """List the sets of the officer's regions; or begin the next version of one."""
    person = signed_in(request)
    offices = rule_offices_of(person)
    if not offices:
        raise Http404
    this_year = local_year(database_now())
    begin = BeginForm(
        request.POST or None,
        regions={office.region_id: office.region.name for office in offices},
        # Of the year before, open years may still follow another rule: more days of grace, a make-up window.
        years=[this_year + 1, this_year, this_year - 1],
    )
    if request.method == "POST" and begin.is_valid():
        return _begin(request, offices, begin)
    rows = RuleSet.objects.visible_to(person).select_related("region", "drafted_by", "issued_by")
    years = list(rows.order_by("-year").values_list("year", flat=True).distinct())
    chosen = {name: request.GET.get(name, "") for name in ("year", "region")}
    if chosen["year"] in {str(year) for year in years}:
        rows = rows.filter(year=int(chosen["year"]))
    if chosen["region"] in {office.region_id for office in offices}:
        rows = rows.filter(region_id=chosen["region"])
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "query": "&".join(f"{name}={value}" for name, value in chosen.items() if value.isdigit()),
        "years": years,
        "chosen": chosen,
        "offices": {office.region_id: office for office in offices}.values(),
        "begin": begin,
    }
    return render(request, "learning/rules/studio.html", context, status=422 if begin.errors else 200)


def _begin(request: HttpRequest, offices: list[Organisation], begin: BeginForm) -> HttpResponse:
    """Begin the next version, from the newest rules there are."""
    office = next(each for each in offices if each.region_id == begin.cleaned_data["region"])
    now, year = database_now(), begin.cleaned_data["year"]
    start = rule_drafts.first_draft(region=office.region, year=year, today=local_date(now))
    try:
        made = rule_sets.draft(
            region=office.region, year=year, draft=start, office=office, by=signed_in(request), now=now
        )
    except rule_sets.AlreadyComing:
        coming = RuleSet.objects.coming().get(region=office.region, year=year)
        messages.warning(request, _("This region and year have a coming version already. Here it is."))
        return redirect("learning:rule-set", coming.pk)
    return redirect("learning:rule-set-edit", made.pk)


@login_required
@require_http_methods(["GET", "POST"])
def rule_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one set and what its acts would do; or do one of them."""
    person = signed_in(request)
    found = visible_set(person, pk)
    form = ActForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            return _act(request, found, form)
        return _show(request, found, form, status=422)
    return _show(request, found, form)


def _show(request: HttpRequest, found: RuleSet, form: ActForm, status: int = 200) -> HttpResponse:
    person = signed_in(request)
    before = rule_versions.version_before(found)
    is_coming = found.state in RuleSet.COMING
    context = {
        "rule_set": found,
        "form": form,
        "rows": rule_versions.table_of(found),
        "regions": rule_versions.region_names(found),
        "before": before,
        "changed": [row for row in rule_versions.compared(before, found) if row.is_changed] if before else [],
        "may_rewrite": may_rewrite_rules(person, found),
        "may_issue": may_issue_rules(person, found),
        "may_withdraw": is_coming and may_draft_rules(person, found.region),
        "digest": rule_words.digest(found),
        "counts": outcome_counts(found) if is_coming else None,
    }
    return render(request, "learning/rules/set.html", context, status=status)


def outcome_counts(found: RuleSet) -> list[tuple[Outcome, int]]:
    """Count whose result the set would change, every kind of change named."""
    counts = rule_moves.governed(found).outcome_counts(rule_moves.rules_of(found))
    return [(outcome, counts.get(outcome, 0)) for outcome in Outcome]


def _act(request: HttpRequest, found: RuleSet, form: ActForm) -> HttpResponse:
    """Do what the officer said, if they may; where somebody was first, show how things stand."""
    person, said = signed_in(request), form.cleaned_data
    allowed = {
        "submit": may_rewrite_rules(person, found),
        "issue": may_issue_rules(person, found),
        "send_back": may_draft_rules(person, found.region),
        "withdraw": may_draft_rules(person, found.region),
    }
    if not allowed[said["do"]]:
        raise PermissionDenied
    facts: dict[str, str] = {"seen": said["seen"]} if said["do"] == "issue" else {}
    if said["do"] in ActForm.REASONED:
        facts = {"reason": said["reason"]}
    verb: Callable[..., None] = getattr(rule_sets, said["do"])
    try:
        verb(rule_set=found, office=office_for(person, found), by=person, now=database_now(), **facts)
    except rule_sets.Faulty:
        messages.error(request, _("Some figures cannot be a rule yet. Open the draft: each is named beside its field."))
    except rule_sets.RuleSetRefusedError:
        messages.error(request, _("The version changed meanwhile. Nothing was done; this is how it stands."))
    else:
        messages.success(request, _("Done, and written into the audit log."))
    return redirect("learning:rule-set", found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the writer change a draft; what was saved is shown with the people it concerns."""
    person = signed_in(request)
    found = visible_set(person, pk)
    if not may_rewrite_rules(person, found):
        raise PermissionDenied
    form = RuleSetForm(request.POST or None, rule_set=found, draft=rule_drafts.as_draft(found))
    if request.method == "POST" and form.is_valid():
        try:
            rule_sets.rewrite(
                rule_set=found, draft=form.draft(), office=office_for(person, found), by=person, now=database_now()
            )
        except (rule_sets.StandsElsewhere, NothingAbove):
            messages.error(request, _("The version changed while you wrote. Nothing was saved."))
        else:
            messages.success(request, _("Saved. Below: whose result it would change."))
        return redirect("learning:rule-set", found.pk)
    status = 422 if form.errors else 200
    return render(request, "learning/rules/edit.html", {"rule_set": found, "form": form}, status=status)
