"""Reasons in words: what an auditor or officer chooses, and what the reader is told."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models import CreditDecision, CreditEntry
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import ReturnReason, ReversalReason, SendBackReason
from learning.templatetags.waivers import REASONS as WAIVER_REASONS
from learning.templatetags.waivers import VERDICTS as WAIVER_VERDICTS

register = template.Library()

RETURN_REASONS: dict[str, object] = {
    ReturnReason.IDENTITY: _("Your identity needs checking"),
    ReturnReason.VIEWING: _("Please explain the viewing record"),
    ReturnReason.EXAM: _("Please explain how you took the exam"),
    ReturnReason.DOCUMENT: _("A document is missing or cannot be read"),
    ReturnReason.HOURS: _("The hours differ from the evidence"),
    ReturnReason.YEAR: _("The hours belong to another year"),
    ReturnReason.OTHER: pgettext_lazy("reason", "Another reason, written below"),
}
SEND_BACK_REASONS: dict[str, object] = {
    SendBackReason.SCOPE: _("Outside the scope the base is approved for"),
    SendBackReason.OVERLAP: _("The times overlap with study elsewhere"),
    SendBackReason.IDENTITY: _("The identity differs from the roster"),
    SendBackReason.EVIDENCE: _("The evidence is incomplete"),
    SendBackReason.HOURS: _("The hours differ from the evidence"),
    SendBackReason.OTHER: pgettext_lazy("reason", "Another reason, written below"),
}
REVERSAL_REASONS: dict[str, object] = {
    ReversalReason.MISTAKE: _("Confirmed by mistake"),
    ReversalReason.SCOPE: SEND_BACK_REASONS[SendBackReason.SCOPE],
    ReversalReason.OVERLAP: SEND_BACK_REASONS[SendBackReason.OVERLAP],
    ReversalReason.IDENTITY: SEND_BACK_REASONS[SendBackReason.IDENTITY],
    ReversalReason.EVIDENCE: _("The evidence does not hold"),
    ReversalReason.HOURS: SEND_BACK_REASONS[SendBackReason.HOURS],
    ReversalReason.OTHER: SEND_BACK_REASONS[SendBackReason.OTHER],
}
REASONS: dict[str, dict[str, object]] = {
    Verdict.RETURNED: RETURN_REASONS,
    Verdict.SENT_BACK: SEND_BACK_REASONS,
    Verdict.REVERSED: REVERSAL_REASONS,
}
VERDICTS: dict[str, object] = {
    Verdict.APPROVED: pgettext_lazy("verdict", "approved"),
    Verdict.RETURNED: pgettext_lazy("verdict", "returned to the learner"),
    Verdict.RESUBMITTED: pgettext_lazy("verdict", "handed in again"),
    Verdict.CONFIRMED: pgettext_lazy("verdict", "confirmed"),
    Verdict.SENT_BACK: pgettext_lazy("verdict", "sent back to the base"),
    Verdict.REJECTED: pgettext_lazy("verdict", "not accepted"),
    Verdict.REVERSED: pgettext_lazy("verdict", "taken back"),
}
STANDS: dict[str, object] = {
    State.EARNED: pgettext_lazy("state", "waiting for audit"),
    State.AUDITED: pgettext_lazy("state", "waiting for confirmation"),
    State.RETURNED: pgettext_lazy("state", "with the learner"),
    State.CONFIRMED: pgettext_lazy("verdict", "confirmed"),
    State.REJECTED: pgettext_lazy("verdict", "not accepted"),
    State.REVERSED: pgettext_lazy("state", "reversed"),
}
ORDER_WORDS: dict[str, object] = {
    "oldest": _("Longest wait first"),
    "newest": _("Newest first"),
    "hours": _("Most hours first"),
    "name": _("By name"),
    "flags": _("Flagged first"),
}
REVERSAL_ORDERS: dict[str, object] = {
    "newest": _("Newest first"),
    "oldest": _("Oldest first"),
    "hours": _("Most hours first"),
    "name": _("By name"),
}


@register.filter
def verdict_words(decision: CreditDecision) -> object:
    """Name a verdict."""
    if decision.entry.kind == CreditEntry.Kind.WAIVED:
        return WAIVER_VERDICTS.get(decision.verdict, decision.verdict)
    return VERDICTS.get(decision.verdict, decision.verdict)


@register.filter
def stands_words(entry: CreditEntry) -> object:
    """Say where an entry stands, as offices speak of it."""
    return STANDS.get(entry.standing.state, entry.standing.state)


@register.filter
def reason_words(decision: CreditDecision) -> str:
    """Return the reason of a decision in words; a code of another time stands as it is."""
    words = REASONS.get(decision.verdict, RETURN_REASONS)
    if decision.entry.kind == CreditEntry.Kind.WAIVED:
        words = WAIVER_REASONS | words
    return str(words.get(decision.reason_code, decision.reason_code))


@register.filter
def reversal_words(code: str) -> object:
    """Return why hours were taken back, in words."""
    return REVERSAL_REASONS.get(code, code)
