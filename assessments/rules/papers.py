"""Papers: which questions are drawn from a bank, in what order, under which letters.

The same bank, count, seed and earlier papers give the same paper on any machine
and in any year: order comes from SHA-256, never from a random generator. Knows
plain values only; the paper it returns holds no right answer, the key does.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from assessments.rules.questions import Choice, Kind

LETTERS = "ABCDEFGH"


class BankTooSmall(Exception):
    """The bank holds fewer questions than the paper asks for."""


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question as it stands in the bank, its right answers included."""

    question_id: int
    kind: Kind
    points: int
    stem_zh: str
    stem_en: str
    choices: tuple[Choice, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A question as it stands on a paper. `choices` are lettered anew, in drawn order."""

    position: int
    question_id: int
    kind: Kind
    points: int
    stem_zh: str
    stem_en: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What was drawn, and apart from it the key: position → right letters."""

    questions: tuple[PaperQuestion, ...]
    key: Mapping[int, tuple[str, ...]]


def draw(
    bank: Collection[BankQuestion],
    *,
    count: int,
    seed: int,
    seen_ids: Collection[int] = (),
    previous_ids: Sequence[int] = (),
) -> Paper:
    """Draw `count` questions, kind by kind in the bank's own proportions.

    Questions in `seen_ids` (earlier papers) are drawn only where fresh ones run
    out. The order is never that of `previous_ids`, unless a paper of single
    questions a kind leaves no other.

    Raises: BankTooSmall.
    """
    if count < 1 or len(bank) < count:
        raise BankTooSmall(count)
    drawn: list[BankQuestion] = []
    for kind, share in _shares(bank, count).items():
        of_kind = [question for question in bank if question.kind == kind]
        ranked = sorted(of_kind, key=lambda row: (row.question_id in seen_ids, _rank(seed, "draw", row.question_id)))
        drawn.extend(sorted(ranked[:share], key=lambda row: _rank(seed, "order", row.question_id)))
    if [row.question_id for row in drawn] == list(previous_ids):
        drawn = _turned(drawn)
    return _lettered(drawn, seed)


def _shares(bank: Collection[BankQuestion], count: int) -> dict[Kind, int]:
    """Return how many of each kind: largest remainders, the earlier kind first when equal."""
    sizes = {kind: sum(question.kind == kind for question in bank) for kind in Kind}
    shares = {kind: size * count // len(bank) for kind, size in sizes.items()}
    by_remainder = sorted(Kind, key=lambda kind: -(sizes[kind] * count % len(bank)))
    for kind in by_remainder[: count - sum(shares.values())]:
        shares[kind] += 1
    return shares


def _rank(seed: int, purpose: str, item: object) -> str:
    return hashlib.sha256(f"{seed}/{purpose}/{item}".encode()).hexdigest()


def _turned(drawn: list[BankQuestion]) -> list[BankQuestion]:
    """Move the first question of each kind to the kind's end."""
    turned: list[BankQuestion] = []
    for kind in Kind:
        of_kind = [question for question in drawn if question.kind == kind]
        turned.extend(of_kind[1:] + of_kind[:1])
    return turned


def _lettered(drawn: Sequence[BankQuestion], seed: int) -> Paper:
    questions: list[PaperQuestion] = []
    key: dict[int, tuple[str, ...]] = {}
    for position, source in enumerate(drawn, start=1):
        lettered = list(zip(LETTERS, _ordered_choices(source, seed), strict=False))
        key[position] = tuple(letter for letter, choice in lettered if choice.code in source.right)
        questions.append(
            PaperQuestion(
                position=position,
                question_id=source.question_id,
                kind=source.kind,
                points=source.points,
                stem_zh=source.stem_zh,
                stem_en=source.stem_en,
                choices=tuple(Choice(letter, choice.text_zh, choice.text_en) for letter, choice in lettered),
            )
        )
    return Paper(questions=tuple(questions), key=key)


def _ordered_choices(question: BankQuestion, seed: int) -> list[Choice]:
    """Shuffle the choices, but leave right before wrong where a statement is judged."""
    if question.kind == Kind.TRUE_FALSE:
        return list(question.choices)
    return sorted(question.choices, key=lambda choice: _rank(seed, f"choices of {question.question_id}", choice.code))


def is_answerable(question: PaperQuestion, choices: Collection[str]) -> bool:
    """Say whether these letters can be an answer: offered, none twice, one at most unless multiple."""
    offered = {choice.code for choice in question.choices}
    if not set(choices) <= offered or len(set(choices)) != len(choices):
        return False
    return question.kind == Kind.MULTIPLE or len(choices) <= 1
