"""Versions side by side: what a set says, what the one before it said, and what lies between."""

from __future__ import annotations

from dataclasses import dataclass

from learning.models import Region, RuleSet
from learning.rules.differences import Difference, Levels, differences
from learning.rules.figures import LEVEL_FIGURES, SET_FIGURES
from learning.rules.inheritance import Figure
from learning.rules.requirements import TitleLevel


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a set at every title level; alike: one cell for all of them."""

    name: str
    figures: tuple[Figure, ...]

    @property
    def is_alike(self) -> bool:
        """Whether every level says the same."""
        return len(set(self.figures)) == 1


def levels_of(rule_set: RuleSet | None) -> Levels:
    """Return the figures of a set by title level, the highest title first."""
    if rule_set is None:
        return {}
    rows = {row.title_level: row.figures for row in rule_set.requirements.all()}
    return {level: rows[level] for level in TitleLevel if level in rows}


def table_of(rule_set: RuleSet) -> tuple[list[str], list[Line]]:
    """Return the title levels, and a line for each figure."""
    levels = levels_of(rule_set)
    lines = [Line(name, tuple(figures[name] for figures in levels.values())) for name in (*LEVEL_FIGURES, *SET_FIGURES)]
    return list(levels), lines


def version_before(rule_set: RuleSet) -> RuleSet | None:
    """Return the version that binds, or bound, before this one in its region and year."""
    return (
        RuleSet.objects.binding()
        .filter(region_id=rule_set.region_id, year=rule_set.year, version__lt=rule_set.version)
        .order_by("-version")
        .first()
    )


def compared(before: RuleSet | None, after: RuleSet) -> list[Difference]:
    """Return every figure of a set beside that of another."""
    return differences(levels_of(before), levels_of(after))


def region_names(*rule_sets: RuleSet) -> dict[str, str]:
    """Return the names of the regions that can have stated a figure of these sets."""
    codes = {code for rule_set in rule_sets for code in rule_set.region.upward_codes()}
    return {region.code: region.name for region in Region.objects.filter(pk__in=codes)}
