"""What a rule says, and what it is told: codes and figures, never words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from learning.rules.flags.study import Case


class FlagCode(StrEnum):
    """What there is to look at."""

    IDENTITY = "identity"
    OUTSIDE_SCOPE = "outside_scope"
    OVERLAPPING = "overlapping"
    SAME_NETWORK = "same_network"
    QUICK_EXAM = "quick_exam"
    NIGHT_MARATHON = "night_marathon"
    MISSED_CHECKS = "missed_checks"
    EVEN_TIMING = "even_timing"


@dataclass(frozen=True, slots=True)
class Terms:
    """The thresholds of one policy; every one of them is data."""

    peers_min: int
    network_people_min: int
    night_from_hour: int
    night_hours: int
    night_s_min: int
    answers_min: int
    answer_spread_ms_max: int
    overlap_s_min: int
    missed_checks_min: int
    missed_percent_min: int
    exam_percent_of_usual_max: int


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to look at: the person's figure, the usual one where there is one, and what else belongs to it."""

    code: FlagCode
    figure: int
    usual: int | None = None
    beside: dict[str, int] = field(default_factory=dict)


class Rule(Protocol):
    """A module of this folder."""

    CODE: FlagCode

    def measure(self, case: Case, terms: Terms) -> int | None:
        """Return the entry's figure, or None where nothing is recorded."""

    def stands_out(self, figure: int, usual: int | None, terms: Terms) -> bool:
        """Say whether a figure is one to look at."""

    def flag(self, case: Case, usual: int | None, terms: Terms) -> Flag | None:
        """Return what to look at, or None."""
