"""Completion: which evidence an edition still lacks before its credit is earned."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lacking:
    """What is still missing; empty and False means the credit is earned."""

    lesson_numbers: tuple[int, ...]
    exam: bool

    @property
    def is_nothing(self) -> bool:
        """Whether every evidence is held."""
        return not self.lesson_numbers and not self.exam


def lacking(
    *, lesson_numbers: Collection[int], watched_numbers: Collection[int], exam_required: bool, exam_passed: bool
) -> Lacking:
    """Say what is missing: every lesson watched, and the exam passed where one is asked.

    Source: DOMAIN §0.3, R35.
    """
    unwatched = tuple(sorted(set(lesson_numbers) - set(watched_numbers)))
    return Lacking(lesson_numbers=unwatched, exam=exam_required and not exam_passed)
