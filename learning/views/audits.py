"""The audit desk of a base or industry department: evidence first, then approve or return (R18, R19).

Knows the queue's page and its three answers; the verbs are in `actions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from learning.access import may_audit_for, signed_in
from learning.actions import credit_batches, credits, flags, records
from learning.models import CreditDecision, CreditEntry, CreditStanding, Organisation, Person
from learning.models.clock import database_now
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import ReturnReason
from learning.rules.snapshots import MOST_IN_ONE_ACT, Seen
from learning.templatetags.flags import asked
from learning.templatetags.reasons import ORDER_WORDS, RETURN_REASONS
from learning.views import flag_groups, queue_sums, queues, receipts, selections
from learning.views.dossiers import dossier_of
from learning.views.paging import Counted, LongPaginator
from learning.views.staff_input import Found, Order, QueueQuery, Reasoned, is_fragment, number, picks, said

PAGE_SIZE = 20
TABS = ("returned", "recent")


@dataclass(slots=True)
class Desk:
    """One auditor at one body's desk, and what this answer has to say beside the queue."""

    request: HttpRequest
    body: Organisation
    person: Person
    query: QueueQuery
    selected: list[Seen] | None = field(default_factory=list)
    reasoned: Reasoned = field(default_factory=Reasoned)
    found: Found = field(default_factory=Found)
    receipt: receipts.Receipt | None = None
    decided: CreditDecision | None = None
    problem: str = ""
    opened: int = 0

    def address(self, **changes: object) -> str:
        """Return this desk's address with changes to the view of the queue."""
        query = self.query.address(**changes)
        return reverse("learning:audit", args=[self.body.slug]) + (f"?{query}" if query else "")


@login_required
@require_http_methods(["GET", "POST"])
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what waits, was returned or was decided; or take an answer."""
    person = signed_in(request)
    body = get_object_or_404(Organisation, slug=slug)
    if not may_audit_for(person, body):
        raise Http404
    desk = Desk(request, body, person, QueueQuery.parse(request.GET, tabs=TABS))
    if request.method == "POST":
        answer = {"approve": _approve, "approve_flagged": _approve_flagged, "return": _return}.get(
            request.POST.get("do", "")
        )
        if answer is None:
            raise Http404
        return answer(desk)
    return _show(desk)


def _approve(desk: Desk) -> HttpResponse:
    """Approve what was ticked, if that is what the button named."""
    desk.selected = _visible_picks(desk)
    if not desk.selected:
        desk.problem = "none_selected"
        return _show(desk, status=422)
    if (named := said(desk.request.POST)) is not None and named != str(_amount(desk)):
        desk.problem = "selection_moved"
        return _show(desk, status=422)
    # What came in just now may not have been measured: nothing goes through unseen because a sweep is late.
    flags.screen_due(now=database_now(), entry_ids=[item.entry_id for item in desk.selected])
    outcome = credit_batches.approve_all(seen=desk.selected, auditor=desk.body, by=desk.person, now=database_now())
    if outcome.receipt is None:
        desk.receipt, desk.selected = receipts.of_outcome(outcome), []
        return _show(desk, status=409)
    return redirect(desk.address(done=outcome.receipt.sequence, entry=number(desk.request.POST.get("next", ""))))


def _approve_flagged(desk: Desk) -> HttpResponse:
    """Approve one entry whose flags were read, with words that say why its hours stand."""
    entry, seen = _one_picked(desk)
    desk.found = Found.parse(desk.request.POST)
    if desk.found.mistakes:
        return _show(desk, status=422)
    try:
        decision = flags.approve(
            entry=entry,
            by=desk.person,
            words=desk.found.words,
            codes=desk.found.codes,
            now=database_now(),
            seen=seen.decision_count,
        )
    except flags.FlagsDiffer:
        desk.problem = "flags_differ"
        return _show(desk, status=409)
    except credits.DecisionRefusedError as refusal:
        desk.receipt = receipts.of_refusal(entry, refusal, awaited=State.EARNED)
        return _show(desk, status=409)
    return redirect(desk.address(decided=decision.pk, entry=number(desk.request.POST.get("next", ""))))


def _one_picked(desk: Desk) -> tuple[CreditEntry, Seen]:
    """Return the one row that was sent, and open it. Raises: Http404, when it is not one."""
    picked = _visible_picks(desk)
    if len(picked) != 1:
        raise Http404
    desk.opened = picked[0].entry_id
    return CreditEntry.objects.get(pk=desk.opened), picked[0]


def _return(desk: Desk) -> HttpResponse:
    """Return one entry to its learner, with words they will read."""
    entry, seen = _one_picked(desk)
    desk.reasoned = Reasoned.parse(desk.request.POST, codes=ReturnReason)
    if desk.reasoned.mistakes:
        return _show(desk, status=422)
    try:
        decision = flags.return_to_learner(
            entry=entry,
            by=desk.person,
            reason_code=desk.reasoned.code,
            reason_text=desk.reasoned.text,
            now=database_now(),
            seen=seen.decision_count,
        )
    except credits.DecisionRefusedError as refusal:
        desk.receipt = receipts.of_refusal(entry, refusal, awaited=State.EARNED)
        return _show(desk, status=409)
    return redirect(desk.address(decided=decision.pk, entry=number(desk.request.POST.get("next", ""))))


def _visible_picks(desk: Desk) -> list[Seen]:
    """Return the ticked rows. Raises: Http404, when one is not this body's."""
    found = picks(desk.request.POST)
    if CreditEntry.objects.filter(pk__in=[item.entry_id for item in found], auditor=desk.body).count() != len(found):
        raise Http404
    return found


def _amount(desk: Desk) -> queues.Amount:
    """Return how much is ticked."""
    numbers = [item.entry_id for item in desk.selected or []]
    hours = CreditEntry.objects.filter(pk__in=numbers).values_list("centihours", flat=True)
    return queues.Amount(len(hours), sum(hours))


def _show(desk: Desk, status: int = 200) -> HttpResponse:
    """Draw the desk, or only the evidence when htmx asks for it."""
    desk.opened = desk.opened or desk.query.entry_id
    if is_fragment(desk.request) and desk.opened:
        return render(desk.request, "learning/audit/evidence.html", _opened(desk, []))
    standing = queue_sums.standing_of(queues.waiting(desk.body, State.EARNED), desk.person)
    frame = _frame(desk) | {"standing": standing}
    if desk.query.tab:
        return render(desk.request, "learning/audit/decided.html", frame | _decided(desk))
    return render(desk.request, "learning/audit/queue.html", frame | _waiting(desk, standing), status=status)


def _frame(desk: Desk) -> dict[str, object]:
    """Return what every tab shows: counts, and what was just done."""
    if desk.request.method == "GET":
        done, decided = number(desk.request.GET.get("done", "")), number(desk.request.GET.get("decided", ""))
        if done:
            found = receipts.find(credit_batches.APPROVED_BATCH, done)
            desk.receipt = found if found and found.office == desk.body else None
        if decided:
            lately = queues.decided_recently(desk.body, [Verdict.APPROVED, Verdict.RETURNED], database_now())
            desk.decided = lately.filter(pk=decided).first()
    return {
        "desk": desk,
        "body": desk.body,
        "query": desk.query,
        "returned_count": Counted.of(_returned(desk.body)),
    }


def _waiting(desk: Desk, standing: queue_sums.Standing) -> dict[str, object]:
    """Return the queue's page, its rows and the one that is open; `standing`: all that waits, summed up."""
    queue = queues.waiting(desk.body, State.EARNED)
    shown = queues.narrowed(queue, desk.query)
    page = queues.page_of(shown, desk.query, size=PAGE_SIZE, first=(queues.FLAGGED_FIRST,))
    if not desk.opened and page.object_list:
        desk.opened = page.object_list[0].pk
    ticks_all = desk.query.selects in {"page", "filter"} and desk.request.method == "GET"
    ticked_rows = None if ticks_all else desk.selected
    rows = queues.rows_of(page, person=desk.person, selected=ticked_rows, flagged_alone=True)
    free = queues.amount_of(row for row in rows if not row.is_barred and not row.is_alone)
    ticked = queues.amount_of(row for row in rows if row.is_selected)
    beyond = _beyond(desk, shown, rows)
    return {
        "page": page,
        "beyond": beyond,
        "filter_count": _filter_count(desk, shown, standing) if page.has_other_pages() else 0,
        "most": MOST_IN_ONE_ACT,
        "rows": rows,
        "page_amount": free,
        "groups": flag_groups.grouped(rows),
        "flag_counts": flag_groups.counts_of(queue, standing),
        "barred_count": sum(row.is_barred for row in rows),
        "alone_count": sum(row.is_alone and not row.is_barred for row in rows),
        "left_out_count": (free - ticked).count,
        "selected_amount": ticked + beyond.amount,
        "pager_query": desk.query.address(page=""),
        "orders": {code: words for code, words in ORDER_WORDS.items() if code != Order.FLAGS},
    } | _opened(desk, rows)


def _filter_count(desk: Desk, shown: CreditEntryQuerySet, standing: queue_sums.Standing) -> int:
    """Count what all pages of the filter hold that may be approved together."""
    if not desk.query.is_narrowed:
        return standing.together.count
    return selections.count_of(shown, order=desk.query.order, person=desk.person)


def _beyond(desk: Desk, shown: CreditEntryQuerySet, rows: list[queues.Row]) -> selections.Beyond:
    """Return what goes along from other pages: all the filter holds when that was asked, else what was sent."""
    if desk.request.method == "GET" and desk.query.selects == "filter":
        return selections.of_filter(shown, order=desk.query.order, person=desk.person, rows=rows)
    return selections.of_picks(shown, picked=desk.selected or [], person=desk.person, rows=rows)


def _opened(desk: Desk, rows: list[queues.Row]) -> dict[str, object]:
    """Return the evidence of the open row, and which row comes after it."""
    entry = None
    if desk.opened:
        entry = queues.with_all(CreditEntry.objects.filter(auditor=desk.body, pk=desk.opened)).first()
        if entry is None:
            raise Http404
    after = {row.entry.pk: row.next_id for row in rows}
    return {
        "desk": desk,
        "query": desk.query,
        "dossier": entry and dossier_of(entry),
        "is_waiting": entry is not None and entry.standing.state == State.EARNED,
        "is_barred": entry is not None and queues.is_barred(entry, desk.person),
        "too_late_since": entry and records.too_late_since(entry, now=database_now()),
        "next_id": after.get(desk.opened, number(desk.request.GET.get("next", ""))),
        "reasons": RETURN_REASONS,
        "reasoned": desk.reasoned if desk.reasoned != Reasoned() or entry is None else _asked(entry),
        "form_action": desk.address(),
    }


def _asked(entry: CreditEntry) -> Reasoned:
    """Return what a return of this entry begins with: its flags' own question, if it has flags."""
    return Reasoned(*asked(list(entry.flags.all())))


def _returned(body: Organisation) -> QuerySet[CreditStanding]:
    """Return what is with learners."""
    # Nobody holds what was returned: with that said, the queues' index finds them.
    return CreditStanding.objects.filter(state=State.RETURNED, holder=None, entry__auditor=body)


def _with_learners(body: Organisation) -> QuerySet[CreditDecision]:
    """Return the returns that learners have not answered yet, newest first."""
    returned = CreditDecision.objects.filter(entry__standing__in=_returned(body))
    return returned.filter(sequence=F("entry__standing__decision_count")).order_by("-decided_at", "-pk")


def _decided(desk: Desk) -> dict[str, object]:
    """Return the lines of a tab: what learners are to amend, or what was decided of late."""
    lines = (
        _with_learners(desk.body)
        if desk.query.tab == "returned"
        else queues.decided_recently(desk.body, [Verdict.APPROVED, Verdict.RETURNED], database_now())
    )
    lines = lines.select_related("entry__person", "entry__standing", "entry__auditor", "actor")
    page = LongPaginator(lines, PAGE_SIZE).get_page(desk.query.page)
    return {"page": page, "pager_query": desk.query.address(page="")}
