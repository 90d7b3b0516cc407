"""Scoring: what an answered paper is worth.

Knows the key and the answers; nothing of attempts, clocks or people. Whole
points only: no part of a question is ever half right.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Score:
    """What was reached, of what could be reached."""

    points: int
    max_points: int

    @property
    def percent(self) -> int:
        """The share reached in whole percent, rounded down; 0 of nothing is 0."""
        return self.points * PERCENT // self.max_points if self.max_points else 0

    def has_passed(self, *, pass_mark_percent: int) -> bool:
        """Say whether the share reached is at least the mark, exactly at the mark included.

        A paper without points passes nobody.
        """
        return self.max_points > 0 and self.points * PERCENT >= pass_mark_percent * self.max_points


def is_right(given: Collection[str], right: Collection[str]) -> bool:
    """Say whether an answer names all the right choices and only those."""
    return bool(right) and set(given) == set(right)


def score(
    *, key: Mapping[int, Collection[str]], points: Mapping[int, int], answers: Mapping[int, Collection[str]]
) -> Score:
    """Return the score of the answers, by position; a missing answer is a wrong one.

    Answers to positions that the paper does not have count for nothing.
    """
    reached = sum(points[position] for position, right in key.items() if is_right(answers.get(position, ()), right))
    return Score(points=reached, max_points=sum(points[position] for position in key))
