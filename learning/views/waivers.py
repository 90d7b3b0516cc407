"""A learner's waivers of one year: asked for, answered, and where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from learning.access import signed_in
from learning.actions import credits, records, waivers
from learning.actions.enrolments import local_year
from learning.actions.proof_files import ProofsChanged
from learning.forms import ResubmitForm
from learning.models import AnnualRecord, CreditDecision, CreditEntry, Evidence, Person, ProofDraft, Requirement
from learning.models.clock import database_now, local_date
from learning.rules.credit_states import State
from learning.rules.requirements import Totals
from learning.templatetags.waivers import REFUSALS
from learning.views.proof_uploads import Refused, Sent, receive, takes_proofs
from learning.views.staff_input import number
from learning.views.waiver_input import WaiverForm

#: While it stands so, its learner may send files for it.
TAKES_FILES: Final = (State.EARNED, State.RETURNED)
FILES_CHANGED = gettext_lazy(
    "Your files are no longer those you saw: one was added or removed meanwhile. Look at the list once more."
)


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


@dataclass(slots=True)
class Open:
    """One application, or a new one (no row), with the files that are not handed in yet."""

    row: Row | None = None
    drafts: Sequence[ProofDraft] = ()
    refused: Sequence[Refused] = ()
    #: Its files were just attached or removed, all of them as asked.
    is_touched: bool = False
    answer: ResubmitForm = field(default_factory=ResubmitForm)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was just tried and is shown again: of which application, and what came of it."""

    asked: Evidence | None
    sent: Sent
    form: WaiverForm | None = None
    answer: ResubmitForm | None = None
    status: int = 422


@takes_proofs
@login_required
@require_http_methods(["GET", "POST"])
def waiver(request: HttpRequest, year: int) -> HttpResponse:
    """Show what was asked for; ask for more, answer what was returned, or send files for either."""
    person = signed_in(request)
    requirement = _requirement(person, year)
    if request.method != "POST":
        return _show(request, person, requirement)
    return (_go_on if "asked" in request.POST else _ask)(request, person, requirement)


def _ask(request: HttpRequest, person: Person, requirement: Requirement) -> HttpResponse:
    """Ask for a waiver, unless files were only attached, or one of them was refused."""
    year, terms = requirement.year, requirement.as_terms()
    sent = receive(request, person=person, year=year, asked=None)
    if sent.is_all or sent.refused:
        form = WaiverForm(terms=terms, year=year, typed=request.POST)
        return _show(request, person, requirement, Tried(None, sent, form, status=422 if sent.refused else 200))
    form = WaiverForm(request.POST, terms=terms, year=year)
    if form.is_valid():
        try:
            waivers.ask(person=person, year=year, asked=replace(form.asked(), proofs=sent.seen), now=database_now())
        except waivers.NotWaived as refusal:
            form.add_error(None, str(REFUSALS[refusal.reason]))
        except ProofsChanged:
            form.add_error(None, str(FILES_CHANGED))
        else:
            messages.success(request, _("Asked for. Your home bureau checks it; until it is granted, nothing changes."))
            return redirect("learning:waiver", year)
    return _show(request, person, requirement, Tried(None, sent, form))


def _requirement(person: Person, year: int) -> Requirement:
    """Return the rule of a year that is present, past by one, or on record. Raises: Http404."""
    is_near = 0 <= local_year(database_now()) - year <= 1
    if not is_near and not AnnualRecord.objects.filter(person=person, year=year).exists():
        raise Http404
    try:
        return records.requirement_of(person=person, year=year)
    except Requirement.DoesNotExist as unbound:
        raise Http404 from unbound


def _go_on(request: HttpRequest, person: Person, requirement: Requirement) -> HttpResponse:
    """Answer what was returned, or send files for what nobody has checked yet."""
    year = requirement.year
    own = Evidence.objects.filter(person=person, kind=Evidence.Kind.WAIVER, facts__year=year)
    asked = get_object_or_404(own, pk=number(request.POST["asked"]))
    is_answer = request.POST.get("do") == "answer"
    answer = ResubmitForm(request.POST) if is_answer else ResubmitForm(initial=request.POST.dict())
    (row,) = rows_of([asked])
    if row.state in TAKES_FILES:
        sent = receive(request, person=person, year=year, asked=asked)
        if sent.refused or (is_answer and not answer.is_valid()):
            return _show(request, person, requirement, Tried(asked, sent, answer=answer))
        if sent.is_all:
            return _show(request, person, requirement, Tried(asked, sent, answer=answer, status=200))
        try:
            _hand_in(asked, person, answer if is_answer else None, sent.seen)
        except credits.DecisionRefusedError:
            pass
        except ProofsChanged:
            messages.error(request, FILES_CHANGED)
            return _show(request, person, requirement, Tried(asked, sent, answer=answer))
        else:
            words = _("Handed in again. Your home bureau has it now.")
            messages.success(request, words if is_answer else _("Handed in. Your home bureau has it now."))
            return redirect("learning:waiver", year)
    messages.info(request, _("This record is no longer waiting for you; here is where it stands."))
    return redirect("learning:waiver", year)


def _hand_in(asked: Evidence, person: Person, answer: ResubmitForm | None, seen: list[int]) -> None:
    """Answer with the files, or only add them. Raises: DecisionRefusedError, ProofsChanged."""
    now = database_now()
    if answer is None:
        waivers.add_proofs(asked=asked, now=now, proofs=seen)
        return
    waivers.answer(asked=asked, by=person, reason_text=answer.cleaned_data["reason_text"], now=now, proofs=seen)


def _show(request: HttpRequest, person: Person, requirement: Requirement, tried: Tried | None = None) -> HttpResponse:
    year = requirement.year
    record = AnnualRecord.objects.filter(person=person, year=year).select_related("requirement").first()
    terms = requirement.as_terms()
    is_met = record is not None and record.state != AnnualRecord.State.OPEN
    takes = requirement.as_calendar().takes_study(local_date(database_now()))
    fresh, *cases = _opened(person, year, tried)
    context = {
        "year": year,
        "requirement": requirement,
        "form": (tried and tried.form) or WaiverForm(terms=terms, year=year),
        "fresh": fresh,
        "cases": cases,
        "has_returned": any(case.row is not None and case.row.state == State.RETURNED for case in cases),
        "may_ask": takes and not is_met and (terms.prorates_part_year or terms.leave_from_months is not None),
        "is_met": is_met,
        "is_closed": not takes,
        "takes_files": TAKES_FILES,
    }
    return render(request, "learning/waivers/own.html", context, status=tried.status if tried else 200)


def _opened(person: Person, year: int, tried: Tried | None) -> list[Open]:
    """Return a new application, then those there are, newest first, each with its files."""
    own = Evidence.objects.filter(person=person, kind=Evidence.Kind.WAIVER, facts__year=year)
    rows = rows_of(list(own.prefetch_related("proofs").order_by("-pk")))
    drafts: dict[int | None, list[ProofDraft]] = {}
    for draft in ProofDraft.objects.filter(person=person, year=year):
        drafts.setdefault(draft.asked_id, []).append(draft)
    opened = {row.asked.pk: Open(row, drafts.get(row.asked.pk, ())) for row in rows}
    fresh = Open(None, drafts.get(None, ()))
    if tried is not None:
        of = opened[tried.asked.pk] if tried.asked else fresh
        of.refused = tried.sent.refused
        of.is_touched = tried.sent.is_all and not tried.sent.refused
        of.answer = tried.answer or of.answer
    return [fresh, *opened.values()]
