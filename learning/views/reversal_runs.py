"""Reversal runs at the bureau's desk: choose from a confirmation run, read what would follow, sign, watch, keep.

Every state of a run has one page at one address; the receipt is its last.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from learning.access import signed_in
from learning.actions import reversal_runs, signed_runs
from learning.forms import SigningForm
from learning.models import ConfirmationRun, Person, ReversalRun
from learning.models.clock import database_now
from learning.models.run import RunState
from learning.rules.reasons import ReversalReason
from learning.views import reversal_pages, run_pages
from learning.views.desks import bureau_asked
from learning.views.reversal_input import KEY_MAX, Choice
from learning.views.staff_input import Reasoned, is_fragment

PAGE_SIZE = 20


@login_required
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the bureau's reversal runs, newest first."""
    bureau, bureaus = bureau_asked(signed_in(request), request.GET.get("bureau", "")[:KEY_MAX])
    rows = ReversalRun.objects.filter(bureau=bureau).select_related("officer", "confirmation_run")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page", "")[:9])
    context = {"bureau": bureau, "bureaus": bureaus, "tab": "runs", "page": page}
    return render(request, "learning/reverse/runs.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a confirmation run confirmed, to choose from; or freeze the choice with its reason."""
    person = signed_in(request)
    confirmed_by = _confirmed_by(person, pk)
    if request.method != "POST":
        return reversal_pages.choosing(request, confirmed_by, Choice.parse(request.GET))
    choice = Choice.parse(request.POST)
    reasoned = Reasoned.parse(request.POST, codes=ReversalReason)
    entries = reversal_pages.chosen(confirmed_by, choice, person)
    if choice.is_ticked_only:
        entries = entries.filter(pk__in=choice.ticked)
    lacks_ticks = choice.is_ticked_only and not choice.ticked
    if reasoned.mistakes or choice.is_again is None or lacks_ticks:
        return reversal_pages.choosing(request, confirmed_by, choice, reasoned, status=422)
    try:
        run = reversal_runs.draft(
            confirmed_by=confirmed_by,
            entries=entries,
            base=reversal_pages.base_of(choice),
            course_key=choice.course_key,
            reason_code=reasoned.code,
            reason_text=reasoned.text,
            is_again=choice.is_again,
            by=person,
            now=database_now(),
        )
    except signed_runs.RunRefused:
        return reversal_pages.choosing(request, confirmed_by, choice, reasoned, status=409)
    return redirect("learning:reversal-run", pk=run.pk)


@login_required
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a run stands; or stop it."""
    person = signed_in(request)
    found = _visible(person, pk)
    if request.method == "POST":
        return _stop(request, found, person)
    if is_fragment(request):
        answer = render(request, "learning/reverse/run_progress.html", {"run": found})
        if found.is_ended:
            answer["HX-Refresh"] = "true"
        return answer
    return _show(request, found, person)


@login_required
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is about to be signed; signed with a password, let the run go on."""
    person = signed_in(request)
    found = _visible(person, pk)
    if run_pages.awaited_signature(found, person) is None:
        return redirect("learning:reversal-run", pk=pk)
    form = SigningForm(request.POST or None, request=request)
    if request.method == "GET" or not form.is_valid():
        context = run_pages.signing_context(found, person) | {"form": form}
        return render(request, "learning/reverse/run_sign.html", context, status=422 if form.is_bound else 200)
    verb = reversal_runs.sign if found.state == RunState.READY else reversal_runs.approve
    try:
        verb(run=found, snapshot=request.POST.get("snapshot", ""), by=person, now=database_now())
    except signed_runs.RunRefused:
        return _show(request, _visible(person, pk), person, status=409)
    return redirect("learning:reversal-run", pk=pk)


def _confirmed_by(person: Person, pk: int) -> ConfirmationRun:
    """Return a confirmation run that is over. Raises: Http404, when it is not, or is not of this officer's bureau."""
    found = ConfirmationRun.objects.visible_to(person).select_related("bureau", "officer").filter(pk=pk).first()
    if found is None or not found.is_ended:
        raise Http404
    return found


def _visible(person: Person, pk: int) -> ReversalRun:
    """Return the run. Raises: Http404, when it is not of this officer's bureau."""
    runs = ReversalRun.objects.visible_to(person)
    related = ("bureau", "officer", "second_officer", "base", "receipt", "confirmation_run")
    found = runs.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _stop(request: HttpRequest, run: ReversalRun, person: Person) -> HttpResponse:
    """Stop the run. Raises: Http404, for a step no page of ours offers."""
    if request.POST.get("do") != "stop":
        raise Http404
    try:
        reversal_runs.stop(run=run, by=person, now=database_now())
    except signed_runs.RunRefused:
        return _show(request, _visible(person, run.pk), person, status=409)
    return redirect("learning:reversal-run", pk=run.pk)


def _show(request: HttpRequest, run: ReversalRun, person: Person, status: int = 200) -> HttpResponse:
    left = run.left.select_related("item__entry__person", "first__actor", "first__organisation").order_by("pk")
    context = {
        "run": run,
        "bureau": run.bureau,
        "tab": "run",
        "which": run_pages.awaited_signature(run, person),
        "is_drafter": person.pk == run.officer_id,
        "left": Paginator(left, PAGE_SIZE).get_page(request.GET.get("page", "")[:9]),
        "has_moved": status == 409,  # noqa: PLR2004 -- HTTP Conflict
    }
    return render(request, "learning/reverse/run.html", context, status=status)
