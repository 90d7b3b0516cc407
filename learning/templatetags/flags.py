"""Flags in words: what was measured, what is usual, what else it can mean, what to ask. Never an accusation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from learning.models import CreditFlag
from learning.rules.flags import FlagCode
from learning.rules.reasons import ReturnReason
from learning.templatetags.hours import duration, percent_of

register = template.Library()

_TENTH_MS = 100


@dataclass(frozen=True, slots=True)
class Bars:
    """Two figures beside each other: words, and their lengths in per cent as text."""

    figure: str
    usual: str
    figure_width: str
    usual_width: str


def _people(count: int) -> str:
    return ngettext("%(n)s person", "%(n)s people", count) % {"n": count}


def _times(count: int) -> str:
    return ngettext("%(n)s check", "%(n)s checks", count) % {"n": count}


def _seconds_of_ms(spread_ms: int) -> str:
    whole_s, rest = divmod(spread_ms // _TENTH_MS, 10)
    return _("%(seconds)s s") % {"seconds": f"{whole_s}.{rest}"}


#: How a figure is told; what has none is a yes or no.
_UNITS: dict[str, Callable[[int], str]] = {
    FlagCode.SAME_NETWORK: _people,
    FlagCode.NIGHT_MARATHON: duration,
    FlagCode.EVEN_TIMING: _seconds_of_ms,
    FlagCode.OVERLAPPING: duration,
    FlagCode.MISSED_CHECKS: _times,
    FlagCode.QUICK_EXAM: duration,
}
TITLES: dict[str, object] = {
    FlagCode.IDENTITY: pgettext_lazy("flag", "ID number differs"),
    FlagCode.OUTSIDE_SCOPE: pgettext_lazy("flag", "Outside the scope"),
    FlagCode.OVERLAPPING: pgettext_lazy("flag", "Times overlap"),
    FlagCode.SAME_NETWORK: pgettext_lazy("flag", "Same network"),
    FlagCode.QUICK_EXAM: pgettext_lazy("flag", "Short exam"),
    FlagCode.NIGHT_MARATHON: pgettext_lazy("flag", "Long night"),
    FlagCode.MISSED_CHECKS: pgettext_lazy("flag", "Checks missed"),
    FlagCode.EVEN_TIMING: pgettext_lazy("flag", "Even answers"),
}
_WORDS: dict[str, object] = {
    FlagCode.IDENTITY: gettext_lazy("The ID number on the register is not the one of the account"),
    FlagCode.OUTSIDE_SCOPE: gettext_lazy("The base is not approved to teach this subject"),
    FlagCode.OVERLAPPING: gettext_lazy("%(figure)s overlap with other study of the same person"),
    FlagCode.SAME_NETWORK: gettext_lazy("%(figure)s sat this exam on one network that day"),
    FlagCode.QUICK_EXAM: gettext_lazy("The exam was handed in after %(figure)s"),
    FlagCode.NIGHT_MARATHON: gettext_lazy("%(figure)s of study in one night"),
    FlagCode.MISSED_CHECKS: gettext_lazy("%(count)s of %(asked)s presence checks were not answered"),
    FlagCode.EVEN_TIMING: gettext_lazy("%(answers)s checks answered within %(figure)s of each other"),
}
_ELSE: dict[str, object] = {
    FlagCode.IDENTITY: gettext_lazy("A typing error on the register looks the same."),
    FlagCode.OUTSIDE_SCOPE: gettext_lazy("The approval may have been extended since."),
    FlagCode.OVERLAPPING: gettext_lazy("A register that holds only planned times looks the same."),
    FlagCode.SAME_NETWORK: gettext_lazy("Sitting it together at work looks the same."),
    FlagCode.QUICK_EXAM: gettext_lazy("Somebody who knows the subject well may need as little."),
    FlagCode.NIGHT_MARATHON: gettext_lazy("Working shifts looks the same."),
    FlagCode.MISSED_CHECKS: gettext_lazy("A muted phone or a short break looks the same."),
    FlagCode.EVEN_TIMING: gettext_lazy("An assistive device or a steady hand looks the same."),
}
#: The reason a return begins with, and what is asked of the learner.
_ASK: dict[str, tuple[ReturnReason, object]] = {
    FlagCode.IDENTITY: (
        ReturnReason.IDENTITY,
        gettext_lazy("Please check the ID number with your employer and say which one is right."),
    ),
    FlagCode.OUTSIDE_SCOPE: (
        ReturnReason.OTHER,
        gettext_lazy("Please hand these hours in with a base that is approved for the subject."),
    ),
    FlagCode.OVERLAPPING: (
        ReturnReason.VIEWING,
        gettext_lazy("Please say which of the two you attended at that time."),
    ),
    FlagCode.SAME_NETWORK: (
        ReturnReason.EXAM,
        gettext_lazy("Please say where you sat the exam and who was there."),
    ),
    FlagCode.QUICK_EXAM: (ReturnReason.EXAM, gettext_lazy("Please say how you prepared for the exam.")),
    FlagCode.NIGHT_MARATHON: (ReturnReason.VIEWING, gettext_lazy("Please say how you studied that night.")),
    FlagCode.MISSED_CHECKS: (
        ReturnReason.VIEWING,
        gettext_lazy("Please say why the presence checks were not answered."),
    ),
    FlagCode.EVEN_TIMING: (
        ReturnReason.VIEWING,
        gettext_lazy("Please say how you answered the presence checks."),
    ),
}


@register.filter
def flag_title(code: str) -> object:
    """Name a flag in two or three words; a code of another time stands as it is."""
    return TITLES.get(code, code)


@register.filter
def flag_words(flag: CreditFlag) -> str:
    """Tell the fact with its figure."""
    told = dict(flag.facts)
    unit = _UNITS.get(flag.code)
    return str(_WORDS.get(flag.code, flag.code)) % {
        **told,
        "count": flag.figure,
        "figure": unit(flag.figure) if unit else "",
    }


@register.filter
def flag_usual(flag: CreditFlag) -> str:
    """Tell what is usual; empty where there is nothing to compare: an ID number, or hours of no course."""
    unit = _UNITS.get(flag.code)
    if unit is None or (flag.usual is None and flag.entry.enrolment_id is None):
        return ""
    if flag.usual is None:
        return _("Too few learners so far to say what is usual.")
    return _("Usual on this course: %(usual)s.") % {"usual": unit(flag.usual)}


@register.filter
def flag_usual_figure(flag: CreditFlag) -> str:
    """Tell the usual figure alone."""
    unit = _UNITS.get(flag.code)
    return unit(flag.usual) if unit is not None and flag.usual is not None else ""


@register.filter
def flag_else(flag: CreditFlag) -> object:
    """Tell what else it can mean."""
    return _ELSE.get(flag.code, "")


@register.filter
def flag_bars(flag: CreditFlag) -> Bars | None:
    """Lay the figure beside the usual one; None where there is none."""
    unit = _UNITS.get(flag.code)
    if unit is None or flag.usual is None:
        return None
    longest = max(flag.figure, flag.usual, 1)
    return Bars(unit(flag.figure), unit(flag.usual), percent_of(flag.figure, longest), percent_of(flag.usual, longest))


def asked(flags: list[CreditFlag]) -> tuple[str, str]:
    """Return the reason and the words a return of these begins with; the office changes them as it likes."""
    found = [_ASK[flag.code] for flag in flags if flag.code in _ASK]
    text = " ".join(dict.fromkeys(str(words) for _reason, words in found))
    return (str(found[0][0]), text) if found else ("", "")
