"""How one entry came about, as those who measured it tell: stretches of time, checks, one sitting.

Instants are milliseconds since 1970; a stretch is half-open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo


class Doing(StrEnum):
    """What a stretch of time was spent with."""

    VIEWING = "viewing"
    EXAM = "exam"
    CLASS = "class"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """From when to when somebody did something; `enrolment_id` 0 where there is no place behind it."""

    start_ms: int
    end_ms: int
    doing: Doing
    person_id: int = 0
    enrolment_id: int = 0


@dataclass(frozen=True, slots=True)
class Sitting:
    """The exam that was passed, and who sat it on the same network that day, oneself included."""

    start_ms: int
    end_ms: int
    network_people: int = 0
    network_enrolment_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """What was measured of one place. `reactions_ms`: of each presence check that was passed."""

    stretches: tuple[Stretch, ...] = ()
    reactions_ms: tuple[int, ...] = ()
    missed_checks: int = 0
    sitting: Sitting | None = None

    def __or__(self, other: Study) -> Study:
        """Join what two measured."""
        return Study(
            stretches=self.stretches + other.stretches,
            reactions_ms=self.reactions_ms + other.reactions_ms,
            missed_checks=self.missed_checks + other.missed_checks,
            sitting=self.sitting or other.sitting,
        )

    @property
    def asked_checks(self) -> int:
        """How many presence checks were passed or missed."""
        return len(self.reactions_ms) + self.missed_checks


@dataclass(frozen=True, slots=True)
class Case:
    """One entry before the rules. `elsewhere`: what the same person did for other entries; None: not known."""

    zone: ZoneInfo
    study: Study = field(default_factory=Study)
    elsewhere: tuple[Stretch, ...] = ()
    is_in_scope: bool | None = None
    is_same_identity: bool | None = None


def joined(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    """Return the time the stretches cover, in order, each instant once."""
    spans: list[tuple[int, int]] = []
    for stretch in sorted(stretches):
        if spans and stretch.start_ms <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], stretch.end_ms))
        elif stretch.end_ms > stretch.start_ms:
            spans.append((stretch.start_ms, stretch.end_ms))
    return spans
