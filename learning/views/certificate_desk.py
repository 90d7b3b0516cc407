"""The bureau's certificate desk: issue what is due, replace or revoke with a reason, watch the runs.

Issuing and ending pages is a run that the sweep carries on; these doors only
begin one and show how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from learning.access import may_confirm_for, signed_in
from learning.actions import certificate_runs
from learning.models import AnnualRecord, Certificate, CertificateRun, CertificateRunItem, Organisation, Person
from learning.models.clock import database_now
from learning.rules.snapshots import MOST_IN_ONE_ACT
from learning.views.desks import bureau_asked
from learning.views.paging import Counted
from learning.views.staff_input import WORDS_MAX, Reasoned, number

SHOWN_COUNT = 50
TAB_PAGE_SIZE = 20
#: What a change is called in the form: what is done, and why.
CHANGES = {
    f"{kind}:{reason}": (kind, reason) for kind, reasons in certificate_runs.REASONS.items() for reason in reasons
}


@dataclass(slots=True)
class Desk:
    """One officer at one bureau's desk."""

    request: HttpRequest
    bureau: Organisation
    bureaus: list[Organisation]
    person: Person
    problem: str = ""
    reasoned: Reasoned = field(default_factory=Reasoned)

    @property
    def pages(self) -> QuerySet[Certificate]:
        """The bureau's pages."""
        return Certificate.objects.filter(issuer=self.bureau).select_related("book__person")


def _desk(request: HttpRequest) -> Desk:
    """Open the officer's desk. Raises: Http404, when they are no officer of a bureau, or not of this one."""
    person = signed_in(request)
    bureau, bureaus = bureau_asked(person, request.GET.get("bureau", "")[:60])
    return Desk(request, bureau, bureaus, person)


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show what is due, and the bureau's pages, newest first or as searched for."""
    return _show(_desk(request))


@login_required
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Begin to issue every page that is due."""
    desk = _desk(request)
    try:
        run = certificate_runs.begin_issue(bureau=desk.bureau, by=desk.person, now=database_now())
    except certificate_runs.NothingDue:
        desk.problem = "nothing_due"
        return _show(desk, status=409)
    except certificate_runs.UnderWay:
        return redirect("learning:certificate-run", pk=_under_way(desk).latest("pk").pk)
    return redirect("learning:certificate-run", pk=run.pk)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Show the ticked pages and ask what is to be done with them, and why; told, begin it."""
    desk = _desk(request)
    pages = _picked(desk)
    if not pages:
        desk.problem = "none_selected"
        return _show(desk, status=422)
    if request.method != "POST":
        return _ask(desk, pages)
    desk.reasoned = Reasoned.parse(request.POST, codes=CHANGES)
    if desk.reasoned.mistakes:
        return _ask(desk, pages, status=422)
    kind, reason = CHANGES[desk.reasoned.code]
    try:
        run = certificate_runs.begin_change(
            kind=kind,
            pages=pages,
            reason=reason,
            text=desk.reasoned.text,
            bureau=desk.bureau,
            by=desk.person,
            now=database_now(),
        )
    except certificate_runs.NotValid:
        desk.problem = "not_valid"
        return _ask(desk, pages, status=409)
    return redirect("learning:certificate-run", pk=run.pk)


@login_required
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a run is and, once it is finished, what it did: its permanent receipt."""
    person = signed_in(request)
    found = get_object_or_404(CertificateRun.objects.visible_to(person).select_related("bureau", "begun_by"), pk=pk)
    if not may_confirm_for(person, found.bureau):
        raise Http404
    counts = found.items.aggregate(
        all=Count("pk"),
        done=Count("pk", filter=Q(outcome=CertificateRunItem.Outcome.DONE)),
        left=Count("pk", filter=Q(outcome=CertificateRunItem.Outcome.LEFT)),
    )
    items = found.items.select_related("record__person", "certificate", "result")
    return render(
        request,
        "learning/certify/run.html",
        {
            "bureau": found.bureau,
            "tab": "run",
            "run": found,
            "counts": counts | {"decided": counts["done"] + counts["left"]},
            "reason": _reason_words(found),
            "left": items.filter(outcome=CertificateRunItem.Outcome.LEFT)[:SHOWN_COUNT],
            "done": items.filter(outcome=CertificateRunItem.Outcome.DONE).order_by("-pk")[:SHOWN_COUNT],
        },
    )


@login_required
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the bureau's runs, newest first."""
    desk = _desk(request)
    rows = CertificateRun.objects.filter(bureau=desk.bureau).select_related("begun_by")
    page = Paginator(rows, TAB_PAGE_SIZE).get_page(request.GET.get("page", "")[:9])
    return render(request, "learning/certify/runs.html", _frame(desk, "runs") | {"page": page})


def _frame(desk: Desk, tab: str) -> dict[str, object]:
    return {"desk": desk, "bureau": desk.bureau, "bureaus": desk.bureaus, "tab": tab}


def _show(desk: Desk, status: int = 200) -> HttpResponse:
    words = desk.request.GET.get("q", "").replace("\x00", "").strip()[:WORDS_MAX]
    pages = desk.pages.order_by("-issued_at", "-pk")
    if words:
        pages = pages.filter(pk__in=_found(words))
    shown = list(pages[: SHOWN_COUNT + 1])
    context = {
        "pages": shown[:SHOWN_COUNT],
        "has_more": len(shown) > SHOWN_COUNT,
        "words": words,
        "due_count": Counted.of(AnnualRecord.objects.due_for_page(desk.bureau)),
        "under_way": _under_way(desk).first(),
        "undrawable": Certificate.objects.undrawable().filter(issuer=desk.bureau)[:SHOWN_COUNT],
    }
    return render(desk.request, "learning/certify/desk.html", _frame(desk, "pages") | context, status=status)


def _found(words: str) -> QuerySet[Certificate, int]:
    """Return the pages of these holders and this number: two questions, each with an index of its own."""
    numbers = Certificate.objects.order_by().values_list("pk", flat=True)
    return numbers.filter(book__person__full_name__startswith=words).union(numbers.filter(serial__startswith=words))


def _ask(desk: Desk, pages: list[Certificate], status: int = 200) -> HttpResponse:
    context = {
        "pages": pages,
        "replacements": _choices(CertificateRun.Kind.REISSUE),
        "revocations": _choices(CertificateRun.Kind.REVOKE),
        "action": f"{reverse('learning:certificate-change')}?bureau={desk.bureau.slug}",
    }
    return render(desk.request, "learning/certify/change.html", _frame(desk, "pages") | context, status=status)


def _picked(desk: Desk) -> list[Certificate]:
    """Return the ticked pages. Raises: Http404, when one is not this bureau's, or too many are ticked."""
    data = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    numbers = {number(text) for text in data.getlist("pick")}
    pages = list(desk.pages.filter(pk__in=numbers).order_by("pk")) if len(numbers) <= MOST_IN_ONE_ACT else []
    if len(pages) != len(numbers):
        raise Http404
    return pages


def _under_way(desk: Desk) -> QuerySet[CertificateRun]:
    return CertificateRun.objects.unfinished().filter(bureau=desk.bureau, kind=CertificateRun.Kind.ISSUE)


def _choices(kind: CertificateRun.Kind) -> list[tuple[str, object]]:
    """Return the reasons of a kind as the form names them, in words."""
    return [(f"{kind}:{reason}", reason.label) for reason in certificate_runs.REASONS[kind]]


def _reason_words(run: CertificateRun) -> object:
    """Return why pages were replaced or revoked, in words; nothing where they were issued."""
    if run.kind == CertificateRun.Kind.ISSUE:
        return ""
    return certificate_runs.REASONS[CertificateRun.Kind(run.kind)](run.reason).label
