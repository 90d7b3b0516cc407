"""The fields in which an officer writes figures: hours, minutes and shares as people write them.

Knows units and how none at all is typed; which figures a set has is `rule_input`'s knowledge.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from learning.models.requirement import MissedCheckPolicy
from learning.rules.figures import ALL_FIGURES, OPTIONAL_FIGURES, YEAR_FIGURES, Unit, Value
from learning.templatetags.hours import hours_short

CENTI, SECONDS_PER_MINUTE = 100, 60
SHARE = re.compile(r"^(\d{1,3})\s*/\s*(\d{1,3})$")
LONGEST_S = 86_400
#: What is typed for none at all, where 0 is a figure and empty means the region above.
NONE = "-"
OUT_OF_BOUNDS = {
    "min_value": gettext_lazy("Give %(limit_value)s or more."),
    "max_value": gettext_lazy("Give %(limit_value)s or less."),
}


class ShareField(forms.CharField):
    """Takes 2/3 and answers (2, 3); 0 is no share at all."""

    def clean(self, value: Any) -> Any:
        """Return the pair, or the empty string. Raises: ValidationError."""
        text = super().clean(value)
        if text in {"", "0"}:
            return (0, 1) if text else ""
        found = SHARE.match(text)
        if found is None or not int(found[2]):
            raise forms.ValidationError(_("Write a share such as 2/3, or 0 for none."))
        return int(found[1]), int(found[2])


class OrNone(forms.CharField):
    """Takes what another field takes, or - for none at all."""

    def __init__(self, of: forms.Field, **kwargs: Any) -> None:
        """Remember the field that reads everything but the dash."""
        super().__init__(max_length=10, **kwargs)
        self._of = of

    def clean(self, value: Any) -> Any:
        """Return what the other field makes of it, the dash itself, or the empty string. Raises: ValidationError."""
        text = super().clean(value)
        return text if text in {"", NONE, "—", "－"} else self._of.clean(text)


def number(places: int, most: int, **kwargs: Any) -> forms.DecimalField:
    """Return the field of a number with so many decimal places."""
    return forms.DecimalField(
        min_value=0,
        max_value=most,
        decimal_places=places,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages=OUT_OF_BOUNDS,
        **kwargs,
    )


#: Decimal places and the most that may be typed.
NUMBERS = {
    Unit.HOURS: (2, 1_000),
    Unit.LENGTH: (2, 600),
    Unit.SECONDS: (0, LONGEST_S),
    Unit.RATE: (2, 4),
    Unit.DAYS: (0, 3_650),
    Unit.WORKING_DAYS: (0, 250),
    Unit.ENTRIES: (0, 1_000_000),
    Unit.MONTHS: (0, 12),
}


def field(name: str, **kwargs: Any) -> forms.Field:
    """Return the field in which people write a figure of this unit."""
    unit = ALL_FIGURES[name]
    if takes_dash(name):
        of = forms.DateField() if unit == Unit.DAY else number(*NUMBERS[unit])
        return OrNone(of, **kwargs)
    if unit in NUMBERS:
        return number(*NUMBERS[unit], **kwargs)
    if unit == Unit.SHARE:
        return ShareField(max_length=9, **kwargs)
    if unit == Unit.DAY:
        return forms.DateField(widget=day(), **kwargs)
    words: list[tuple[str, Any]] = [("yes", pgettext_lazy("rule", "yes")), ("no", pgettext_lazy("rule", "no"))]
    choices = words if unit == Unit.YES_NO else list(MissedCheckPolicy.choices)
    return forms.ChoiceField(choices=[("", gettext_lazy("as the region above")), *choices], **kwargs)


def takes_dash(name: str) -> bool:
    """Say whether a dash stands for none; for a daily cap 0 does."""
    return name in OPTIONAL_FIGURES and name in YEAR_FIGURES


def day() -> forms.DateInput:
    """Return the widget in which a day is chosen."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def read(name: str, said: Any) -> Value:
    """Return the figure that was typed. A dash, and a daily cap of 0, are none at all."""
    if isinstance(said, str) if takes_dash(name) else name == "daily_cap_centihours" and not said:
        return None
    match ALL_FIGURES[name]:
        case Unit.HOURS | Unit.RATE:
            return int(said * CENTI)
        case Unit.LENGTH:
            return int(said * SECONDS_PER_MINUTE)
        case Unit.SECONDS | Unit.DAYS | Unit.WORKING_DAYS | Unit.MONTHS | Unit.ENTRIES:
            return int(said)
        case Unit.YES_NO:
            return bool(said == "yes")
        case _:
            return cast("Value", said)


def typed(name: str, value: Value) -> object:
    """Return how a figure stands in its field."""
    if isinstance(value, tuple):
        return f"{value[0]}/{value[1]}" if value[0] else "0"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if takes_dash(name):
        return NONE if value is None else value.isoformat() if isinstance(value, date) else str(value)
    match ALL_FIGURES[name]:
        case Unit.HOURS | Unit.RATE:
            return hours_short(cast("int | None", value) or 0)
        case Unit.LENGTH:
            return f"{(Decimal(cast('int', value)) / SECONDS_PER_MINUTE).quantize(Decimal('0.01')).normalize():f}"
        case _:
            return value


def none_words(name: str) -> str:
    """Say how none at all is written."""
    hints = {
        "daily_cap_centihours": _("0: no cap."),
        "grace_days": _("Days; 0: not at all; -: without limit."),
        "makeup_until_on": _("Its last day, such as 2027-04-30; -: nothing is made up."),
        "carry_public_centihours": _("0: nothing is carried over."),
        "carry_professional_centihours": _("0: nothing is carried over."),
        "leave_from_months": _("Full months, such as 1; -: leave waives nothing."),
        "leave_whole_months": _("Full months, such as 10; -: never all at once."),
        "second_officer_above": _("Entries in one run; 0: every run needs two signatures."),
        "audit_working_days": _("Working days; weekends do not count."),
        "confirm_working_days": _("Working days; weekends do not count."),
    }
    return f" {hints[name]}" if name in hints else ""
