"""Presence checks: when the next one falls due, and until when it may be answered.

Knows credited seconds and deadlines; nothing of questions, prompts or randomness of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# "Never": more credited seconds than a life holds. Stands for checks switched off.
NO_CHECK_S: Final = 1_000_000_000

# Returns a whole number between its two arguments, both included.
RandomBetween = Callable[[int, int], int]

# Returns the credited seconds until the next check.
DrawCheck = Callable[[], int]


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """How often a requirement checks presence, and how long it waits for an answer.

    Source: TRACKING §2 Constants: uniform 12-20 credited minutes, 60 s to answer; rule data.
    """

    min_s: int = 720
    max_s: int = 1_200
    answer_ms: int = 60_000


def draw_next_check(plan: CheckPlan | None, random_between: RandomBetween) -> int:
    """Draw after how many credited seconds the next check falls due; NO_CHECK_S without a plan."""
    if plan is None:
        return NO_CHECK_S
    return random_between(plan.min_s, plan.max_s)


def deadline_ms(check_ms: int, plan: CheckPlan, *, accommodation_percent: int = 100) -> int:
    """Return the last instant at which an answer is on time.

    An accommodation of 200 % gives a learner twice the time.
    Source: TRACKING §2, `chk.ms`.
    """
    return check_ms + plan.answer_ms * accommodation_percent // 100


def is_overdue(check_ms: int, plan: CheckPlan, *, now_ms: int, accommodation_percent: int = 100) -> bool:
    """Say whether a check was missed; an answer exactly at the deadline is on time."""
    return now_ms > deadline_ms(check_ms, plan, accommodation_percent=accommodation_percent)
