"""What officers write into a flag policy: whole numbers in the units people use.

Which may be, is `learning.rules.flags.thresholds`' knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from learning.rules.flags import FlagCode, Terms
from learning.rules.flags.thresholds import THRESHOLDS, Threshold, ThresholdUnit, faulty
from learning.rules.reasons import REASON_TEXT_MAX
from learning.templatetags.flag_policies import threshold_label, threshold_meaning, threshold_unit
from learning.views.rule_fields import OUT_OF_BOUNDS

S_PER_MINUTE = 60
MISTAKES = OUT_OF_BOUNDS | dict.fromkeys(("required", "invalid"), gettext_lazy("Give a whole number."))


class ThresholdsForm(forms.Form):
    """Every threshold of the next version, and why it is drafted."""

    def __init__(self, data: QueryDict | dict[str, Any] | None = None, *, terms: Terms) -> None:
        """Build a field for each threshold, filled with what is in force."""
        super().__init__(data, label_suffix="")
        for each in THRESHOLDS:
            per = _per(each)
            self.fields[each.name] = forms.IntegerField(
                label=f"{threshold_label(each)}{threshold_unit(each)}",
                help_text=str(threshold_meaning(each)),
                initial=getattr(terms, each.name) // per,
                min_value=-(-each.least // per),
                max_value=each.most // per,
                error_messages=MISTAKES,
            )
        self.fields["reason"] = forms.CharField(
            label=pgettext_lazy("flagpolicy", "Reason"),
            error_messages={"required": gettext_lazy("Say why these figures and no others.")},
            help_text=gettext_lazy("Stays with the version; every office reads it."),
            max_length=REASON_TEXT_MAX,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    @property
    def groups(self) -> Iterator[tuple[FlagCode | None, list[forms.BoundField]]]:
        """The fields of each flag, in the order in which offices are told of flags."""
        for flag in dict.fromkeys(each.flag for each in THRESHOLDS):
            yield flag, [self[each.name] for each in THRESHOLDS if each.flag == flag]

    @property
    def terms(self) -> Terms:
        """What was written; only of fields without a mistake."""
        return Terms(**{each.name: self.cleaned_data[each.name] * _per(each) for each in THRESHOLDS})

    def clean(self) -> dict[str, Any]:
        """Judge the thresholds together, once each is a number within its bounds."""
        data = super().clean() or {}
        if self.has_terms and list(faulty(self.terms)):
            self.add_error("night_s_min", _("Longer than the night itself: nobody would ever be told of."))
        return data

    @property
    def has_terms(self) -> bool:
        """Whether every threshold is a number within its bounds; the reason may still be missing."""
        return self.is_bound and all(each.name in self.cleaned_data for each in THRESHOLDS)


class WithdrawalForm(forms.Form):
    """Why a proposal is given up."""

    reason = forms.CharField(
        label=pgettext_lazy("flagpolicy", "Reason"),
        max_length=REASON_TEXT_MAX,
        error_messages={"required": gettext_lazy("Say why it is given up.")},
    )


def _per(threshold: Threshold) -> int:
    return S_PER_MINUTE if threshold.unit == ThresholdUnit.MINUTES else 1
