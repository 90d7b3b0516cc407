"""Waivers in words: what for, how long, where each stands and why one was not given."""

from datetime import date

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models import Evidence
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import WaiverReason
from learning.rules.waivers import Ground, Refusal
from learning.rules.years import YearState
from learning.templatetags.standing import Status

register = template.Library()

GROUNDS: dict[str, object] = {
    Ground.MATERNITY: _("maternity leave"),
    Ground.PARENTAL: _("parental leave"),
    Ground.ILLNESS: _("long illness"),
    Ground.SECONDMENT: _("secondment to another post"),
    Ground.AID_MISSION: _("aid mission to another region or abroad"),
    Ground.STUDY_ABROAD: _("study abroad"),
    Ground.PART_YEAR: _("joined part-way through the year"),
}
REFUSALS: dict[str, object] = {
    Refusal.NO_REQUIREMENT: _("No requirement of this year applies to you, so there is nothing to waive."),
    Refusal.YEAR_CLOSED: _("This year has closed: nothing is waived of it any more."),
    Refusal.YEAR_MET: _("This year is fulfilled already: there is nothing left to waive."),
    Refusal.DAYS_REVERSED: _("The last day lies before the first."),
    Refusal.OUTSIDE_YEAR: _("None of these days lies in this year. Ask for each year by itself."),
    Refusal.NOT_WAIVED: _("The rule of this year does not waive hours for this."),
    Refusal.TOO_SHORT: _("These are fewer full months than the rule waives hours for."),
    Refusal.OVERLAPS: _("You have asked for some of these days already."),
    Refusal.ALL_WAIVED: _("The whole year is asked for already."),
}
REASONS: dict[str, object] = {
    WaiverReason.PROOF: _("The proof is missing or cannot be read"),
    WaiverReason.DAYS: _("The days differ from the document"),
    WaiverReason.GROUND: _("The rule does not waive hours for this"),
    WaiverReason.IDENTITY: _("Your identity needs checking"),
    WaiverReason.OTHER: pgettext_lazy("reason", "Another reason, written below"),
}
STATUSES: dict[str, Status] = {
    State.EARNED: Status("pending", "clock", _("Being checked")),
    State.AUDITED: Status("pending", "clock", _("With a second officer")),
    State.RETURNED: Status("returned", "circle-alert", _("Returned")),
    State.CONFIRMED: Status("confirmed", "circle-check", pgettext_lazy("waiver", "Waived")),
    State.REJECTED: Status("returned", "circle-x", pgettext_lazy("waiver", "Refused")),
    State.REVERSED: Status("reversed", "undo-2", _("Taken back")),
}
YEARS: dict[str, object] = {
    YearState.OPEN: pgettext_lazy("year", "in progress"),
    YearState.DECIDING: pgettext_lazy("year", "waiting for the offices"),
    YearState.NOT_MET: pgettext_lazy("year", "closed"),
    YearState.MAKE_UP: pgettext_lazy("year", "being made up"),
    YearState.MET: pgettext_lazy("year", "passed"),
    YearState.CONFIRMED: pgettext_lazy("year", "passed"),
}


#: What each verdict means of a waiver, which no base sees.
VERDICTS: dict[str, object] = {
    Verdict.APPROVED: _("found in order"),
    Verdict.RETURNED: pgettext_lazy("verdict", "returned to the learner"),
    Verdict.RESUBMITTED: pgettext_lazy("verdict", "handed in again"),
    Verdict.CONFIRMED: pgettext_lazy("waiver", "granted"),
    Verdict.SENT_BACK: _("to be checked again"),
    Verdict.REJECTED: pgettext_lazy("waiver", "refused"),
    Verdict.REVERSED: pgettext_lazy("verdict", "taken back"),
}


@register.filter
def ground_words(code: str) -> object:
    """Name a ground."""
    return GROUNDS.get(code, code)


@register.filter
def day_of(asked: Evidence, name: str) -> date:
    """Return the first or last day of what was asked for."""
    return date.fromisoformat(asked.facts[name])


@register.filter
def waiver_status(state: str) -> Status:
    """Return the badge of where a waiver stands."""
    return STATUSES[state]


@register.filter
def year_words(state: str) -> object:
    """Say where a year stands."""
    return YEARS.get(state, state)
