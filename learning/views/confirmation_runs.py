"""Confirmation runs at the bureau's desk: freeze the set, look at the sample, sign, watch, keep the receipt.

Every state of a run has one page at one address; the receipt is its last.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from learning.access import signed_in
from learning.actions import confirmation_runs, signed_runs
from learning.forms import SigningForm
from learning.models import ConfirmationRun, Organisation, Person
from learning.models.clock import database_now
from learning.models.confirmation_run import LOOKING
from learning.models.run import RunState
from learning.rules.sampling import sample_size
from learning.views import run_pages
from learning.views.desks import bureau_asked
from learning.views.staff_input import is_fragment, number

PAGE_SIZE = 20


class NothingSaid(Exception):
    """What was found is to be saved, and nothing was marked."""


@login_required
@require_http_methods(["GET", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """Show what a new run would hold, and every run of the bureau; or freeze a new one."""
    person = signed_in(request)
    asked = (request.POST if request.method == "POST" else request.GET).get("bureau", "")
    bureau, bureaus = bureau_asked(person, asked)
    if request.method == "POST":
        return _draft(request, person, bureau)
    return _list(request, person, bureau, bureaus)


@login_required
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a run stands; or take its next step."""
    person = signed_in(request)
    found = _visible(person, pk)
    if request.method == "POST":
        return _step(request, found, person)
    if is_fragment(request):
        answer = render(request, "learning/confirm/run_progress.html", {"run": found})
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
        return redirect("learning:confirm-run", pk=pk)
    form = SigningForm(request.POST or None, request=request)
    if request.method == "GET" or not form.is_valid():
        bad_count = found.samples.filter(is_good=False).count()
        context = run_pages.signing_context(found, person) | {"form": form, "bad_count": bad_count}
        return render(request, "learning/confirm/run_sign.html", context, status=422 if form.is_bound else 200)
    verb = confirmation_runs.sign if found.state == RunState.READY else confirmation_runs.approve
    try:
        verb(run=found, snapshot=request.POST.get("snapshot", ""), by=person, now=database_now())
    except signed_runs.RunRefused:
        return _show(request, _visible(person, pk), person, status=409)
    return redirect("learning:confirm-run", pk=pk)


def _visible(person: Person, pk: int) -> ConfirmationRun:
    """Return the run. Raises: Http404, when it is not of this officer's bureau."""
    runs = ConfirmationRun.objects.visible_to(person)
    found = runs.select_related("bureau", "officer", "second_officer", "base", "receipt").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _draft(request: HttpRequest, person: Person, bureau: Organisation) -> HttpResponse:
    narrowed = run_pages.narrowing(request.POST)
    try:
        drafted = confirmation_runs.draft(bureau=bureau, by=person, now=database_now(), **narrowed)
    except signed_runs.NothingWaits:
        return _list(request, person, bureau, [bureau], status=409)
    return redirect("learning:confirm-run", pk=drafted.pk)


def _list(
    request: HttpRequest, person: Person, bureau: Organisation, bureaus: list[Organisation], status: int = 200
) -> HttpResponse:
    lines = ConfirmationRun.objects.filter(bureau=bureau).select_related("officer", "base").order_by("-pk")
    context = run_pages.draft_context(bureau, person, request.GET) | {
        "bureau": bureau,
        "bureaus": bureaus,
        "page": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page", "")[:9]),
        "pager_query": f"bureau={bureau.slug}",
        "problem": "nothing_waits" if status != 200 else "",  # noqa: PLR2004 -- HTTP OK
    }
    return render(request, "learning/confirm/runs.html", context, status=status)


def _show(request: HttpRequest, run: ConfirmationRun, person: Person, status: int = 200) -> HttpResponse:
    left = run.left.select_related("item__entry__person", "first__actor", "first__organisation").order_by("pk")
    context = run_pages.steps_context(run, person) | {
        "reversal_runs": run.reversal_runs.select_related("officer").order_by("-pk") if run.is_ended else [],
        "page": Paginator(left, PAGE_SIZE).get_page(request.GET.get("page", "")[:9]),
        "has_moved": status == 409,  # noqa: PLR2004 -- HTTP Conflict
        "nothing_said": status == 422,  # noqa: PLR2004 -- HTTP Unprocessable Content
        "size": sample_size(run.item_count),
    }
    return render(request, "learning/confirm/run.html", context, status=status)


def _step(request: HttpRequest, run: ConfirmationRun, person: Person) -> HttpResponse:
    """Take the step the page's button names. Raises: Http404, for a step no page of ours offers."""
    steps: dict[str, Callable[[], None]] = {
        "draw": lambda: confirmation_runs.draw_sample(run=run, by=person, now=database_now()),
        "judge": lambda: _judge(request, run, person),
        "stop": lambda: confirmation_runs.stop(run=run, by=person, now=database_now()),
    }
    step = steps.get(request.POST.get("do", ""))
    if step is None:
        raise Http404
    try:
        step()
    except signed_runs.RunRefused:
        return _show(request, _visible(person, run.pk), person, status=409)
    except NothingSaid:
        return _show(request, _visible(person, run.pk), person, status=422)
    return redirect("learning:confirm-run", pk=run.pk)


def _judge(request: HttpRequest, run: ConfirmationRun, person: Person) -> None:
    """Write down what the officer found of each sampled entry they spoke of. Raises: NothingSaid."""
    if run.state not in LOOKING:
        raise signed_runs.Moved(run.pk)
    found = {
        number(name.removeprefix("sample-")): value == "good"
        for name, value in request.POST.items()
        if name.startswith("sample-") and value in {"good", "bad"}
    }
    if not found:
        raise NothingSaid
    confirmation_runs.judge_sample(run=run, verdicts=found, by=person, now=database_now())
