"""Flag thresholds: the policy in force and its history, a proposal and what it would do, a second officer's issue.

Officers of bureaus and provinces read; those of a province draft and issue. Nothing is issued without
a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from learning.access import flag_office_of, may_issue_flags, rule_offices_of, signed_in
from learning.actions import flag_policies
from learning.forms import SigningForm
from learning.models import FlagPolicy, FlagProposal, Organisation, Person
from learning.models.clock import database_now
from learning.rules.flags import FlagCode, Terms
from learning.rules.flags.forecast import UNFORESEEN
from learning.rules.flags.thresholds import THRESHOLDS, WITHOUT, Threshold, changed
from learning.views.flag_input import ThresholdsForm, WithdrawalForm

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One threshold, and what it would become."""

    threshold: Threshold
    before: int
    after: int

    @property
    def is_changed(self) -> bool:
        """Whether it would be another."""
        return self.before != self.after


@login_required
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show what is in force, what is proposed, and every version before."""
    person = _reader(request)
    versions = list(
        FlagPolicy.objects.select_related("proposal__drafted_by", "proposal__ended_by").order_by("-version")
    )
    in_force = versions[0] if versions else None
    history = [(new, _lines(old.as_terms(), new.as_terms(), only_changed=True)) for new, old in pairwise(versions)]
    history += [(version, []) for version in versions[-1:]]
    context = {
        "policy": in_force,
        "groups": _grouped(in_force.as_terms(), in_force.as_terms()) if in_force else [],
        "without": WITHOUT,
        "page": Paginator(history, PAGE_SIZE).get_page(request.GET.get("page", "")[:9]),
        "waiting": FlagProposal.objects.visible_to(person).waiting().select_related("drafted_by").first(),
        "office": flag_office_of(person),
    }
    return render(request, "learning/flags/policy.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """Write the next version: first looked at, then proposed to a second officer."""
    office = _setting_office(_reader(request))
    base = FlagPolicy.objects.in_force()
    if base is None:
        raise Http404
    if (waiting := FlagProposal.objects.waiting().first()) is not None:
        messages.warning(request, _("A proposal waits already. Here it is."))
        return redirect("learning:flag-proposal", waiting.pk)
    form = ThresholdsForm(request.POST or None, terms=base.as_terms())
    is_whole = form.is_valid()
    if request.method == "POST" and request.POST.get("do") == "propose" and is_whole:
        return _propose(request, base, office, form)
    shown: dict[str, Any] = {"form": form, "policy": base}
    if form.is_bound and form.has_terms:
        shown |= _outlook(base.as_terms(), form.terms)
    # Whoever only looks need not have written the reason yet.
    if request.POST.get("do") == "look" and set(form.errors) <= {"reason"}:
        form.errors.pop("reason", None)
    return render(request, "learning/flags/draft.html", shown, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a proposal and what it would do; issue it as the second officer, or withdraw it."""
    person = _reader(request)
    visible = FlagProposal.objects.visible_to(person)
    found = get_object_or_404(visible.select_related("base", "policy", "drafted_by", "ended_by"), pk=pk)
    if request.method == "GET":
        return _show(request, found, SigningForm(request=request), WithdrawalForm())
    office = _setting_office(person)
    if request.POST.get("do") == "withdraw":
        withdrawal = WithdrawalForm(request.POST)
        if not withdrawal.is_valid():
            return _show(request, found, SigningForm(request=request), withdrawal, status=422)
        facts = {"proposal": found, "reason": withdrawal.cleaned_data["reason"]}
        return _acted(request, found, flag_policies.withdraw, office=office, by=person, **facts)
    if not may_issue_flags(person, found) and found.state == FlagProposal.State.WAITING:
        raise PermissionDenied
    signing = SigningForm(request.POST, request=request)
    if not signing.is_valid():
        return _show(request, found, signing, WithdrawalForm(), status=422)
    return _acted(request, found, flag_policies.issue, proposal=found, office=office, by=person)


def _reader(request: HttpRequest) -> Person:
    """Return who reads. Raises: Http404, for who is no officer of a bureau or province."""
    person = signed_in(request)
    if not rule_offices_of(person):
        raise Http404
    return person


def _setting_office(person: Person) -> Organisation:
    """Return the provincial office the person acts for. Raises: PermissionDenied, for none."""
    office = flag_office_of(person)
    if office is None:
        raise PermissionDenied
    return office


def _propose(request: HttpRequest, base: FlagPolicy, office: Organisation, form: ThresholdsForm) -> HttpResponse:
    try:
        made = flag_policies.propose(
            terms=form.terms,
            base=base,
            reason=form.cleaned_data["reason"],
            office=office,
            by=signed_in(request),
            now=database_now(),
        )
    except flag_policies.NothingChanges:
        form.add_error(None, _("Every threshold is as it is in force: there is nothing to propose."))
        return render(request, "learning/flags/draft.html", {"form": form, "policy": base}, status=422)
    except flag_policies.FlagPolicyRefusedError:
        messages.warning(request, _("Somebody was first. Nothing was proposed; this is how things stand."))
        return redirect("learning:flag-policy")
    messages.success(request, _("Proposed, and written into the audit log. A second officer issues it."))
    return redirect("learning:flag-proposal", made.pk)


def _acted(request: HttpRequest, found: FlagProposal, verb: Any, **facts: object) -> HttpResponse:
    """Do what was signed; where somebody was first, show how things stand."""
    try:
        verb(now=database_now(), **facts)
    except flag_policies.FlagPolicyRefusedError:
        messages.error(request, _("Somebody was first. Nothing was done; this is how things stand."))
    else:
        messages.success(request, _("Done, and written into the audit log."))
    return redirect("learning:flag-proposal", found.pk)


def _show(
    request: HttpRequest, found: FlagProposal, signing: SigningForm, withdrawal: WithdrawalForm, status: int = 200
) -> HttpResponse:
    person, before, after = signed_in(request), found.base.as_terms(), found.as_terms()
    is_waiting = found.state == FlagProposal.State.WAITING
    context = {
        "proposal": found,
        "groups": _grouped(before, after),
        "signing": signing,
        "withdrawal": withdrawal,
        "may_issue": may_issue_flags(person, found),
        "may_withdraw": is_waiting and flag_office_of(person) is not None,
        "is_drafter": person.pk == found.drafted_by_id,
    } | (_outlook(before, after) if is_waiting else {})
    return render(request, "learning/flags/proposal.html", context, status=status)


def _outlook(before: Terms, after: Terms) -> dict[str, Any]:
    """Return what the thresholds would do, and which of their changes cannot be told beforehand."""
    return {
        "preview": flag_policies.preview(before=before, after=after, now=database_now()),
        "unforeseen": [each for each in changed(before, after) if each.name in UNFORESEEN],
    }


def _lines(before: Terms, after: Terms, *, only_changed: bool = False) -> list[Line]:
    lines = [Line(each, getattr(before, each.name), getattr(after, each.name)) for each in THRESHOLDS]
    return [line for line in lines if line.is_changed or not only_changed]


def _grouped(before: Terms, after: Terms) -> list[tuple[FlagCode | None, list[Line]]]:
    lines = _lines(before, after)
    flags = dict.fromkeys(line.threshold.flag for line in lines)
    return [(flag, [line for line in lines if line.threshold.flag == flag]) for flag in flags]
