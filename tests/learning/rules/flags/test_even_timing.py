"""Answers that come as a clock strikes."""

from dataclasses import replace

from learning.rules.flags import Flag, FlagCode, Study, even_timing
from tests.factories.flags import TERMS_AT_FIRST as TERMS
from tests.factories.flags import case


def flagged(*reactions_ms: int) -> Flag | None:
    return even_timing.flag(case(Study(reactions_ms=reactions_ms)), 4_000, TERMS)


def test_even_answers_are_flagged_up_to_the_policys_spread() -> None:
    assert flagged(*[4_000] * 9, 4_300) == Flag(FlagCode.EVEN_TIMING, 300, 4_000, {"answers": 10})
    assert flagged(*[4_000] * 10) is not None


def test_even_answers_are_not_flagged_beyond_it() -> None:
    assert flagged(*[4_000] * 9, 4_301) is None


def test_of_a_few_answers_it_says_nothing() -> None:
    few = case(Study(reactions_ms=(4_000,) * 9))

    assert even_timing.measure(few, TERMS) is None
    assert even_timing.flag(few, None, TERMS) is None
    assert even_timing.flag(few, None, replace(TERMS, answers_min=9)) is not None


def test_without_answers_it_says_nothing_whatever_the_policy() -> None:
    assert even_timing.measure(case(), replace(TERMS, answers_min=0)) is None
