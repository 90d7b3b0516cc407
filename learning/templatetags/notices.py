"""Notices in words, made when they are read: in the page's language, and in a message's.

Facts come from `learning.actions.notices` and `reminders`; what a fact no longer says, or
never said, is left out rather than guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from learning.models import Certificate, Notice, Person
from learning.rules.credit_states import State
from learning.rules.names import masked
from learning.rules.notices import STAFF_KINDS, Channel, NoticeKind
from learning.templatetags.hours import hours, name_here
from learning.templatetags.reasons import RETURN_REASONS, REVERSAL_REASONS, SEND_BACK_REASONS
from learning.templatetags.waivers import REASONS as WAIVER_REASONS

register = template.Library()

#: Why hours, or a waiver, were returned or not accepted, as the learner's own pages say it.
TO_LEARNERS: Final = WAIVER_REASONS | RETURN_REASONS
#: From so many on, the mark in the frame says only that there are many.
COUNTED_MOST = 99

KIND_WORDS: dict[str, object] = {
    NoticeKind.AT_RISK: pgettext_lazy("message", "The year is at risk"),
    NoticeKind.RETURNED: pgettext_lazy("message", "Hours returned to you"),
    NoticeKind.CONFIRMED: pgettext_lazy("message", "Hours confirmed"),
    NoticeKind.REJECTED: pgettext_lazy("message", "Hours not accepted"),
    NoticeKind.REVERSED: pgettext_lazy("message", "Hours taken back"),
    NoticeKind.ISSUED: pgettext_lazy("message", "Certificate issued"),
    NoticeKind.REPLACED: pgettext_lazy("message", "Certificate replaced"),
    NoticeKind.REVOKED: pgettext_lazy("message", "Certificate revoked"),
    NoticeKind.SENT_BACK: pgettext_lazy("message", "Hours sent back to your office"),
    NoticeKind.QUEUE_OVERDUE: pgettext_lazy("message", "A queue of your office is late"),
}
CHANNEL_WORDS: dict[str, object] = {
    Channel.EMAIL: pgettext_lazy("channel", "E-mail"),
    Channel.SMS: pgettext_lazy("channel", "Text message"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind is drawn: icon, and the family of its colour."""

    icon: str
    style: str


LOOKS: Final[dict[str, Look]] = {
    NoticeKind.AT_RISK: Look("calendar-clock", "warn"),
    NoticeKind.RETURNED: Look("circle-alert", "bad"),
    NoticeKind.CONFIRMED: Look("circle-check", "ok"),
    NoticeKind.REJECTED: Look("circle-x", "bad"),
    NoticeKind.REVERSED: Look("undo-2", "bad"),
    NoticeKind.ISSUED: Look("award", "ok"),
    NoticeKind.REPLACED: Look("file-pen-line", "info"),
    NoticeKind.REVOKED: Look("circle-x", "bad"),
    NoticeKind.SENT_BACK: Look("undo-2", "warn"),
    NoticeKind.QUEUE_OVERDUE: Look("hourglass", "warn"),
}

Facts = dict[str, Any]


def _said(facts: Facts, name: str) -> str:
    """Return a fact held in both languages, in the active one."""
    english = str(facts.get(f"{name}_en", ""))
    if english and (get_language() or "").startswith("en"):
        return english
    return str(facts.get(f"{name}_zh", ""))


def _day(facts: Facts, name: str) -> str:
    return date_format(date.fromisoformat(facts[name]), "DATE_FORMAT")


def _words(facts: Facts) -> Facts:
    """Return what the sentences below are filled with."""
    return {
        **facts,
        "hours": hours(facts.get("centihours")),
        "office": _said(facts, "office"),
        "title": _said(facts, "title"),
    }


def _count(facts: Facts) -> str:
    if facts["state"] == State.AUDITED:
        sentence = ngettext(
            "%(count)s record has waited for confirmation for more than %(working_days)s working days",
            "%(count)s records have waited for confirmation for more than %(working_days)s working days",
            facts["count"],
        )
    else:
        sentence = ngettext(
            "%(count)s record has waited for audit for more than %(working_days)s working days",
            "%(count)s records have waited for audit for more than %(working_days)s working days",
            facts["count"],
        )
    return sentence % facts


HEADLINES: Final[dict[str, Callable[[Facts], str]]] = {
    NoticeKind.AT_RISK: lambda facts: _("%(year)s is at risk: %(hours)s hours are still to study") % facts,
    NoticeKind.RETURNED: lambda facts: _("%(office)s returned these %(hours)s hours: %(title)s") % facts,
    NoticeKind.CONFIRMED: lambda facts: _("%(hours)s hours confirmed: %(title)s") % facts,
    NoticeKind.REJECTED: lambda facts: _("%(office)s did not accept these %(hours)s hours: %(title)s") % facts,
    NoticeKind.REVERSED: lambda facts: _("%(office)s took back these %(hours)s hours: %(title)s") % facts,
    NoticeKind.ISSUED: lambda facts: _("Your certificate of %(year)s is issued") % facts,
    NoticeKind.REPLACED: lambda facts: _("Your certificate of %(year)s was replaced by a new one") % facts,
    NoticeKind.REVOKED: lambda facts: _("Your certificate of %(year)s was revoked") % facts,
    NoticeKind.SENT_BACK: lambda facts: _("%(office)s sent back %(hours)s hours to audit again: %(title)s") % facts,
    NoticeKind.QUEUE_OVERDUE: _count,
}


def _reason(facts: Facts, words: dict[str, object]) -> str:
    """Name the reason; a code of another time stands as it is."""
    return str(words.get(facts["reason"], facts["reason"]))


def _at_risk(facts: Facts) -> str:
    return _("The year closes on %(date)s. Open it to see what is next.") % {"date": _day(facts, "closes_on")}


def _returned(facts: Facts) -> str:
    return _("%(reason)s. Please answer on its page; the evidence stays as it was.") % {
        "reason": _reason(facts, TO_LEARNERS)
    }


def _rejected(facts: Facts) -> str:
    return _("%(reason)s. Its page shows the office’s words.") % {"reason": _reason(facts, TO_LEARNERS)}


def _sent_back(facts: Facts) -> str:
    return _("%(reason)s. Its page shows the office’s words.") % {"reason": _reason(facts, SEND_BACK_REASONS)}


def _taken_back(facts: Facts) -> str:
    return _("%(reason)s. Its page shows the office’s words.") % {"reason": _reason(facts, REVERSAL_REASONS)}


def _confirmed(facts: Facts) -> str:
    return _("By %(office)s. They count in %(year)s.") % facts


def _issued(facts: Facts) -> str:
    return _("No. %(serial)s, by %(office)s. Anyone can check it.") % facts


def _replaced(facts: Facts) -> str:
    reason = _reason(facts, dict(Certificate.ReplacementReason.choices))
    return _("The new one is no. %(by_serial)s. Reason: %(reason)s.") % {**facts, "reason": reason}


def _revoked(facts: Facts) -> str:
    reason = _reason(facts, dict(Certificate.RevocationReason.choices))
    return _("No. %(serial)s, by %(office)s. Reason: %(reason)s.") % {**facts, "reason": reason}


def _overdue(facts: Facts) -> str:
    return _("At %(office)s. The longest has waited since %(date)s.") % {**facts, "date": _day(facts, "oldest_on")}


DETAILS: Final[dict[str, Callable[[Facts], str]]] = {
    NoticeKind.AT_RISK: _at_risk,
    NoticeKind.RETURNED: _returned,
    NoticeKind.CONFIRMED: _confirmed,
    NoticeKind.REJECTED: _rejected,
    NoticeKind.REVERSED: _taken_back,
    NoticeKind.ISSUED: _issued,
    NoticeKind.REPLACED: _replaced,
    NoticeKind.REVOKED: _revoked,
    NoticeKind.SENT_BACK: _sent_back,
    NoticeKind.QUEUE_OVERDUE: _overdue,
}


@register.filter
def headline(notice: Notice) -> str:
    """Say in a sentence what happened."""
    return HEADLINES[notice.kind](_words(notice.facts))


@register.filter
def detail(notice: Notice) -> str:
    """Say what follows from it."""
    return DETAILS[notice.kind](_words(notice.facts))


@register.filter
def look(notice: Notice) -> Look:
    """Return how it is drawn."""
    return LOOKS[notice.kind]


@register.filter
def kind_words(kind: str) -> object:
    """Name a kind."""
    return KIND_WORDS[kind]


@register.filter
def channel_words(channel: str) -> object:
    """Name a channel."""
    return CHANNEL_WORDS[channel]


@register.filter
def subject_href(notice: Notice) -> str:
    """Return the address of what the notice is about."""
    facts = notice.facts
    if notice.kind in STAFF_KINDS:
        return _queue_href(facts)
    if notice.kind == NoticeKind.AT_RISK:
        return reverse("learning:year", args=[facts["year"]])
    if "serial" in facts:
        return reverse("learning:certificate", args=[facts.get("by_serial", facts["serial"])])
    return reverse("learning:entry", args=[facts["entry"]])


def _queue_href(facts: Facts) -> str:
    """Return the address of an office's queue, opened at the entry if the facts name one."""
    if facts.get("state") == State.AUDITED:
        return f"{reverse('learning:confirm')}?bureau={facts['slug']}"
    queue = reverse("learning:audit", args=[facts["slug"]])
    return f"{queue}?entry={facts['entry']}" if "entry" in facts else queue


@register.filter
def counted(count: int) -> str:
    """Show a number in the frame's mark: 7, or 99+."""
    return str(count) if count <= COUNTED_MOST else f"{COUNTED_MOST}+"


@register.filter
def masked_here(person: Person) -> str:
    """Show no more of a person's name than its first character."""
    return masked(name_here(person))


@register.filter
def unread_count(request: HttpRequest) -> int:
    """Count what the visitor has not read, up to one more than is shown; one indexed question."""
    if not isinstance(request.user, Person):
        return 0
    return Notice.objects.visible_to(request.user).unread()[: COUNTED_MOST + 1].count()
