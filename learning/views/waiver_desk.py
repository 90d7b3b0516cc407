"""The bureau's desk of waivers: checked by one officer, granted or refused by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from learning.access import may_decide_waiver, signed_in
from learning.actions import credits, proof_files, waivers
from learning.models import Evidence, Organisation, Person, ProofFile, Role
from learning.models.clock import database_now
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import REASON_TEXT_MAX, WaiverReason
from learning.rules.waivers import Ground
from learning.templatetags.waivers import GROUNDS, REASONS
from learning.views.staff_input import Reasoned, number
from learning.views.waivers import Row, rows_of

PAGE_SIZE = 20
TABS: Final = {
    "check": (State.EARNED,),
    "grant": (State.AUDITED,),
    "returned": (State.RETURNED,),
    "decided": (State.CONFIRMED, State.REJECTED, State.REVERSED),
}
#: What a verdict did, as its officer is told.
DONE: Final = {
    "check": gettext_lazy("The proof is in order. A second officer decides now."),
    "give_back": gettext_lazy("Returned. The learner was told why, and may hand it in again."),
    "grant": gettext_lazy("Granted. The hours count for the year, and the learner was told."),
    "send_back": gettext_lazy("It is to be checked again, with your reason."),
    "refuse": gettext_lazy("Refused for good. The learner was told why."),
}


@dataclass(slots=True)
class Desk:
    """One officer at one bureau's desk."""

    request: HttpRequest
    bureau: Organisation
    bureaus: list[Organisation]
    person: Person
    reasoned: Reasoned = field(default_factory=Reasoned)

    @property
    def asked(self) -> QuerySet[Evidence]:
        """What this bureau was asked for."""
        return Evidence.objects.waivers_of(self.bureau).select_related("person")


def _desk(request: HttpRequest) -> Desk:
    """Open the officer's desk. Raises: Http404, when they are no officer of a bureau, or not of this one."""
    person = signed_in(request)
    held = Organisation.objects.acted_for_by(person, Role.OFFICER).filter(kind=Organisation.Kind.BUREAU)
    bureaus = list(held.order_by("pk"))
    asked = request.GET.get("bureau", "")[:60]
    chosen = [bureau for bureau in bureaus if asked in {"", bureau.slug}]
    if not chosen:
        raise Http404
    return Desk(request, chosen[0], bureaus, person)


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """List what waits, oldest first, or what was decided, newest first; by ground where asked."""
    desk = _desk(request)
    tab = request.GET.get("tab", "check")
    tab = tab if tab in TABS else "check"
    ground = request.GET.get("ground", "")
    rows = Evidence.objects.waivers_of(desk.bureau).standing_at(*TABS[tab]).select_related("person")
    if ground in set(Ground):
        rows = rows.filter(facts__ground=ground)
    page = Paginator(rows.order_by("-pk" if tab == "decided" else "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    waiting = {
        name: Evidence.objects.waivers_of(desk.bureau).standing_at(*TABS[name]).count() for name in ("check", "grant")
    }
    context = {
        "desk": desk,
        "bureau": desk.bureau,
        "tab": tab,
        "ground": ground,
        "grounds": GROUNDS,
        "page": page,
        "rows": rows_of(list(page)),
        "waiting": waiting,
    }
    return render(request, "learning/waivers/desk.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one waiver with its proof; decide it."""
    person = signed_in(request)
    asked, desk = _found(request, pk)
    if request.method != "POST":
        return _show(desk, asked)
    if not may_decide_waiver(person, asked, desk.bureau):
        raise PermissionDenied
    return _decide(desk, asked)


def _found(request: HttpRequest, pk: int) -> tuple[Evidence, Desk]:
    """Return the waiver and the desk of the bureau it was asked of. Raises: Http404."""
    first = _desk(request)
    for bureau in first.bureaus:
        desk = Desk(request, bureau, first.bureaus, first.person)
        if (asked := desk.asked.filter(pk=pk).first()) is not None:
            return asked, desk
    raise Http404


def _decide(desk: Desk, asked: Evidence) -> HttpResponse:
    """Take the verdict of the button that was pressed; what somebody else decided first stands."""
    data, now = desk.request.POST, database_now()
    do, seen = data.get("do", ""), number(data.get("seen", ""))
    if do in {"give_back", "send_back", "refuse"}:
        desk.reasoned = Reasoned.parse(data, codes=REASONS)
        if desk.reasoned.mistakes:
            return _show(desk, asked, status=422)
    reason = (desk.reasoned.code, desk.reasoned.text)
    verbs = {
        "check": lambda: waivers.check(
            asked=asked,
            by=desk.person,
            reason_text=data.get("words", "").replace("\x00", "")[:REASON_TEXT_MAX],
            now=now,
            seen=seen,
            proofs=number(data["proofs"]) if "proofs" in data else None,
        ),
        "grant": lambda: waivers.grant(asked=asked, by=desk.person, now=now, seen=seen),
        "give_back": lambda: waivers.give_back(asked=asked, by=desk.person, reason=reason, now=now, seen=seen),
        "send_back": lambda: waivers.send_back(asked=asked, by=desk.person, reason=reason, now=now, seen=seen),
        "refuse": lambda: waivers.refuse(asked=asked, by=desk.person, reason=reason, now=now, seen=seen),
    }
    if do not in verbs:
        raise Http404
    try:
        verbs[do]()
    except credits.OwnHours:
        messages.error(desk.request, _("You asked for this yourself, or checked it: a colleague decides on it."))
        return redirect("learning:waiver-case", asked.pk)
    except credits.DecisionRefusedError:
        messages.info(desk.request, _("Somebody else was first, or its year is over. It stands as shown here."))
        return redirect("learning:waiver-case", asked.pk)
    messages.success(desk.request, DONE[do])
    tab = "check" if do in {"check", "give_back"} else "grant"
    return redirect(f"{reverse('learning:waivers')}?bureau={desk.bureau.slug}&tab={tab}")


@dataclass(frozen=True, slots=True)
class Twin:
    """The same file in other people's applications: those this officer may open, and how many more there are."""

    known: Sequence[ProofFile]
    elsewhere: int


def _proofs(asked: Evidence, person: Person) -> list[tuple[ProofFile, Twin | None]]:
    """Return the files of an application, each with who else sent the very same."""
    proofs = list(asked.proofs.all())
    twins = list(proof_files.twins_of(proofs, asked=asked))
    seen = set(
        ProofFile.objects.filter(pk__in=[twin.pk for twin in twins]).visible_to(person).values_list("pk", flat=True)
    )
    found = []
    for proof in proofs:
        same = [twin for twin in twins if twin.sent_digest == proof.sent_digest]
        known = [twin for twin in same if twin.pk in seen]
        found.append((proof, Twin(known, len(same) - len(known)) if same else None))
    return found


def _show(desk: Desk, asked: Evidence, *, status: int = 200) -> HttpResponse:
    (row,) = rows_of([asked])
    context = {
        "desk": desk,
        "bureau": desk.bureau,
        "case_tab": next(tab for tab, states in TABS.items() if row.state in states),
        "row": row,
        "proofs": _proofs(asked, desk.person),
        "entry": waivers.entries_of(asked)[0],
        "reasons": {reason.value: REASONS[reason] for reason in WaiverReason},
        "may_check": row.state == State.EARNED and asked.person_id != desk.person.pk,
        "may_grant": row.state == State.AUDITED and not _is_theirs(row, desk.person),
        "is_barred": row.state in {State.EARNED, State.AUDITED} and _is_theirs(row, desk.person),
    }
    return render(desk.request, "learning/waivers/case.html", context, status=status)


def _is_theirs(row: Row, person: Person) -> bool:
    """Say whether the officer asked for it, or checked it: a colleague grants it then."""
    checked = {Verdict.APPROVED, Verdict.RETURNED}
    acted = any(decision.actor_id == person.pk and decision.verdict in checked for decision in row.decisions)
    return row.asked.person_id == person.pk or (acted and row.state == State.AUDITED)
