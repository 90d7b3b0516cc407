"""The forecast and the rules are one law: what stands out is what a rule tells of, for every figure."""

from __future__ import annotations

import dataclasses

import pytest

from learning.rules.flags import RULES, FlagCode, Terms
from learning.rules.flags.forecast import Measured, forecast
from learning.rules.flags.thresholds import THRESHOLDS, WITHOUT, changed, faulty
from tests.factories.flags import TERMS_AT_FIRST

NIGHT = FlagCode.NIGHT_MARATHON


def test_every_term_has_a_threshold_and_every_flag_has_one_or_none() -> None:
    assert {each.name for each in THRESHOLDS} == {field.name for field in dataclasses.fields(Terms)}
    assert {each.flag for each in THRESHOLDS} - {None} | set(WITHOUT) == {rule.CODE for rule in RULES}


def test_the_terms_to_begin_with_can_be_set() -> None:
    assert list(faulty(TERMS_AT_FIRST)) == []


@pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda each: each.name)
def test_a_threshold_beyond_its_bounds_is_faulty(threshold: object) -> None:
    name, least, most = threshold.name, threshold.least, threshold.most  # type: ignore[attr-defined]
    for value in (least - 1, most + 1):
        assert name in set(faulty(dataclasses.replace(TERMS_AT_FIRST, **{name: value})))


def test_changed_names_what_differs() -> None:
    other = dataclasses.replace(TERMS_AT_FIRST, overlap_s_min=90)
    assert [each.name for each in changed(TERMS_AT_FIRST, other)] == ["overlap_s_min"]


def test_the_latest_of_a_course_say_what_is_usual() -> None:
    """Of six exams only the five newest are peers: the oldest would have made another middle."""
    measured = [Measured(1, {"quick_exam": figure}) for figure in (100, 400, 400, 400, 400, 10)]
    wider = dataclasses.replace(TERMS_AT_FIRST, exam_percent_of_usual_max=26)
    row = next(row for row in forecast(measured, TERMS_AT_FIRST, wider, peers_max=5) if row.code == "quick_exam")

    assert (row.before, row.after) == (2, 2)


def test_what_is_no_course_is_compared_with_nothing() -> None:
    measured = [Measured(None, {"quick_exam": 1, NIGHT: 20_000}) for _number in range(9)]
    rows = {row.code: row for row in forecast(measured, TERMS_AT_FIRST, TERMS_AT_FIRST, peers_max=100)}

    assert (rows[FlagCode.QUICK_EXAM].before, rows[NIGHT].before) == (0, 9)
