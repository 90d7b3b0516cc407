"""Where an entry stands, in words and shapes: status badges and the stages of its journey.

Codes come from `learning.rules.credit_states`; this file turns them into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models import CreditDecision, CreditEntry, Organisation
from learning.rules.credit_states import State, Verdict

register = template.Library()


@dataclass(frozen=True, slots=True)
class Status:
    """A badge: style (line and hue), icon, word."""

    style: str
    icon: str
    word: object


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of an entry's journey. Style: done, now, back (with the learner) or todo."""

    style: str
    word: object
    at: datetime | None = None
    office: Organisation | None = None
    note: str = ""
    since: datetime | None = None


STATUSES: dict[State, Status] = {
    State.EARNED: Status("pending", "clock", _("With the base")),
    State.AUDITED: Status("pending", "clock", _("With the bureau")),
    State.RETURNED: Status("returned", "circle-alert", _("Returned to you")),
    State.CONFIRMED: Status("confirmed", "circle-check", pgettext_lazy("hours", "Confirmed")),
    State.REJECTED: Status("returned", "circle-x", _("Not accepted")),
    State.REVERSED: Status("reversed", "undo-2", _("Reversed")),
}
WITH_DEPARTMENT = Status("pending", "clock", _("With the department"))
#: What is taken back had been confirmed and registered before.
CONFIRMED_ONCE = frozenset({State.CONFIRMED, State.REVERSED})


@register.filter
def status_of(entry: CreditEntry) -> Status:
    """Return the badge of where the entry stands now."""
    state = State(entry.standing.state)
    if state == State.EARNED and entry.kind == CreditEntry.Kind.WAIVED:
        return STATUSES[State.AUDITED]
    if state == State.EARNED and entry.auditor.kind == Organisation.Kind.DEPARTMENT:
        return WITH_DEPARTMENT
    return STATUSES[state]


@register.filter
def stages_of(entry: CreditEntry) -> list[Stage]:
    """Return the journey learner → audit → bureau → register, with the decisions that moved it.

    Reads `entry.decisions.all()` and `entry.standing`: prefetch them on lists.
    """
    if entry.kind == CreditEntry.Kind.REVERSAL:
        return [Stage("done", _("Taken back"), at=entry.earned_at, office=entry.bureau)]
    if entry.kind == CreditEntry.Kind.CARRIED:
        return _carried_stages(entry)
    state = State(entry.standing.state)
    latest = {decision.verdict: decision for decision in entry.decisions.all()}
    return [
        Stage("done", _began(entry), at=entry.earned_at),
        _audit_stage(entry, state, latest),
        _bureau_stage(entry, state, latest),
        Stage(
            "done" if state in CONFIRMED_ONCE else "todo",
            pgettext_lazy("stage", "Registered"),
            at=_confirmed_at(latest),
        ),
        *_taken_back(entry, latest),
    ]


def _began(entry: CreditEntry) -> object:
    words = {CreditEntry.Kind.CLAIMED: _("Handed in"), CreditEntry.Kind.WAIVED: _("Asked for")}
    return words.get(CreditEntry.Kind(entry.kind), pgettext_lazy("stage", "Passed"))


def _carried_stages(entry: CreditEntry) -> list[Stage]:
    """Return the journey of hours that were confirmed in the year before."""
    latest = {decision.verdict: decision for decision in entry.decisions.all()}
    return [
        Stage("done", _("Carried over"), at=entry.earned_at),
        Stage("done", pgettext_lazy("stage", "Registered"), at=entry.earned_at),
        *_taken_back(entry, latest),
    ]


def _taken_back(entry: CreditEntry, latest: dict[str, CreditDecision]) -> list[Stage]:
    """Return the last step of hours that had been confirmed and were taken back."""
    taken = latest.get(Verdict.REVERSED)
    if taken is None:
        return []
    return [Stage("back", _("Taken back"), at=taken.decided_at, office=entry.bureau, note=taken.reason_text)]


def _confirmed_at(latest: dict[str, CreditDecision]) -> datetime | None:
    decision = latest.get(Verdict.CONFIRMED)
    return decision.decided_at if decision else None


def _audit_stage(entry: CreditEntry, state: State, latest: dict[str, CreditDecision]) -> Stage:
    is_department = entry.auditor.kind == Organisation.Kind.DEPARTMENT
    word = _("Department audit") if is_department else _("Base audit")
    if entry.kind == CreditEntry.Kind.WAIVED:
        word = _("First officer")
    if state == State.RETURNED:
        returned = latest[Verdict.RETURNED]
        return Stage("back", _("Returned to you"), at=returned.decided_at, office=entry.auditor)
    if state == State.EARNED:
        return Stage("now", word, office=entry.auditor, since=entry.standing.since)
    approved = latest.get(Verdict.APPROVED)
    return Stage("done", word, at=approved.decided_at if approved else None, office=entry.auditor)


def _bureau_stage(entry: CreditEntry, state: State, latest: dict[str, CreditDecision]) -> Stage:
    word = _("Second officer") if entry.kind == CreditEntry.Kind.WAIVED else pgettext_lazy("stage", "Bureau")
    if state == State.AUDITED:
        return Stage("now", word, office=entry.bureau, since=entry.standing.since)
    if state in CONFIRMED_ONCE:
        return Stage("done", word, at=_confirmed_at(latest), office=entry.bureau)
    if state == State.REJECTED:
        rejected = latest[Verdict.REJECTED]
        return Stage("back", _("Not accepted"), at=rejected.decided_at, office=entry.bureau, note=rejected.reason_text)
    return Stage("todo", word, office=entry.bureau)


@register.filter
def status_word(entry: CreditEntry) -> object:
    """Name where the entry stands."""
    return status_of(entry).word
