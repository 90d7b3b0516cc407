"""Rules in words: figures with their unit, where a set stands, what a change would do."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from learning.models import Requirement, RuleSet
from learning.models.requirement import MissedCheckPolicy
from learning.rules.accounting import AccountingScheme, centipoints_of
from learning.rules.figures import ALL_FIGURES, Fault, Unit, Value
from learning.rules.outcomes import Outcome
from learning.templatetags.hours import duration, hours, hours_short, rate
from learning.templatetags.standing import Status

register = template.Library()

STATUSES: dict[str, Status] = {
    RuleSet.State.DRAFT: Status("earning", "pencil", RuleSet.State.DRAFT.label),
    RuleSet.State.SUBMITTED: Status("pending", "clock", RuleSet.State.SUBMITTED.label),
    RuleSet.State.ISSUED: Status("pending", "calendar-clock", RuleSet.State.ISSUED.label),
    RuleSet.State.IN_FORCE: Status("confirmed", "circle-check", RuleSet.State.IN_FORCE.label),
    RuleSet.State.SUPERSEDED: Status("reversed", "history", RuleSet.State.SUPERSEDED.label),
    RuleSet.State.WITHDRAWN: Status("reversed", "undo-2", RuleSet.State.WITHDRAWN.label),
}
#: Where a column's own name would say its unit, which the figure says, or is two columns.
LABELS: dict[str, object] = {
    "professional_share": gettext_lazy("least professional share"),
    "hour_seconds": gettext_lazy("length of a credit hour"),
    "lesson_slack_s": gettext_lazy("what a lesson may lack"),
}
#: What it means that a figure is none at all.
NONE: dict[str, object] = {
    "daily_cap_centihours": gettext_lazy("no cap"),
    "grace_days": gettext_lazy("without limit"),
    "makeup_until_on": pgettext_lazy("make-up", "none"),
    "leave_from_months": pgettext_lazy("leave", "nothing waived"),
    "leave_whole_months": pgettext_lazy("leave", "never all at once"),
}
FAULTS: dict[str, object] = {
    Fault.NOTHING_ASKED: gettext_lazy("State how many hours the whole year asks."),
    Fault.PUBLIC_ABOVE_TOTAL: gettext_lazy("Public hours cannot exceed the whole year’s."),
    Fault.SHARE_ABOVE_WHOLE: gettext_lazy("A share is at most the whole, such as 2/3."),
    Fault.TESTS_ABOVE_TOTAL: gettext_lazy("Public hours and the professional share together exceed the whole year’s."),
    Fault.NO_HOUR: gettext_lazy("A credit hour must have a length."),
    Fault.NO_STEP: gettext_lazy("State the step to which hours are rounded down."),
    Fault.CUTOFF_OUTSIDE: gettext_lazy("The cut-off lies in the year or the one after it."),
    Fault.MAKEUP_OUTSIDE: gettext_lazy(
        "The make-up window ends after the cut-off, in the year after it at the latest."
    ),
    Fault.LEAVE_REVERSED: gettext_lazy(
        "Say from how many months leave counts at all; the whole year is not waived for less."
    ),
    Fault.RATE_TOO_LOW: gettext_lazy("Speeds are at least 1.0, and seen parts are not slower than unseen ones."),
    Fault.CHECKS_REVERSED: gettext_lazy("The longest time between checks is not shorter than the shortest."),
    Fault.NO_TIME_TO_ANSWER: gettext_lazy("Leave time to answer a check."),
    Fault.NO_TIME_TO_AUDIT: gettext_lazy("Leave the base at least one working day."),
    Fault.NO_TIME_TO_CONFIRM: gettext_lazy("Leave the bureau at least one working day."),
}
OUTCOMES: dict[str, object] = {
    Outcome.BECOMES_MET: gettext_lazy("Not met → met"),
    Outcome.MORE_TO_STUDY: gettext_lazy("Studied enough → more to study"),
    Outcome.WOULD_FALL_SHORT: gettext_lazy("Met → would not be met"),
    Outcome.CERTIFICATE_AT_STAKE: gettext_lazy("Certificate issued → would not be met"),
}
EFFECTS: dict[str, object] = {
    Outcome.BECOMES_MET: gettext_lazy("Their year is met as soon as the version is in force."),
    Outcome.MORE_TO_STUDY: gettext_lazy("Their home page will ask for further hours: tell them before it does."),
    Outcome.WOULD_FALL_SHORT: gettext_lazy("They keep their year under the version it was met by."),
    Outcome.CERTIFICATE_AT_STAKE: gettext_lazy("They keep their year and their certificate."),
}


@register.filter
def set_status(rule_set: RuleSet) -> Status:
    """Return the badge of where a set stands."""
    return STATUSES[rule_set.state]


@register.filter
def fault_words(fault: str) -> object:
    """Say what is wrong with a figure."""
    return FAULTS.get(fault, fault)


@register.filter
def outcome_words(outcome: str) -> object:
    """Name a change of result."""
    return OUTCOMES.get(outcome, outcome)


@register.filter
def outcome_effect(outcome: str) -> object:
    """Say what happens to these people."""
    return EFFECTS.get(outcome, "")


@register.filter
def figure_label(name: str) -> object:
    """Name a figure, as its column is named."""
    if name in LABELS:
        return LABELS[name]
    return getattr(Requirement._meta.get_field(name), "verbose_name", name)


@register.simple_tag
def figure_words(name: str, value: Value) -> str:
    """Say a figure with its unit."""
    match ALL_FIGURES[name]:
        case _ if value is None:
            words = str(NONE.get(name, "—"))
        case Unit.HOURS:
            words = _("%(hours)s h") % {"hours": hours(_int(value))}
        case Unit.SHARE:
            words = _share(value)
        case Unit.LENGTH | Unit.SECONDS:
            words = duration(_int(value))
        case Unit.RATE:
            words = f"{rate(_int(value))}×"
        case Unit.DAY:
            words = date_format(value, "DATE_FORMAT") if isinstance(value, date) else "—"
        case Unit.DAYS | Unit.WORKING_DAYS | Unit.MONTHS | Unit.ENTRIES as unit:
            words = _counted(unit, _int(value))
        case Unit.YES_NO:
            words = pgettext("rule", "yes") if value else pgettext("rule", "no")
        case _:
            words = str(MissedCheckPolicy(str(value)).label)
    return words


@register.simple_tag
def in_points(rule_set: RuleSet, centihours: int) -> str:
    """Say an amount in the points of the set, or nothing where it counts in hours (R13)."""
    if rule_set.accounting != AccountingScheme.POINTS or not rule_set.point_centihours:
        return ""
    points = hours_short(centipoints_of(centihours, point_centihours=rule_set.point_centihours))
    return _("%(points)s points") % {"points": points}


def _counted(unit: Unit, n: int) -> str:
    words = {
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", n),
        Unit.WORKING_DAYS: ngettext("%(n)s working day", "%(n)s working days", n),
        Unit.MONTHS: ngettext("%(n)s month", "%(n)s months", n),
        Unit.ENTRIES: ngettext("%(n)s entry", "%(n)s entries", n),
    }
    return words[unit] % {"n": n}


def _share(value: Value) -> str:
    numerator, denominator = value if isinstance(value, tuple) else (0, 1)
    return f"{numerator}/{denominator}" if numerator else pgettext("share", "none")


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 0
