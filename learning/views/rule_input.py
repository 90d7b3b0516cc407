"""What an officer writes into a rule set: hours, minutes and shares at the edge, whole numbers within.

Knows forms and units; what figures may be is `learning.rules.figures`' knowledge. A
figure left empty is taken from the region above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.actions.rule_sets import Draft, LevelDraft, above
from learning.models import Region, RuleSet
from learning.rules.accounting import AccountingScheme
from learning.rules.figures import (
    ALL_FIGURES,
    BESIDE,
    COUNTING_FIGURES,
    LEVEL_FIGURES,
    OFFICE_FIGURES,
    SET_FIGURES,
    VIEWING_FIGURES,
    YEAR_FIGURES,
    Value,
    faults,
)
from learning.rules.inheritance import NothingAbove, resolve
from learning.rules.reasons import REASON_TEXT_MAX
from learning.rules.requirements import TitleLevel
from learning.templatetags.hours import hours_short, level_word
from learning.templatetags.rule_sets import fault_words, figure_label, figure_words
from learning.views import rule_fields


class RuleSetForm(forms.Form):
    """A whole set: what holds for it, its title levels, how hours count and how watching does."""

    effective_on = forms.DateField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("The first day on which it binds. Open years are moved under it then."),
        widget=rule_fields.day(),
    )
    source = forms.CharField(label=gettext_lazy("Document number"), max_length=60)
    accounting = forms.ChoiceField(
        label=gettext_lazy("Accounting"),
        choices=[
            (AccountingScheme.HOURS.value, gettext_lazy("in hours")),
            (AccountingScheme.POINTS.value, gettext_lazy("in points")),
        ],
    )
    point_hours = rule_fields.number(
        2, 1_000, required=False, label=gettext_lazy("Hours in a point"), help_text=gettext_lazy("Only for points.")
    )

    def __init__(self, data: QueryDict | dict[str, Any] | None = None, *, rule_set: RuleSet, draft: Draft) -> None:
        """Build the fields of every figure, filled with what the draft states itself."""
        super().__init__(data, initial=_initial(draft), label_suffix="")
        self.rule_set = rule_set
        self.above = {level: above(rule_set.region, rule_set.year, level) for level in TitleLevel}
        self.regions = Region.objects.in_bulk(rule_set.region.upward_codes())
        for name in SET_FIGURES:
            self.fields[name] = self._figure_field(name, TitleLevel.INTERMEDIATE)
        for level in TitleLevel:
            for name in LEVEL_FIGURES:
                self.fields[f"{level}-{name}"] = self._figure_field(name, level)
            self.fields[f"{level}-article_zh"] = _article(_of_level(_("Chinese article"), level))
            self.fields[f"{level}-article_en"] = _article(_of_level(_("English article"), level), is_required=False)

    def _figure_field(self, name: str, level: TitleLevel) -> forms.Field:
        stated = self.above[level].get(name)
        hint = rule_fields.none_words(name)
        if stated is not None:
            region = self.regions[stated.region_code].name
            hint = (
                _("Empty: as in %(region)s, %(figure)s.")
                % {
                    "region": region,
                    "figure": figure_words(name, stated.value),
                }
                + hint
            )
        label = _of_level(figure_label(name), level) if name in LEVEL_FIGURES else capfirst(str(figure_label(name)))
        return rule_fields.field(name, required=False, label=label, help_text=hint)

    @property
    def levels(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields of each title level."""
        for level in TitleLevel:
            yield level, [self[key] for key in self.fields if key.startswith(f"{level}-")]

    @property
    def counting(self) -> list[forms.BoundField]:
        """The fields that say how hours count."""
        return [self[name] for name in COUNTING_FIGURES]

    @property
    def year(self) -> list[forms.BoundField]:
        """The fields that say what follows the year."""
        return [self[name] for name in YEAR_FIGURES]

    @property
    def viewing(self) -> list[forms.BoundField]:
        """The fields that say how watching counts."""
        return [self[name] for name in VIEWING_FIGURES]

    @property
    def offices(self) -> list[forms.BoundField]:
        """The fields that say what the offices owe."""
        return [self[name] for name in OFFICE_FIGURES]

    def clean(self) -> dict[str, Any]:
        """Judge the figures as they would be issued, with what the region above adds."""
        data = super().clean() or {}
        if data.get("accounting") == AccountingScheme.POINTS and not data.get("point_hours"):
            self.add_error("point_hours", _("Say how many hours a point is worth."))
        if self.errors:
            return data
        for level in TitleLevel:
            self._judge(level)
        return data

    def _judge(self, level: TitleLevel) -> None:
        here = self.rule_set.region_id
        try:
            figures = resolve(ALL_FIGURES, own=self._own(level), above=self.above[level], here=here)
        except NothingAbove as lacking:
            for name in lacking.names:
                self._complain(level, name, _("No region above states this figure: state it here."))
            return
        values = {name: figure.value for name, figure in figures.items()}
        for fault in faults(values, year=self.rule_set.year):
            self._complain(level, BESIDE[fault], str(fault_words(fault)))

    def _complain(self, level: TitleLevel, name: str, words: str) -> None:
        """Show a mistake beside its field, and what holds for all levels only once."""
        key = f"{level}-{name}" if name in LEVEL_FIGURES else name
        if words not in self.errors.get(key, []):
            self.add_error(key, words)

    def _own(self, level: TitleLevel) -> dict[str, Value]:
        """Return what the level states itself."""
        keys = {name: f"{level}-{name}" if name in LEVEL_FIGURES else name for name in ALL_FIGURES}
        typed = {name: self.cleaned_data.get(key) for name, key in keys.items()}
        return {name: rule_fields.read(name, said) for name, said in typed.items() if said not in {None, ""}}

    def draft(self) -> Draft:
        """Return what was written; only of a valid form."""
        said = self.cleaned_data
        is_points = said["accounting"] == AccountingScheme.POINTS
        return Draft(
            effective_on=said["effective_on"],
            source=said["source"],
            levels={
                level: LevelDraft(self._own(level), said[f"{level}-article_zh"], said[f"{level}-article_en"])
                for level in TitleLevel
            },
            accounting=AccountingScheme(said["accounting"]),
            point_centihours=int(said["point_hours"] * rule_fields.CENTI) if is_points else None,
        )


class ActForm(forms.Form):
    """What an officer does with a set; a reason where it is sent back or given up."""

    ACTS = ("submit", "issue", "send_back", "withdraw")
    REASONED = ("send_back", "withdraw")

    do = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    seen = forms.CharField(required=False, max_length=64)
    reason = forms.CharField(required=False, max_length=REASON_TEXT_MAX, label=gettext_lazy("Reason"))

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where one is owed."""
        data = super().clean() or {}
        if data.get("do") in self.REASONED and not data.get("reason"):
            self.add_error("reason", _("Write the reason; it stays with the version."))
        return data


class BeginForm(forms.Form):
    """Which region and year a new version is for."""

    region = forms.ChoiceField(label=gettext_lazy("Region"))
    year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=int)

    def __init__(self, *args: Any, regions: Mapping[str, str], years: list[int], **kwargs: Any) -> None:
        """Offer the officer's regions and the years that can still be ruled."""
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["region"]).choices = list(regions.items())
        cast("forms.ChoiceField", self.fields["year"]).choices = [(year, str(year)) for year in years]


def _of_level(label: object, level: TitleLevel) -> str:
    """Name a field with its title level, so that an error summary says which is meant."""
    return _("%(figure)s (%(level)s)") % {"figure": capfirst(str(label)), "level": level_word(level)}


def _article(label: str, *, is_required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=is_required, max_length=2_000, widget=widget)


def _initial(draft: Draft) -> dict[str, object]:
    points = draft.point_centihours
    said: dict[str, object] = {
        "effective_on": draft.effective_on,
        "source": draft.source,
        "accounting": str(draft.accounting),
        "point_hours": hours_short(points) if points else None,
    }
    for level, stated in draft.levels.items():
        said |= {f"{level}-article_zh": stated.article_zh, f"{level}-article_en": stated.article_en}
        for name, value in stated.own.items():
            said[f"{level}-{name}" if name in LEVEL_FIGURES else name] = rule_fields.typed(name, value)
    return said
