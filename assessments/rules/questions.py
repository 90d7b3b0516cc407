"""Questions: what one is made of, and why one is not fit for the bank.

Knows text, choices and which of them are right; nothing of rows or papers.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

FEWEST_CHOICES = 2
MOST_CHOICES = 8
TRUE_FALSE_CHOICES = 2


class Kind(StrEnum):
    """How a question is answered; papers show the kinds in this order."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class Objection(StrEnum):
    """Why a question may not enter the bank."""

    NO_STEM = "no_stem"
    NO_POINTS = "no_points"
    CHOICE_COUNT = "choice_count"
    CHOICE_EMPTY = "choice_empty"
    CHOICE_CODE_TWICE = "choice_code_twice"
    RIGHT_NOT_OFFERED = "right_not_offered"
    RIGHT_COUNT = "right_count"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer offered, under its letter."""

    code: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as its author hands it in. `right`: the codes of all right choices."""

    code: str
    kind: Kind
    points: int
    stem_zh: str
    stem_en: str
    choices: tuple[Choice, ...]
    right: tuple[str, ...]
    explanation_zh: str = ""
    explanation_en: str = ""


def objections(draft: QuestionDraft) -> tuple[Objection, ...]:
    """Return why the draft is not fit for the bank; empty: it is.

    A multiple question has at least two right choices, or its kind would mislead.
    """
    codes = [choice.code for choice in draft.choices]
    found: list[Objection] = []
    if not draft.stem_zh.strip():
        found.append(Objection.NO_STEM)
    if draft.points < 1:
        found.append(Objection.NO_POINTS)
    if not _has_fitting_count(draft.kind, len(codes)):
        found.append(Objection.CHOICE_COUNT)
    if any(not choice.text_zh.strip() for choice in draft.choices):
        found.append(Objection.CHOICE_EMPTY)
    if any(count > 1 for count in Counter(codes).values()):
        found.append(Objection.CHOICE_CODE_TWICE)
    if not set(draft.right) <= set(codes):
        found.append(Objection.RIGHT_NOT_OFFERED)
    right_count = len(set(draft.right))
    if right_count < 1 or (right_count > 1) != (draft.kind == Kind.MULTIPLE):
        found.append(Objection.RIGHT_COUNT)
    return tuple(found)


def _has_fitting_count(kind: Kind, count: int) -> bool:
    if kind == Kind.TRUE_FALSE:
        return count == TRUE_FALSE_CHOICES
    return FEWEST_CHOICES <= count <= MOST_CHOICES
