"""The demo question banks: enough, unambiguous, and not to be guessed by letter."""

from collections import Counter

import pytest

from assessments.demo.question import judge, multiple
from assessments.demo.questions import QUESTIONS, DemoQuestion

EVERY = [question for bank in QUESTIONS.values() for question in bank]
BANKS = pytest.mark.parametrize("slug", QUESTIONS)
QUESTION = pytest.mark.parametrize("question", EVERY, ids=lambda question: question.code)
RIGHT_COUNTS = {"single": (1,), "true_false": (1,), "multiple": (2, 3, 4)}
CHOICE_CODES = {"single": "ABCD", "multiple": "ABCD", "true_false": "AB"}


def right_letters(question: DemoQuestion) -> str:
    return "".join(choice.code for choice in question.choices if choice.is_right)


def test_questions_stand_for_the_four_demo_courses() -> None:
    assert list(QUESTIONS) == ["professional-ethics", "capacity-building", "regional-economy", "bim-design"]


@BANKS
def test_bank_holds_enough_of_each_kind(slug: str) -> None:
    kinds = Counter(question.kind for question in QUESTIONS[slug])

    assert kinds.total() >= 20
    assert kinds["single"] >= 10
    assert kinds["multiple"] >= 3
    assert kinds["true_false"] >= 3


def test_questions_have_codes_and_stems_of_their_own() -> None:
    for words in ("code", "stem_zh", "stem_en"):
        counted = Counter(getattr(question, words) for question in EVERY)
        assert [text for text, count in counted.items() if count > 1] == []


@QUESTION
def test_question_has_as_many_right_answers_as_its_kind_allows(question: DemoQuestion) -> None:
    assert len(right_letters(question)) in RIGHT_COUNTS[question.kind]
    assert "".join(choice.code for choice in question.choices) == CHOICE_CODES[question.kind]
    assert question.points == 5


@QUESTION
def test_question_is_written_in_both_languages(question: DemoQuestion) -> None:
    chinese = [question.stem_zh, question.explanation_zh]
    english = [question.stem_en, question.explanation_en, *(choice.text_en for choice in question.choices)]

    assert all(has_chinese(text) for text in chinese)
    assert all(text.strip() and not has_chinese(text) for text in english)
    assert all(choice.text_zh.strip() for choice in question.choices)


@QUESTION
def test_question_offers_no_choice_twice(question: DemoQuestion) -> None:
    assert len({choice.text_zh for choice in question.choices}) == len(question.choices)
    assert len({choice.text_en for choice in question.choices}) == len(question.choices)


@BANKS
def test_bank_spreads_its_right_letters(slug: str) -> None:
    letters = Counter(right_letters(question) for question in QUESTIONS[slug] if question.kind == "single")
    judged = Counter(right_letters(question) for question in QUESTIONS[slug] if question.kind == "true_false")

    assert set(letters) == set("ABCD")
    assert max(letters.values()) * 3 <= letters.total()
    assert set(judged) == set("AB")


def test_multiple_marks_each_letter_named() -> None:
    question = multiple("m", "AC", ("题", "Q"), ("一", "1"), ("二", "2"), ("三", "3"), why=("因", "Y"))

    assert [(choice.code, choice.is_right) for choice in question.choices] == [("A", True), ("B", False), ("C", True)]


def test_judge_marks_the_wrong_statement_as_wrong() -> None:
    question = judge("j", is_true=False, stem=("题", "Q"), why=("因", "Y"))

    assert [(choice.text_en, choice.is_right) for choice in question.choices] == [("True", False), ("False", True)]


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)
