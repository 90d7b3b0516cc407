"""Hours taken back: the bureau's list of them, and the page on which one entry is taken back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from learning.access import has_role, may_confirm, signed_in
from learning.actions import credits, reversal_forecasts, reversals
from learning.models import CreditDecision, CreditEntry, Organisation, Role
from learning.models.clock import database_now
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import ReversalReason
from learning.templatetags.reasons import REVERSAL_ORDERS, REVERSAL_REASONS
from learning.views.desks import bureau_asked
from learning.views.reversal_input import Choice, ListQuery, Order
from learning.views.staff_input import Reasoned, number

PAGE_SIZE = 50
ORDERS = {
    Order.NEWEST: ("-earned_at", "-pk"),
    Order.OLDEST: ("earned_at", "pk"),
    Order.HOURS: ("centihours", "-earned_at", "-pk"),
    Order.NAME: ("person__full_name", "-earned_at", "-pk"),
}


@login_required
@require_safe
def reversals_of_bureau(request: HttpRequest) -> HttpResponse:
    """List what the bureau took back, as filtered and sorted."""
    query = ListQuery.parse(request.GET)
    bureau, bureaus = bureau_asked(signed_in(request), query.bureau)
    taken_back = CreditEntry.objects.filter(bureau=bureau, kind=CreditEntry.Kind.REVERSAL)
    rows = _narrowed(taken_back, query).order_by(*ORDERS[query.order])
    decided = CreditDecision.objects.filter(verdict=Verdict.REVERSED).select_related("actor")
    rows = rows.select_related("person", "auditor", "restored__standing").prefetch_related(
        Prefetch("reverses__decisions", decided, to_attr="taken_back")
    )
    context = {
        "bureau": bureau,
        "bureaus": bureaus,
        "tab": "entries",
        "query": query,
        "page": Paginator(rows, PAGE_SIZE).get_page(query.page),
        "reasons": REVERSAL_REASONS,
        "orders": REVERSAL_ORDERS,
        "years": list(taken_back.order_by("-year").values_list("year", flat=True).distinct()),
        "bases": Organisation.objects.filter(pk__in=taken_back.order_by().values("auditor_id")).order_by("pk"),
    }
    return render(request, "learning/reverse/list.html", context)


def _narrowed(rows: CreditEntryQuerySet, query: ListQuery) -> CreditEntryQuerySet:
    kept = Q()
    if query.reason:
        kept &= Q(reverses__decisions__verdict=Verdict.REVERSED, reverses__decisions__reason_code=query.reason)
    if query.base:
        kept &= Q(auditor__slug=query.base)
    if query.year:
        kept &= Q(year=query.year)
    if query.words:
        numbered = Q(reverses=number(query.words.removeprefix("#")))
        kept &= Q(person__full_name__startswith=query.words) | Q(title_zh__startswith=query.words) | numbered
    return rows.filter(kept)


@login_required
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what would follow if this entry were taken back; told why, take it back."""
    row = _confirmed_here(request, pk)
    if request.method != "POST":
        return _ask(request, row, Reasoned())
    reasoned, choice = Reasoned.parse(request.POST, codes=ReversalReason), Choice.parse(request.POST)
    if reasoned.mistakes or choice.is_again is None:
        return _ask(request, row, reasoned, choice.is_again, status=422)
    try:
        reversals.reverse(
            entry=row,
            by=signed_in(request),
            reason_code=reasoned.code,
            reason_text=reasoned.text,
            is_again=choice.is_again,
            now=database_now(),
        )
    except credits.AlreadyDecided:
        return _ask(request, _confirmed_here(request, pk), reasoned, choice.is_again, status=409)
    messages.success(request, _("Taken back. This page stays at this address."))
    return redirect("learning:entry", pk)


def _confirmed_here(request: HttpRequest, pk: int) -> CreditEntry:
    """Return an entry of a bureau whose officer asks.

    Raises: Http404, to everybody else; PermissionDenied, for the officer's own hours.
    """
    person = signed_in(request)
    rows = CreditEntry.objects.select_related("person", "standing", "auditor", "bureau", "requirement")
    row = rows.filter(pk=pk).exclude(kind__in=CreditEntry.FOLLOWING).first()
    if row is None or not has_role(person, row.bureau, Role.OFFICER):
        raise Http404
    if not may_confirm(person, row):
        raise PermissionDenied
    return row


def _ask(
    request: HttpRequest, row: CreditEntry, reasoned: Reasoned, is_again: bool | None = None, status: int = 200
) -> HttpResponse:
    parts = reversals.together(row)
    context = {
        "bureau": row.bureau,
        "tab": "entry",
        "entry": row,
        "is_confirmed": row.standing.state == State.CONFIRMED,
        "forecast": reversal_forecasts.of_entries(CreditEntry.objects.filter(pk__in=[part.pk for part in parts])),
        "parts": parts,
        "is_waiver": row.kind == CreditEntry.Kind.WAIVED,
        "centihours": sum(part.centihours for part in parts),
        "reasons": REVERSAL_REASONS,
        "reasoned": reasoned,
        "is_again": is_again,
        "lacks_then": request.method == "POST" and is_again is None,
        "decisions": row.decisions.select_related("actor", "organisation").order_by("sequence"),
    }
    return render(request, "learning/reverse/entry.html", context, status=status)
