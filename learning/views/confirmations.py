"""The bureau's confirmation desk: look, send back what will not do, sign for the rest (R9, R18).

Signing is a page of its own: it names count, hours, rule versions and the digest
of exactly what is signed, and ends on a receipt that stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from learning.access import may_confirm_for, signed_in
from learning.actions import credit_batches, credits, records
from learning.models import CreditDecision, CreditEntry, Organisation, Person
from learning.models.clock import database_now
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import SendBackReason
from learning.rules.snapshots import MOST_IN_ONE_ACT, Seen
from learning.templatetags.reasons import ORDER_WORDS, SEND_BACK_REASONS
from learning.views import flag_groups, queue_sums, queues, receipts, signing
from learning.views.desks import bureau_asked
from learning.views.dossiers import dossier_of
from learning.views.paging import Counted, LongPaginator
from learning.views.staff_input import QueueQuery, Reasoned, is_fragment, number, picks

TAB_PAGE_SIZE = 20
TABS = ("sent_back", "receipts")


@dataclass(slots=True)
class Desk:
    """One officer at one bureau's desk, and what this answer has to say beside the queue."""

    request: HttpRequest
    bureau: Organisation
    bureaus: list[Organisation]
    person: Person
    query: QueueQuery
    selected: list[Seen] | None = None
    reasoned: Reasoned = field(default_factory=Reasoned)
    receipt: receipts.Receipt | None = None
    decided: CreditDecision | None = None
    problem: str = ""
    opened: int = 0

    def address(self, **changes: object) -> str:
        """Return this desk's address with changes to the view of the queue."""
        query = self.query.address(**changes)
        return reverse("learning:confirm") + (f"?{query}" if query else "")


def _desk(request: HttpRequest) -> Desk:
    """Open the officer's desk. Raises: Http404, when they are no officer of a bureau, or not of this one."""
    person = signed_in(request)
    query = QueueQuery.parse(request.GET, tabs=TABS)
    bureau, bureaus = bureau_asked(person, query.bureau)
    return Desk(request, bureau, bureaus, person, query)


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Show what waits for the bureau; or send one entry back to its base."""
    desk = _desk(request)
    if request.method == "POST":
        return _send_back(desk)
    return _show(desk)


@login_required
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    """Show what is about to be signed; signed, confirm it and show the receipt."""
    desk = _desk(request)
    if request.method == "POST":
        return _sign(desk)
    picked = _visible_picks(desk)
    if not picked:
        desk.problem = "none_selected"
        return _show(desk, status=422)
    return _ask(desk, picked)


@login_required
@require_safe
def receipt(request: HttpRequest, sequence: int) -> HttpResponse:
    """Show the permanent receipt of a confirmation to the bureau's officers."""
    found = receipts.find(credit_batches.CONFIRMED_BATCH, sequence)
    if found is None or found.office is None or not may_confirm_for(signed_in(request), found.office):
        raise Http404
    return render(request, "learning/confirm/receipt.html", {"bureau": found.office, "receipt": found})


def _sign(desk: Desk) -> HttpResponse:
    """Confirm what was signed; a second time, say who was first."""
    picked, snapshot = _visible_picks(desk), desk.request.POST.get("snapshot", "")
    if not picked:
        raise Http404
    try:
        outcome = credit_batches.confirm_all(
            seen=picked, snapshot=snapshot, bureau=desk.bureau, by=desk.person, now=database_now()
        )
    except credit_batches.SnapshotDiffers:
        desk.problem = "snapshot_differs"
        return _ask(desk, picked, status=409)
    if outcome.receipt is not None:
        return redirect("learning:confirm-receipt", sequence=outcome.receipt.sequence)
    context = {
        "desk": desk,
        "bureau": desk.bureau,
        "receipt": receipts.of_outcome(outcome),
        "earlier": receipts.of_snapshot(desk.bureau, snapshot),
    }
    return render(desk.request, "learning/confirm/too_late.html", context, status=409)


def _ask(desk: Desk, picked: list[Seen], status: int = 200) -> HttpResponse:
    """Draw the page that is signed."""
    page = signing.page_for(picked, bureau=desk.bureau, person=desk.person)
    return render(
        desk.request,
        "learning/confirm/sign.html",
        {"desk": desk, "bureau": desk.bureau, "page": page, "problem": desk.problem},
        status=status,
    )


def _send_back(desk: Desk) -> HttpResponse:
    """Send one entry back to its base, with words the base will read."""
    picked = _visible_picks(desk)
    if len(picked) != 1 or desk.request.POST.get("do") != "send_back":
        raise Http404
    desk.opened = picked[0].entry_id
    desk.reasoned = Reasoned.parse(desk.request.POST, codes=SendBackReason)
    if desk.reasoned.mistakes:
        return _show(desk, status=422)
    entry = CreditEntry.objects.get(pk=desk.opened)
    try:
        decision = credits.send_back(
            entry=entry,
            by=desk.person,
            reason_code=desk.reasoned.code,
            reason_text=desk.reasoned.text,
            now=database_now(),
            seen=picked[0].decision_count,
        )
    except credits.DecisionRefusedError as refusal:
        desk.receipt = receipts.of_refusal(entry, refusal, awaited=State.AUDITED)
        return _show(desk, status=409)
    return redirect(desk.address(decided=decision.pk))


def _visible_picks(desk: Desk) -> list[Seen]:
    """Return the ticked rows. Raises: Http404, when one is not this bureau's."""
    found = picks(desk.request.POST if desk.request.method == "POST" else desk.request.GET)
    here = CreditEntry.objects.studied().filter(pk__in=[item.entry_id for item in found], bureau=desk.bureau)
    if here.count() != len(found):
        raise Http404
    return found


def _show(desk: Desk, status: int = 200) -> HttpResponse:
    """Draw the desk, or only the evidence when htmx asks for it."""
    desk.opened = desk.opened or desk.query.entry_id
    if is_fragment(desk.request) and desk.opened:
        return render(desk.request, "learning/confirm/opened.html", _opened(desk))
    if desk.query.tab and desk.request.method == "GET":
        return render(desk.request, f"learning/confirm/{desk.query.tab}.html", _frame(desk) | _tab(desk))
    frame = _frame(desk)
    return render(desk.request, "learning/confirm/queue.html", frame | _waiting(desk, frame["standing"]), status=status)


def _frame(desk: Desk) -> dict[str, Any]:
    """Return what every tab shows: counts by base, and what was just done."""
    sent_back = queues.decided_recently(desk.bureau, [Verdict.SENT_BACK], database_now())
    if decided := number(desk.request.GET.get("decided", "")):
        desk.decided = sent_back.filter(pk=decided).first()
    standing = queue_sums.standing_of(queues.waiting(desk.bureau, State.AUDITED), desk.person)
    return {
        "desk": desk,
        "bureau": desk.bureau,
        "query": desk.query,
        "tab": desk.query.tab,
        "standing": standing,
        "free_count": (standing.all - standing.barred).count,
        "bases": standing.bodies,
        "sent_back_count": Counted.of(sent_back),
    }


def _waiting(desk: Desk, standing: queue_sums.Standing) -> dict[str, object]:
    """Return the queue's page, its rows by base and the one that is open; `standing`: all that waits, summed up."""
    queue = queues.waiting(desk.bureau, State.AUDITED)
    page = queues.page_of(queues.narrowed(queue, desk.query), desk.query, size=MOST_IN_ONE_ACT, first=("auditor_id",))
    rows = queues.rows_of(page, person=desk.person, selected=desk.selected, flagged_alone=True)
    barred = queues.amount_of(row for row in rows if row.is_barred)
    alone = queues.amount_of(row for row in rows if row.is_alone and not row.is_barred)
    ticked = queues.amount_of(row for row in rows if row.is_selected)
    return {
        "page": page,
        "groups": queues.grouped(rows),
        "flag_counts": flag_groups.counts_of(queue, standing),
        "page_amount": queues.amount_of(rows),
        "barred_amount": barred,
        "alone_amount": alone,
        "left_out_amount": queues.amount_of(rows) - barred - alone - ticked,
        "selected_amount": ticked,
        "tab": "waiting",
        "pager_query": desk.query.address(page=""),
        "orders": ORDER_WORDS,
    } | _opened(desk)


def _opened(desk: Desk) -> dict[str, object]:
    """Return the evidence of the open row."""
    entry = None
    if desk.opened:
        entry = queues.with_all(CreditEntry.objects.studied().filter(bureau=desk.bureau, pk=desk.opened)).first()
        if entry is None:
            raise Http404
    return {
        "desk": desk,
        "query": desk.query,
        "dossier": entry and dossier_of(entry),
        "is_waiting": entry is not None and entry.standing.state == State.AUDITED,
        "is_barred": entry is not None and queues.is_barred(entry, desk.person),
        "too_late_since": entry and records.too_late_since(entry, now=database_now()),
        "reasons": SEND_BACK_REASONS,
        "form_action": desk.address(),
    }


def _tab(desk: Desk) -> dict[str, object]:
    """Return a page of what was sent back of late, or of receipts."""
    lines: QuerySet[Any] = (
        receipts.lines_of(desk.bureau, credit_batches.CONFIRMED_BATCH)
        if desk.query.tab == "receipts"
        else queues.decided_recently(desk.bureau, [Verdict.SENT_BACK], database_now())
    )
    page = LongPaginator(lines, TAB_PAGE_SIZE).get_page(desk.query.page)
    return {"page": page, "pager_query": desk.query.address(page="")}
