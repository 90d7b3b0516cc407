"""A learner's waivers of one year: asked for, answered, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from learning.access import signed_in
from learning.actions import credits, records, waivers
from learning.actions.enrolments import local_year
from learning.forms import ResubmitForm
from learning.models import AnnualRecord, CreditDecision, CreditEntry, Evidence, Person, Requirement
from learning.models.clock import database_now, local_date
from learning.rules.credit_states import State
from learning.rules.requirements import Totals
from learning.templatetags.waivers import REFUSALS
from learning.views.staff_input import number
from learning.views.waiver_input import WaiverForm


@dataclass(frozen=True, slots=True)
class Row:
    """What was asked for, what it is worth, where it stands and the last word on it."""

    asked: Evidence
    worth: Totals
    state: str
    decisions: tuple[CreditDecision, ...]

    @property
    def last(self) -> CreditDecision | None:
        """The last decision."""
        return self.decisions[-1] if self.decisions else None

    @property
    def seen(self) -> int:
        """How many decisions there were when it was read."""
        return len(self.decisions)


def rows_of(asked: list[Evidence]) -> list[Row]:
    """Read what rests on each; as many queries for many as for one."""
    related = (
        waivers.resting_on(asked).select_related("standing", "bureau").prefetch_related("evidence", "decisions__actor")
    )
    by_evidence: dict[int, list[CreditEntry]] = {}
    for entry in related.order_by("pk"):
        for item in entry.evidence.all():
            by_evidence.setdefault(item.pk, []).append(entry)
    return [_row(item, by_evidence[item.pk]) for item in asked]


def _row(asked: Evidence, entries: list[CreditEntry]) -> Row:
    sums = {
        kind: sum(entry.centihours for entry in entries if entry.is_public_subject is kind) for kind in (True, False)
    }
    first = entries[0]
    decisions = sorted(first.decisions.all(), key=lambda decision: decision.sequence)
    for decision in decisions:
        decision.entry = first
    return Row(asked, Totals(sums[True], sums[False]), first.standing.state, tuple(decisions))


@login_required
@require_http_methods(["GET", "POST"])
def waiver(request: HttpRequest, year: int) -> HttpResponse:
    """Show what was asked for; ask for more, or answer what was returned."""
    person = signed_in(request)
    requirement = _requirement(person, year)
    if request.POST.get("do") == "answer":
        return _answer(request, person, year, requirement)
    form = WaiverForm(request.POST or None, terms=requirement.as_terms(), year=year)
    if request.method != "POST":
        return _show(request, person, requirement, form=form)
    if not form.is_valid():
        return _show(request, person, requirement, form=form, status=422)
    try:
        waivers.ask(person=person, year=year, asked=form.asked(), now=database_now())
    except waivers.NotWaived as refusal:
        form.add_error(None, str(REFUSALS[refusal.reason]))
        return _show(request, person, requirement, form=form, status=422)
    messages.success(request, _("Asked for. Your home bureau checks it; until it is granted, nothing changes."))
    return redirect("learning:waiver", year)


def _requirement(person: Person, year: int) -> Requirement:
    """Return the rule of a year that is present, past by one, or on record. Raises: Http404."""
    is_near = 0 <= local_year(database_now()) - year <= 1
    if not is_near and not AnnualRecord.objects.filter(person=person, year=year).exists():
        raise Http404
    try:
        return records.requirement_of(person=person, year=year)
    except Requirement.DoesNotExist as unbound:
        raise Http404 from unbound


def _answer(request: HttpRequest, person: Person, year: int, requirement: Requirement) -> HttpResponse:
    own = Evidence.objects.filter(person=person, kind=Evidence.Kind.WAIVER, facts__year=year)
    asked = get_object_or_404(own, pk=number(request.POST.get("asked", "")))
    answer = ResubmitForm(request.POST)
    if not answer.is_valid():
        return _show(request, person, requirement, answer=answer, status=422)
    try:
        waivers.answer(asked=asked, by=person, reason_text=answer.cleaned_data["reason_text"], now=database_now())
    except credits.DecisionRefusedError:
        messages.info(request, _("This record is no longer waiting for you; here is where it stands."))
    else:
        messages.success(request, _("Handed in again. Your home bureau has it now."))
    return redirect("learning:waiver", year)


def _show(
    request: HttpRequest,
    person: Person,
    requirement: Requirement,
    *,
    form: WaiverForm | None = None,
    answer: ResubmitForm | None = None,
    status: int = 200,
) -> HttpResponse:
    year = requirement.year
    record = AnnualRecord.objects.filter(person=person, year=year).select_related("requirement").first()
    asked = list(Evidence.objects.filter(person=person, kind=Evidence.Kind.WAIVER, facts__year=year).order_by("-pk"))
    terms = requirement.as_terms()
    is_met = record is not None and record.state != AnnualRecord.State.OPEN
    takes = requirement.as_calendar().takes_study(local_date(database_now()))
    context = {
        "year": year,
        "requirement": requirement,
        "form": form or WaiverForm(terms=terms, year=year),
        "answer": answer or ResubmitForm(),
        "rows": rows_of(asked),
        "may_ask": takes and not is_met and (terms.prorates_part_year or terms.leave_from_months is not None),
        "is_met": is_met,
        "is_closed": not takes,
        "returned": State.RETURNED,
    }
    return render(request, "learning/waivers/own.html", context, status=status)
