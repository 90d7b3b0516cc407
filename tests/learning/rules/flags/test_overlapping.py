"""Study at the time of other study."""

from dataclasses import replace

import pytest

from learning.rules.flags import Case, Doing, Flag, FlagCode, Stretch, Study, overlapping
from tests.factories.flags import MINUTE_MS, case, stretch
from tests.factories.flags import TERMS_AT_FIRST as TERMS


def at(own: list[Stretch], elsewhere: list[Stretch]) -> Case:
    return case(Study(stretches=tuple(own)), elsewhere=tuple(elsewhere))


def test_overlap_is_flagged_from_a_minute_on() -> None:
    both = at([stretch(0, 30, Doing.EXAM)], [stretch(29 * MINUTE_MS, 30)])

    assert overlapping.flag(both, 0, TERMS) == Flag(FlagCode.OVERLAPPING, 60, 0)


def test_overlap_is_not_flagged_a_second_short_of_it() -> None:
    both = at([stretch(0, 30, Doing.EXAM)], [stretch(29 * MINUTE_MS + 1_000, 30)])

    assert overlapping.flag(both, 0, TERMS) is None


@pytest.mark.parametrize(
    ("elsewhere", "seconds"),
    [
        ([], 0),
        ([stretch(30 * MINUTE_MS, 10)], 0),
        ([stretch(-10 * MINUTE_MS, 10)], 0),
        ([stretch(10 * MINUTE_MS, 5)], 300),
        ([stretch(-10 * MINUTE_MS, 60)], 1_800),
        ([stretch(0, 10), stretch(5 * MINUTE_MS, 10)], 900),
        ([stretch(0, 5), stretch(20 * MINUTE_MS, 20)], 900),
    ],
    ids=["nothing", "right after", "right before", "within", "around", "twice at once", "at both ends"],
)
def test_overlap_counts_each_second_once(elsewhere: list[Stretch], seconds: int) -> None:
    assert overlapping.measure(at([stretch(0, 30, Doing.CLASS)], elsewhere), TERMS) == seconds


def test_overlap_of_one_long_stretch_with_several_of_ours_adds_up() -> None:
    ours = [stretch(0, 10), stretch(20 * MINUTE_MS, 10)]

    assert overlapping.measure(at(ours, [stretch(0, 60, Doing.CLASS)]), TERMS) == 1_200


def test_overlap_says_nothing_where_no_times_are_known() -> None:
    assert overlapping.measure(case(elsewhere=(stretch(0, 60),)), TERMS) is None


def test_overlap_follows_the_policy() -> None:
    both = at([stretch(0, 30)], [stretch(0, 30, Doing.CLASS)])

    assert overlapping.flag(both, None, replace(TERMS, overlap_s_min=1_801)) is None
