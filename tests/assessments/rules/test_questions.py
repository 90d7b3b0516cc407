from dataclasses import replace
from typing import Any

import pytest

from assessments.rules.questions import Choice, Kind, Objection, QuestionDraft, objections

CHOICES = tuple(Choice(code, f"选项{code}", f"Choice {code}") for code in "ABC")
DRAFT = QuestionDraft(code="q-1", kind=Kind.SINGLE, points=5, stem_zh="题", stem_en="Q", choices=CHOICES, right=("B",))


def test_objections_are_none_for_a_fit_question() -> None:
    assert objections(DRAFT) == ()
    assert objections(replace(DRAFT, kind=Kind.MULTIPLE, right=("A", "B"))) == ()
    assert objections(replace(DRAFT, kind=Kind.TRUE_FALSE, choices=CHOICES[:2])) == ()


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"stem_zh": "  "}, Objection.NO_STEM),
        ({"points": 0}, Objection.NO_POINTS),
        ({"kind": Kind.TRUE_FALSE}, Objection.CHOICE_COUNT),
        ({"choices": (*CHOICES, Choice("D", "", "x"))}, Objection.CHOICE_EMPTY),
        ({"choices": (*CHOICES, Choice("C", "又", "again"))}, Objection.CHOICE_CODE_TWICE),
        ({"right": ("E",)}, Objection.RIGHT_NOT_OFFERED),
        ({"right": ()}, Objection.RIGHT_COUNT),
        ({"right": ("A", "B")}, Objection.RIGHT_COUNT),
        ({"kind": Kind.MULTIPLE}, Objection.RIGHT_COUNT),
    ],
    ids=str,
)
def test_objections_name_what_is_wrong(change: dict[str, Any], objection: Objection) -> None:
    assert objections(replace(DRAFT, **change)) == (objection,)
