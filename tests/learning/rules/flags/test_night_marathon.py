"""Hours on end in one night."""

from dataclasses import replace

from learning.rules.flags import Doing, Flag, FlagCode, Study, night_marathon
from tests.factories.flags import HOUR_MS, MINUTE_MS, NIGHT_MS, case, stretch
from tests.factories.flags import TERMS_AT_FIRST as TERMS


def watched(*spans: tuple[int, float]) -> object:
    return case(Study(stretches=tuple(stretch(start_ms, minutes) for start_ms, minutes in spans)))


def measured(*spans: tuple[int, float]) -> int | None:
    return night_marathon.measure(watched(*spans), TERMS)  # type: ignore[arg-type]


def flagged(*spans: tuple[int, float]) -> Flag | None:
    return night_marathon.flag(watched(*spans), 1_200, TERMS)  # type: ignore[arg-type]


def test_night_is_flagged_from_three_hours_on() -> None:
    assert flagged((NIGHT_MS, 180)) == Flag(FlagCode.NIGHT_MARATHON, 10_800, 1_200)


def test_night_is_not_flagged_a_second_earlier() -> None:
    assert flagged((NIGHT_MS, 180 - 1 / 60)) is None


def test_night_counts_only_what_lies_between_its_hours() -> None:
    evening, morning = (NIGHT_MS - 2 * HOUR_MS, 120.0), (NIGHT_MS + 6 * HOUR_MS, 180.0)

    assert measured(evening, morning) == 0
    assert measured((NIGHT_MS - HOUR_MS, 120)) == 3_600
    assert measured((NIGHT_MS + 5 * HOUR_MS, 120)) == 3_600


def test_night_adds_up_what_lies_before_and_after_midnight() -> None:
    assert measured((NIGHT_MS, 30), (NIGHT_MS + 2 * HOUR_MS, 30)) == 3_600


def test_nights_are_not_added_to_each_other() -> None:
    assert measured((NIGHT_MS, 100), (NIGHT_MS + 24 * HOUR_MS, 110)) == 6_600


def test_night_counts_no_minute_twice() -> None:
    assert measured((NIGHT_MS, 60), (NIGHT_MS + 30 * MINUTE_MS, 60)) == 5_400


def test_night_says_nothing_where_nothing_was_watched() -> None:
    exam_by_night = Study(stretches=(stretch(NIGHT_MS, 200, Doing.EXAM),))

    assert night_marathon.measure(case(exam_by_night), TERMS) is None


def test_night_follows_the_policy() -> None:
    short = replace(TERMS, night_from_hour=0, night_hours=5, night_s_min=60)

    assert night_marathon.flag(watched((NIGHT_MS, 60)), None, short) is None  # type: ignore[arg-type]
    assert night_marathon.flag(watched((NIGHT_MS, 61)), None, short) is not None  # type: ignore[arg-type]
