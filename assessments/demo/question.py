"""A demo question as it is written down, and three short ways to write one.

Knows text and which choices are right; nothing of rows, papers or scoring.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["single", "multiple", "true_false"]
Pair = tuple[str, str]  # zh, en

LETTERS = "ABCD"
# Twenty questions make a paper of a hundred.
POINTS = 5


@dataclass(frozen=True, slots=True)
class DemoChoice:
    """One answer offered, under its letter."""

    code: str
    text_zh: str
    text_en: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """One question with its choices and the reason for the right answer."""

    code: str
    kind: Kind
    stem_zh: str
    stem_en: str
    choices: tuple[DemoChoice, ...]
    explanation_zh: str
    explanation_en: str
    points: int = POINTS


def single(code: str, right: str, stem: Pair, *choices: Pair, why: Pair) -> DemoQuestion:
    """Return a question with one right letter."""
    return _question(code, "single", right=right, stem=stem, choices=choices, why=why)


def multiple(code: str, right: str, stem: Pair, *choices: Pair, why: Pair) -> DemoQuestion:
    """Return a question whose right letters are all those in `right`, as in "ACD"."""
    return _question(code, "multiple", right=right, stem=stem, choices=choices, why=why)


def judge(code: str, *, is_true: bool, stem: Pair, why: Pair) -> DemoQuestion:
    """Return a statement to be judged; A says it is right, B that it is wrong."""
    choices = (("正确", "True"), ("错误", "False"))
    right = "A" if is_true else "B"
    return _question(code, "true_false", right=right, stem=stem, choices=choices, why=why)


def _question(code: str, kind: Kind, *, right: str, stem: Pair, choices: tuple[Pair, ...], why: Pair) -> DemoQuestion:
    lettered = zip(LETTERS, choices, strict=False)
    return DemoQuestion(
        code=code,
        kind=kind,
        stem_zh=stem[0],
        stem_en=stem[1],
        choices=tuple(
            DemoChoice(letter, text_zh, text_en, is_right=letter in right) for letter, (text_zh, text_en) in lettered
        ),
        explanation_zh=why[0],
        explanation_en=why[1],
    )
