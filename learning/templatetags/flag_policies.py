"""Flag policies in words: what each threshold is, in which unit, and why it is there."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from learning.models import FlagProposal
from learning.rules.flags.thresholds import THRESHOLDS, Threshold, ThresholdUnit
from learning.templatetags.hours import duration
from learning.templatetags.standing import Status

register = template.Library()

UNITS = {each.name: each.unit for each in THRESHOLDS}
STATUSES: dict[str, Status] = {
    FlagProposal.State.WAITING: Status("pending", "clock", FlagProposal.State.WAITING.label),
    FlagProposal.State.ISSUED: Status("confirmed", "circle-check", FlagProposal.State.ISSUED.label),
    FlagProposal.State.WITHDRAWN: Status("reversed", "undo-2", FlagProposal.State.WITHDRAWN.label),
}
LABELS: dict[str, object] = {
    "peers_min": gettext_lazy("Entries needed to say what is usual"),
    "overlap_s_min": gettext_lazy("Shared time from which it is told"),
    "network_people_min": gettext_lazy("People from which it is told"),
    "exam_percent_of_usual_max": gettext_lazy("Share of the usual time, at most"),
    "night_from_hour": gettext_lazy("The night begins at"),
    "night_hours": gettext_lazy("The night lasts"),
    "night_s_min": gettext_lazy("Study in one night from which it is told"),
    "missed_checks_min": gettext_lazy("Missed checks from which it is told"),
    "missed_percent_min": gettext_lazy("And at least this share of those asked"),
    "answers_min": gettext_lazy("Answers needed to compare their times"),
    "answer_spread_ms_max": gettext_lazy("Slowest and quickest answer lie apart, at most"),
}
MEANINGS: dict[str, object] = {
    "peers_min": gettext_lazy(
        "Usual is the middle of the last hundred entries of the same course. With fewer than this, nothing is compared."
    ),
    "overlap_s_min": gettext_lazy(
        "Time in which the same person studied something else too. Higher: only longer overlaps are told."
    ),
    "network_people_min": gettext_lazy(
        "People who sat the same exam on one network on one day. Where a course is usually sat together, "
        "it takes twice as many as usual."
    ),
    "exam_percent_of_usual_max": gettext_lazy("Of the course’s usual exam time. Lower: only quicker exams are told."),
    "night_from_hour": gettext_lazy("On a full hour, from 0 to 23 o’clock."),
    "night_hours": gettext_lazy("From then on, 1 to 12 hours."),
    "night_s_min": gettext_lazy("Time of lectures watched in one night. Higher: only longer nights are told."),
    "missed_checks_min": gettext_lazy("Presence checks nobody answered, in the whole course."),
    "missed_percent_min": gettext_lazy("Of the checks asked; both must be reached."),
    "answers_min": gettext_lazy("With fewer answered checks, their times say nothing."),
    "answer_spread_ms_max": gettext_lazy("1,000 ms are a second. Lower: only more even answers are told."),
}
#: The unit a figure is written in, where its name does not say it.
WRITTEN_IN: dict[ThresholdUnit, object] = {
    ThresholdUnit.SECONDS: pgettext_lazy("fieldunit", " (seconds)"),
    ThresholdUnit.MINUTES: pgettext_lazy("fieldunit", " (minutes)"),
    ThresholdUnit.HOURS: pgettext_lazy("fieldunit", " (hours)"),
    ThresholdUnit.O_CLOCK: pgettext_lazy("fieldunit", " (o’clock)"),
    ThresholdUnit.PERCENT: pgettext_lazy("fieldunit", " (%)"),
    ThresholdUnit.MILLISECONDS: pgettext_lazy("fieldunit", " (ms)"),
}
_S_PER_HOUR = 3_600


@register.filter
def proposal_status(proposal: FlagProposal) -> Status:
    """Return the badge of where a proposal stands."""
    return STATUSES[proposal.state]


@register.filter
def threshold_label(threshold: Threshold) -> object:
    """Name a threshold."""
    return LABELS[threshold.name]


@register.filter
def threshold_meaning(threshold: Threshold) -> object:
    """Say what it counts and what another figure would do."""
    return MEANINGS[threshold.name]


def threshold_unit(threshold: Threshold) -> object:
    """Return the unit it is written in, to stand after its name; nothing where the name says it."""
    return WRITTEN_IN.get(threshold.unit, "")


@register.simple_tag
def threshold_words(threshold: Threshold, value: int) -> str:
    """Say a threshold with its unit."""
    match threshold.unit:
        case ThresholdUnit.O_CLOCK:
            words = f"{value:02d}:00"
        case ThresholdUnit.HOURS:
            words = duration(value * _S_PER_HOUR)
        case ThresholdUnit.MINUTES | ThresholdUnit.SECONDS:
            words = duration(value)
        case ThresholdUnit.PERCENT:
            words = f"{value}%"
        case unit:
            words = _counted(unit, value)
    return words


def _counted(unit: ThresholdUnit, n: int) -> str:
    words = {
        ThresholdUnit.ENTRIES: ngettext("%(n)s entry", "%(n)s entries", n),
        ThresholdUnit.PEOPLE: ngettext("%(n)s person", "%(n)s people", n),
        ThresholdUnit.ANSWERS: ngettext("%(n)s answer", "%(n)s answers", n),
        ThresholdUnit.CHECKS: ngettext("%(n)s check", "%(n)s checks", n),
        ThresholdUnit.MILLISECONDS: _("%(n)s ms"),
    }
    return words[unit] % {"n": n}
