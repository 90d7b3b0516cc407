"""Completion: every lesson, and the exam where one is asked."""

from learning.rules.completion import lacking


def test_lacking_names_the_lessons_and_the_exam() -> None:
    gap = lacking(lesson_numbers=[1, 2, 3], watched_numbers=[2], exam_required=True, exam_passed=False)

    assert (gap.lesson_numbers, gap.exam, gap.is_nothing) == ((1, 3), True, False)


def test_lacking_is_nothing_without_an_exam_to_pass() -> None:
    assert lacking(lesson_numbers=[1], watched_numbers=[1], exam_required=False, exam_passed=False).is_nothing
