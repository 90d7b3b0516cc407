from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from cms.models.check_questions import CheckQuestionBlock, facts_of_questions
from learning.models import Organisation
from tests.factories import cms as make_cms


def question(**changes: Any) -> dict[str, Any]:
    return {
        "text_zh": "哪一项？",
        "text_en": "Which one?",
        "after_s": 10,
        "options": [
            {"text_zh": "甲", "text_en": "A", "is_right": False},
            {"text_zh": "乙", "text_en": "B", "is_right": True},
        ],
    } | changes


def cleaned(raw: dict[str, Any]) -> Any:
    block = CheckQuestionBlock()
    return block.clean(block.to_python(raw))


@pytest.mark.django_db
@pytest.mark.usefixtures("site", "rule")
def test_publish_keeps_a_lectures_questions_in_its_edition(base: Organisation) -> None:
    page = make_cms.course_page(base)
    lecture = page.lectures.first()
    lecture.check_questions = [("question", question())]
    page.lectures = [lecture, *list(page.lectures.all())[1:]]

    edition = make_cms.published(page)

    assert edition.lessons.get(number=1).check_questions == [
        {
            "text_zh": "哪一项？",
            "text_en": "Which one?",
            "after_s": 10,
            "options_zh": ["甲", "乙"],
            "options_en": ["A", "B"],
            "right": 1,
        }
    ]
    assert edition.lessons.get(number=2).check_questions == []


def test_no_questions_are_no_facts() -> None:
    assert facts_of_questions([]) == ()


@pytest.mark.parametrize(
    "options",
    [
        [{"text_zh": "甲", "text_en": "A", "is_right": False}, {"text_zh": "乙", "text_en": "B", "is_right": False}],
        [{"text_zh": "甲", "text_en": "A", "is_right": True}, {"text_zh": "乙", "text_en": "B", "is_right": True}],
        [{"text_zh": "甲", "text_en": "A", "is_right": True}, {"text_zh": "甲", "text_en": "B", "is_right": False}],
        [{"text_zh": "甲", "text_en": "A", "is_right": True}],
    ],
    ids=["none_right", "two_right", "two_alike", "one_only"],
)
def test_clean_refuses_a_question_nobody_could_answer_fairly(options: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        cleaned(question(options=options))


def test_clean_accepts_a_sound_question() -> None:
    assert cleaned(question())["after_s"] == 10
