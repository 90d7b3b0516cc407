"""Presence checks that nobody answered."""

from dataclasses import replace

from learning.rules.flags import Flag, FlagCode, Study, missed_checks
from tests.factories.flags import TERMS_AT_FIRST as TERMS
from tests.factories.flags import case


def flagged(missed: int, answered: int) -> Flag | None:
    return missed_checks.flag(case(Study(missed_checks=missed, reactions_ms=(3_000,) * answered)), 0, TERMS)


def test_missed_checks_are_flagged_from_the_policys_number_and_share_on() -> None:
    assert flagged(3, 3) == Flag(FlagCode.MISSED_CHECKS, 3, 0, {"asked": 6})


def test_missed_checks_are_not_flagged_below_the_number_or_below_the_share() -> None:
    assert flagged(2, 0) is None
    assert flagged(3, 4) is None


def test_missed_checks_follow_the_policy() -> None:
    one = case(Study(missed_checks=1, reactions_ms=(1,) * 9))

    assert missed_checks.flag(one, 0, replace(TERMS, missed_checks_min=1, missed_percent_min=10)) is not None


def test_missed_checks_say_nothing_where_none_was_asked() -> None:
    assert missed_checks.measure(case(), TERMS) is None
    assert missed_checks.measure(case(Study(reactions_ms=(1,))), TERMS) == 0
