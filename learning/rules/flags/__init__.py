"""Flags: what somebody should look at before an entry is decided; facts beside what is usual, never a verdict.

One file a rule. Each measures one figure of an entry and says whether an office should look; none
changes an hour. Thresholds are data of the policy; what is usual is the middle of the course's other
learners. Knows figures; who gathers them and in which words they are told is others' business.
Source: DOMAIN §5 (8), UX screen 8.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from learning.rules.flags import (
    even_timing,
    identity,
    missed_checks,
    night_marathon,
    outside_scope,
    overlapping,
    quick_exam,
    same_network,
)
from learning.rules.flags.flag import Flag, FlagCode, Rule, Terms
from learning.rules.flags.study import Case, Doing, Sitting, Stretch, Study
from learning.rules.flags.usual import usual

#: In the order in which an office is told: what concerns who it was, then how it was studied.
RULES: tuple[Rule, ...] = (
    identity,
    outside_scope,
    overlapping,
    same_network,
    quick_exam,
    night_marathon,
    missed_checks,
    even_timing,
)


def figures_of(case: Case, terms: Terms) -> dict[FlagCode, int]:
    """Return what every rule measures of an entry; a rule that finds nothing recorded says nothing."""
    measured = {rule.CODE: rule.measure(case, terms) for rule in RULES}
    return {code: figure for code, figure in measured.items() if figure is not None}


def flags_of(case: Case, usuals: Mapping[FlagCode, int], terms: Terms) -> list[Flag]:
    """Return what should be looked at, in the order of the rules."""
    found = (rule.flag(case, usuals.get(rule.CODE), terms) for rule in RULES)
    return [flag for flag in found if flag is not None]


def usuals_of(measured: Iterable[Mapping[str, int]], terms: Terms) -> dict[FlagCode, int]:
    """Return what is usual where these figures were measured; nothing where they are too few."""
    held: dict[str, list[int]] = defaultdict(list)
    for figures in measured:
        for code, figure in figures.items():
            held[code].append(figure)
    middles = {code: usual(code, held[code], terms) for code in FlagCode}
    return {code: middle for code, middle in middles.items() if middle is not None}


__all__ = [
    "RULES",
    "Case",
    "Doing",
    "Flag",
    "FlagCode",
    "Rule",
    "Sitting",
    "Stretch",
    "Study",
    "Terms",
    "figures_of",
    "flags_of",
    "usual",
    "usuals_of",
]
