"""The open paper as a page shows it: questions in the reader's language, answers, marks.

Built from the attempt's frozen paper, which holds no key; nothing here reads one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assessments.models import Answer, Attempt
from assessments.rules.papers import PaperQuestion
from assessments.rules.questions import Kind

KIND_NAMES = {
    Kind.SINGLE: pgettext_lazy("question", "Single choice"),
    Kind.MULTIPLE: pgettext_lazy("question", "Multiple choice"),
    Kind.TRUE_FALSE: pgettext_lazy("question", "True or false"),
}
KIND_HINTS = {
    Kind.SINGLE: _("Choose one. It is saved as you choose; you may change it until you hand in."),
    Kind.MULTIPLE: _("Choose all that are right, and only those. Each choice is saved as you make it."),
    Kind.TRUE_FALSE: _("Is the statement right? It is saved as you choose; you may change it until you hand in."),
}


@dataclass(frozen=True, slots=True)
class ChoiceShown:
    """One choice of a question."""

    code: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """One question with what the learner has said to it."""

    position: int
    kind: Kind
    points: int
    stem: str
    choices: tuple[ChoiceShown, ...]
    is_answered: bool
    is_flagged: bool
    revision: int
    saved_at: datetime | None

    @property
    def kind_name(self) -> object:
        """The kind in words."""
        return KIND_NAMES[self.kind]

    @property
    def hint(self) -> object:
        """How to answer this kind."""
        return KIND_HINTS[self.kind]

    @property
    def input_type(self) -> str:
        """The kind of box that holds a choice."""
        return "checkbox" if self.kind == Kind.MULTIPLE else "radio"

    @property
    def next_revision(self) -> int:
        """What a plain form counts its answer as."""
        return self.revision + 1


@dataclass(frozen=True, slots=True)
class Section:
    """Questions of one kind on the answer sheet. `points`: of each, None when they differ."""

    kind_name: object
    questions: tuple[QuestionShown, ...]
    points: int | None

    @property
    def first(self) -> int:
        """The position of the first question."""
        return self.questions[0].position

    @property
    def last(self) -> int:
        """The position of the last question."""
        return self.questions[-1].position


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole paper as it stands."""

    questions: tuple[QuestionShown, ...]

    @property
    def sections(self) -> list[Section]:
        """The questions by kind, as the paper orders them."""
        return [_section(kind, rows) for kind in Kind if (rows := [row for row in self.questions if row.kind == kind])]

    @property
    def count(self) -> int:
        """How many questions there are."""
        return len(self.questions)

    @property
    def answered_count(self) -> int:
        """How many are answered and saved."""
        return sum(question.is_answered for question in self.questions)

    @property
    def blank(self) -> list[QuestionShown]:
        """Those without an answer."""
        return [question for question in self.questions if not question.is_answered]

    @property
    def flagged(self) -> list[QuestionShown]:
        """Those the learner wants to see again."""
        return [question for question in self.questions if question.is_flagged]

    @property
    def saved_at(self) -> datetime | None:
        """When an answer was last saved."""
        return max((question.saved_at for question in self.questions if question.saved_at), default=None)

    def position_near(self, asked: str | None, fallback: int) -> int:
        """Return the position asked for in an address, or the fallback when it is none of ours."""
        if asked is not None and asked.isascii() and asked.isdigit() and 1 <= int(asked[:4]) <= self.count:
            return int(asked[:4])
        return min(max(fallback, 1), self.count)


def sheet_of(attempt: Attempt) -> Sheet:
    """Read the attempt's answers once and lay them on its paper."""
    answers = {answer.position: answer for answer in attempt.answers.all()}
    return Sheet(questions=tuple(_shown(question, answers.get(question.position)) for question in attempt.questions()))


def _shown(question: PaperQuestion, answer: Answer | None) -> QuestionShown:
    chosen = set(answer.choices) if answer else set()
    return QuestionShown(
        position=question.position,
        kind=question.kind,
        points=question.points,
        stem=in_language(question.stem_zh, question.stem_en),
        choices=tuple(
            ChoiceShown(row.code, in_language(row.text_zh, row.text_en), row.code in chosen) for row in question.choices
        ),
        is_answered=bool(chosen),
        is_flagged=answer.is_flagged if answer else False,
        revision=answer.revision if answer else 0,
        saved_at=answer.saved_at if answer else None,
    )


def _section(kind: Kind, questions: Sequence[QuestionShown]) -> Section:
    points = Counter(question.points for question in questions)
    return Section(
        kind_name=KIND_NAMES[kind], questions=tuple(questions), points=next(iter(points)) if len(points) == 1 else None
    )


def in_language(zh: str, en: str) -> str:
    """Return the English text when English is active and written, else the Chinese."""
    return en if en and (get_language() or "").startswith("en") else zh
