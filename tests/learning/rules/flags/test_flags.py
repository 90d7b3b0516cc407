"""All rules at once, and what is usual."""

from learning.rules.flags import RULES, Doing, FlagCode, Sitting, Study, figures_of, flags_of, usual
from tests.factories.flags import HOUR_MS, MINUTE_MS, NIGHT_MS, case, stretch
from tests.factories.flags import TERMS_AT_FIRST as TERMS

HONEST = case(
    Study(
        stretches=(
            stretch(NIGHT_MS - 3 * HOUR_MS, 95),
            stretch(NIGHT_MS + 22 * HOUR_MS, 150),
            stretch(NIGHT_MS + 45 * HOUR_MS, 49, Doing.EXAM),
        ),
        reactions_ms=(2_100, 3_400, 1_900, 7_300, 2_800, 2_200, 5_100, 3_000, 12_000, 2_500),
        missed_checks=2,
        sitting=Sitting(NIGHT_MS + 45 * HOUR_MS, NIGHT_MS + 45 * HOUR_MS + 49 * MINUTE_MS, 2),
    ),
    elsewhere=(stretch(NIGHT_MS + 10 * HOUR_MS, 60),),
    is_in_scope=True,
    is_same_identity=True,
)


def test_every_code_has_its_rule_and_every_rule_its_code() -> None:
    assert sorted(rule.CODE for rule in RULES) == sorted(FlagCode)


def test_an_honest_learner_is_not_flagged_by_the_first_thresholds() -> None:
    usuals = {FlagCode.QUICK_EXAM: 45 * 60, FlagCode.NIGHT_MARATHON: 0, FlagCode.SAME_NETWORK: 1}

    assert flags_of(HONEST, usuals, TERMS) == []


def test_figures_are_told_of_everything_that_is_recorded() -> None:
    assert figures_of(HONEST, TERMS) == {
        FlagCode.IDENTITY: 0,
        FlagCode.OUTSIDE_SCOPE: 0,
        FlagCode.OVERLAPPING: 0,
        FlagCode.SAME_NETWORK: 2,
        FlagCode.QUICK_EXAM: 49 * 60,
        FlagCode.NIGHT_MARATHON: 30 * 60,
        FlagCode.MISSED_CHECKS: 2,
        FlagCode.EVEN_TIMING: 10_100,
    }


def test_of_nothing_recorded_there_are_no_figures_and_no_flags() -> None:
    assert (figures_of(case(), TERMS), flags_of(case(), {}, TERMS)) == ({}, [])


def test_usual_is_the_middle_of_enough_others() -> None:
    assert usual(FlagCode.QUICK_EXAM, [10, 50, 20, 40, 30], TERMS) == 30
    assert usual(FlagCode.QUICK_EXAM, [10, 20, 30, 40], TERMS) is None
    assert usual(FlagCode.QUICK_EXAM, [], TERMS) is None


def test_usual_counts_a_network_once_however_many_sat_on_it() -> None:
    seven_together_and_three_alone = [7] * 7 + [1] * 3

    assert usual(FlagCode.SAME_NETWORK, seven_together_and_three_alone, TERMS) == 1
    # Measured one after the other, the first still saw fewer.
    assert usual(FlagCode.SAME_NETWORK, [1, 2, 3, 4, 5, 6, 7], TERMS) == 4
    assert usual(FlagCode.SAME_NETWORK, [6] * 12, TERMS) == 6
