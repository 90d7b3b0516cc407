"""One record of hours: its journey through the offices, and the answer to a return."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from learning.access import may_resubmit, signed_in
from learning.actions import credits, records, waivers
from learning.actions.proof_files import ProofsChanged
from learning.forms import ResubmitForm
from learning.models import CreditEntry, CreditFlag, Person
from learning.models.clock import database_now
from learning.rules.credit_states import State, Verdict
from learning.views.waivers import FILES_CHANGED


@login_required
@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the record to its learner and to the offices it goes through."""
    row = _visible(signed_in(request), pk)
    return _show(request, row, ResubmitForm())


@login_required
@require_POST
def resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a returned record in again, with what the learner says."""
    person = signed_in(request)
    row = _visible(person, pk)
    if not may_resubmit(person, row):
        raise Http404
    form = ResubmitForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form, status=422)
    text, now = form.cleaned_data["reason_text"], database_now()
    try:
        if row.kind == CreditEntry.Kind.WAIVED:
            waivers.answer(asked=row.evidence.get(), by=person, reason_text=text, now=now)
        else:
            credits.resubmit(entry=row, by=person, reason_text=text, now=now)
    except ProofsChanged:
        # Files wait to be handed in: they are seen, and go along, where they were attached.
        messages.error(request, FILES_CHANGED)
        return redirect("learning:waiver", row.year)
    except (credits.AlreadyDecided, credits.TooLate):
        messages.info(request, _("This record is no longer waiting for you; here is where it stands."))
    else:
        messages.success(request, _("Handed in again. %(office)s has it now.") % {"office": row.auditor.name})
    return redirect("learning:entry", pk)


def _visible(person: Person, pk: int) -> CreditEntry:
    visible = (
        CreditEntry.objects.visible_to(person)
        .with_score()
        .prefetch_related("decisions__organisation", "decisions__actor")
        .prefetch_related(Prefetch("flags", CreditFlag.objects.with_looks()))
    )
    rows = visible.select_related(
        "standing__holder", "auditor", "bureau", "requirement", "enrolment__edition", "person"
    )
    return get_object_or_404(rows, pk=pk)


def _show(request: HttpRequest, row: CreditEntry, form: ResubmitForm, *, status: int = 200) -> HttpResponse:
    returns = [decision for decision in row.decisions.all() if decision.verdict == Verdict.RETURNED]
    is_returned = row.standing.state == State.RETURNED
    context = {
        "entry": row,
        "is_own": request.user.pk == row.person_id,
        "returned": returns[-1] if is_returned else None,
        "form": form,
        "flags": row.flags.all(),
        "is_waiting": row.standing.state == State.EARNED,
        "too_late_since": records.too_late_since(row, now=database_now()),
    }
    return render(request, "learning/entry.html", context, status=status)
