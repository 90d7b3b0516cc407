"""An exam in a fraction of the usual time."""

from dataclasses import replace

from learning.rules.flags import Flag, FlagCode, quick_exam
from tests.factories.flags import TERMS_AT_FIRST as TERMS
from tests.factories.flags import case, sat

USUAL_S = 40 * 60


def test_quick_exam_is_flagged_at_a_quarter_of_the_usual_time() -> None:
    assert quick_exam.flag(sat(10), USUAL_S, TERMS) == Flag(FlagCode.QUICK_EXAM, 600, USUAL_S)


def test_quick_exam_is_not_flagged_a_second_later() -> None:
    assert quick_exam.flag(sat(10 + 1 / 60), USUAL_S, TERMS) is None


def test_quick_exam_is_never_flagged_without_a_usual_time() -> None:
    assert quick_exam.flag(sat(0.1), None, TERMS) is None


def test_quick_exam_follows_the_policy() -> None:
    assert quick_exam.flag(sat(10), USUAL_S, replace(TERMS, exam_percent_of_usual_max=24)) is None


def test_quick_exam_says_nothing_where_no_exam_was_sat() -> None:
    assert quick_exam.measure(case(), TERMS) is None
