"""How people stand, in words and in bars; what is withheld is drawn as such."""

import datetime as dt
from collections.abc import Mapping

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from learning.rules.credit_states import State
from learning.rules.year_status import YearStatus
from learning.templatetags.bars import Segment, segments
from learning.views.compliance_query import ComplianceQuery, LineOrder, Parting, PeopleOrder, PeopleQuery
from learning.views.compliance_tables import QueueLine

register = template.Library()

STATUS_WORDS: dict[str, object] = {
    YearStatus.QUALIFIED: pgettext_lazy("year", "qualified"),
    YearStatus.AWAITING: pgettext_lazy("year", "all studied, with an office"),
    YearStatus.ON_TRACK: pgettext_lazy("year", "on track"),
    YearStatus.AT_RISK: pgettext_lazy("year", "at risk"),
    YearStatus.MAKING_UP: pgettext_lazy("year", "in its make-up window"),
    YearStatus.MISSED: pgettext_lazy("year", "short at the cut-off"),
    YearStatus.NOT_STARTED: pgettext_lazy("year", "not started"),
}
#: As narrow as a column.
COLUMN_WORDS: dict[str, object] = {
    YearStatus.QUALIFIED: pgettext_lazy("column", "Qualified"),
    YearStatus.AWAITING: pgettext_lazy("column", "With an office"),
    YearStatus.ON_TRACK: pgettext_lazy("column", "On track"),
    YearStatus.AT_RISK: pgettext_lazy("column", "At risk"),
    YearStatus.MAKING_UP: pgettext_lazy("column", "Being made up"),
    YearStatus.MISSED: pgettext_lazy("column", "Short"),
    YearStatus.NOT_STARTED: pgettext_lazy("column", "Not started"),
}
PARTING_WORDS: dict[str, object] = {
    Parting.REGION: gettext_lazy("County"),
    Parting.INDUSTRY: gettext_lazy("Industry"),
    Parting.BASE: pgettext_lazy("organisation", "Base"),
    Parting.LEVEL: gettext_lazy("Title level"),
    Parting.EMPLOYER: gettext_lazy("Employing unit"),
}
ORDER_WORDS: dict[str, object] = {
    LineOrder.GAP: gettext_lazy("Widest gap first"),
    LineOrder.PEOPLE: gettext_lazy("Most people first"),
    LineOrder.NAME: pgettext_lazy("compliance", "By name"),
}
PEOPLE_ORDER_WORDS: dict[str, object] = {
    PeopleOrder.TO_STUDY: gettext_lazy("Most to study first"),
    PeopleOrder.NAME: gettext_lazy("By name"),
    PeopleOrder.REGION: gettext_lazy("By county"),
}
#: Solid is final, hatched waits for an office, as on the home page; an empty track has not begun.
FILLS: dict[str, str] = {
    YearStatus.QUALIFIED: "f-prof",
    YearStatus.AWAITING: "f-prof-wait",
    YearStatus.ON_TRACK: "f-pub",
    YearStatus.AT_RISK: "f-warn",
    YearStatus.MAKING_UP: "f-left",
    YearStatus.MISSED: "f-there",
    YearStatus.NOT_STARTED: "",
}
WITHHELD = "f-veiled"


@register.filter
def status_word(status: str) -> object:
    """Name how a year stands."""
    return STATUS_WORDS[status]


@register.filter
def status_column(status: str) -> object:
    """Name how a year stands, as narrow as a column."""
    return COLUMN_WORDS[status]


@register.simple_tag
def standing_words(status: str, makeup_until: dt.date | None) -> object:
    """Name how a year stands, and until when what is made up still counts."""
    if status != YearStatus.MAKING_UP or makeup_until is None:
        return STATUS_WORDS[status]
    day = date_format(makeup_until, "Y-m-d")
    return pgettext("year", "in its make-up window until %(day)s") % {"day": day}


@register.filter
def status_fill(status: str) -> str:
    """Return the fill of a status in bars; empty: the track itself."""
    return FILLS[status] or "f-track"


@register.filter
def status_segments(by_status: Mapping[YearStatus, int | None], people: int) -> list[Segment]:
    """Return the bar of a line; the withheld numbers are one part, so that no length tells them."""
    told = [(FILLS[status], count or 0) for status, count in by_status.items() if FILLS[status]]
    veiled = people - sum(count for count in by_status.values() if count is not None)
    return segments([*told, (WITHHELD, veiled)], people)


@register.simple_tag
def status_sentence(by_status: Mapping[YearStatus, int | None], people: int) -> str:
    """Say a bar in words."""
    parts = [f"{STATUS_WORDS[status]} {count}" for status, count in by_status.items() if count]
    veiled = people - sum(count for count in by_status.values() if count is not None)
    if veiled:
        parts.append(ngettext("%(n)s withheld", "%(n)s withheld", veiled) % {"n": veiled})
    return _("%(n)s people: %(parts)s") % {"n": people, "parts": _(", ").join(parts)}


@register.filter
def share_of(count: int | None, people: int) -> int | None:
    """Return a share in per cent, rounded down."""
    return None if count is None or not people else count * 100 // people


@register.filter
def waits_for(row: QueueLine) -> object:
    """Say who holds what waits."""
    if row.state == State.AUDITED:
        return row.bureau.name
    if row.state == State.RETURNED:
        return _("the learners, who are asked to answer")
    return row.auditor.name


@register.filter
def parting_word(by: str) -> object:
    """Name what a table parts the people by."""
    return PARTING_WORDS[by]


@register.simple_tag
def parted(query: ComplianceQuery, by: str) -> str:
    """Return the query string of the same figures, parted otherwise."""
    return query.address(by="" if by == Parting.REGION else by)


@register.simple_tag
def ordered(query: ComplianceQuery | PeopleQuery, order: str) -> str:
    """Return the query string of the same figures or people, in another order."""
    usual = LineOrder.GAP if isinstance(query, ComplianceQuery) else PeopleOrder.TO_STUDY
    return query.address(order="" if order == usual else order)
