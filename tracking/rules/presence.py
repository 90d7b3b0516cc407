"""Presence checks: when the next one falls due, what it asks, and until when it may be answered.

Knows credited seconds, questions and deadlines; nothing of prompts, rows or randomness of its own.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# "Never": more credited seconds than a life holds. Stands for checks switched off.
NO_CHECK_S: Final = 1_000_000_000

# Returns a whole number between its two arguments, both included.
RandomBetween = Callable[[int, int], int]

# Returns the credited seconds until the next check.
DrawCheck = Callable[[], int]

# An answer sent at the last moment still has to travel.
TRAVEL_MS: Final = 2_000

_TOKEN_MAX: Final = 2**48 - 1


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """How often a requirement checks presence, and how long it waits for an answer.

    `answer_ms` holds the learner's accommodation already: twice the usual for 200 %.
    Source: TRACKING §2 Constants: uniform 12-20 credited minutes, 60 s to answer; rule data.
    """

    min_s: int = 720
    max_s: int = 1_200
    answer_ms: int = 60_000


class CheckKind(StrEnum):
    """What a check asks for: a touch, or one of several answers."""

    TAP = "tap"
    PICK = "pick"


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """A question about the lecture, in the learner's language; `right` is one of `options`.

    It is asked only of those who hold the second before `after_s`; 0 is for everybody.
    """

    text: str
    options: Sequence[str]
    right: str
    after_s: int = 0

    def may_be_asked(self, held: int) -> bool:
        """Say whether a learner who holds these seconds (a mask) has seen what it is about."""
        return self.after_s == 0 or bool(held >> (self.after_s - 1) & 1)


@dataclass(frozen=True, slots=True)
class PresenceCheck:
    """One check as it is asked. `answer` is what passes it; "" lets every answer pass."""

    key: str
    kind: CheckKind
    text: str = ""
    options: Sequence[str] = ()
    answer: str = ""


def draw_next_check(plan: CheckPlan | None, random_between: RandomBetween) -> int:
    """Draw after how many credited seconds the next check falls due; NO_CHECK_S without a plan."""
    if plan is None:
        return NO_CHECK_S
    return random_between(plan.min_s, plan.max_s)


def draw_check(questions: Sequence[CheckQuestion], random_between: RandomBetween) -> PresenceCheck:
    """Draw what a check asks: one of the lecture's questions, or a touch where it has none.

    The options come in an order of this check's own, so that "the second one" is no answer.
    """
    token = f"{random_between(0, _TOKEN_MAX):012x}"
    if not questions:
        return PresenceCheck(token, CheckKind.TAP)
    question = questions[random_between(0, len(questions) - 1)]
    options = sorted(question.options, key=lambda option: hashlib.sha256(f"{token}{option}".encode()).digest())
    return PresenceCheck(token, CheckKind.PICK, question.text, tuple(options), question.right)


def deadline_ms(check_ms: int, plan: CheckPlan) -> int:
    """Return the last instant at which an answer is on time."""
    return check_ms + plan.answer_ms


def is_overdue(check_ms: int, plan: CheckPlan, *, now_ms: int) -> bool:
    """Say whether a check was missed; an answer exactly at the deadline is on time."""
    return now_ms > deadline_ms(check_ms, plan)
