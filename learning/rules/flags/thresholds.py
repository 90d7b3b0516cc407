"""Thresholds of a flag policy: in which unit, between which bounds, and which flag they belong to.

Bounds keep a slip of the pen out of force: one that would flag everybody, or nobody ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from learning.rules.flags.flag import FlagCode, Terms

_S_PER_HOUR = 3_600


class ThresholdUnit(StrEnum):
    """How a threshold is counted; pages choose the words."""

    ENTRIES = "entries"
    PEOPLE = "people"
    O_CLOCK = "o_clock"
    HOURS = "hours"
    MINUTES = "minutes"  # in seconds, written in minutes
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    ANSWERS = "answers"
    CHECKS = "checks"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One of the figures of `Terms`. `flag`: None, where it is a matter of every comparison."""

    name: str
    unit: ThresholdUnit
    least: int
    most: int
    flag: FlagCode | None


#: In the order in which an office is told of flags.
THRESHOLDS = (
    Threshold("peers_min", ThresholdUnit.ENTRIES, 2, 100, None),
    Threshold("overlap_s_min", ThresholdUnit.SECONDS, 1, 3_600, FlagCode.OVERLAPPING),
    Threshold("network_people_min", ThresholdUnit.PEOPLE, 2, 1_000, FlagCode.SAME_NETWORK),
    Threshold("exam_percent_of_usual_max", ThresholdUnit.PERCENT, 1, 90, FlagCode.QUICK_EXAM),
    Threshold("night_from_hour", ThresholdUnit.O_CLOCK, 0, 23, FlagCode.NIGHT_MARATHON),
    Threshold("night_hours", ThresholdUnit.HOURS, 1, 12, FlagCode.NIGHT_MARATHON),
    Threshold("night_s_min", ThresholdUnit.MINUTES, 600, 43_200, FlagCode.NIGHT_MARATHON),
    Threshold("missed_checks_min", ThresholdUnit.CHECKS, 1, 100, FlagCode.MISSED_CHECKS),
    Threshold("missed_percent_min", ThresholdUnit.PERCENT, 1, 100, FlagCode.MISSED_CHECKS),
    Threshold("answers_min", ThresholdUnit.ANSWERS, 3, 200, FlagCode.EVEN_TIMING),
    Threshold("answer_spread_ms_max", ThresholdUnit.MILLISECONDS, 1, 5_000, FlagCode.EVEN_TIMING),
)
#: Flags that nothing is set for: they are so or not.
WITHOUT = (FlagCode.IDENTITY, FlagCode.OUTSIDE_SCOPE)


def faulty(terms: Terms) -> Iterator[str]:
    """Yield the names of the thresholds that cannot be set so."""
    for each in THRESHOLDS:
        if not each.least <= getattr(terms, each.name) <= each.most:
            yield each.name
    if terms.night_s_min > terms.night_hours * _S_PER_HOUR:
        # Longer than the night itself: nobody would ever be told of.
        yield "night_s_min"


def changed(before: Terms, after: Terms) -> list[Threshold]:
    """Return the thresholds that differ."""
    return [each for each in THRESHOLDS if getattr(before, each.name) != getattr(after, each.name)]
