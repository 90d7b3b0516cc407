"""Requirements: the boundary cases of the regulations, and what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.requirements import RequirementRule, Totals, is_met, missing

KAIFENG_SENIOR = RequirementRule(8_600, 2_600)
KAIFENG_JUNIOR = RequirementRule(7_400, 2_200)
NATION = RequirementRule(9_000, 0, 2, 3)


@pytest.mark.parametrize(
    ("rule", "total", "public", "met"),
    [
        (KAIFENG_SENIOR, 8_600, 2_600, True),
        (KAIFENG_SENIOR, 8_600, 2_500, False),
        (KAIFENG_SENIOR, 8_500, 2_600, False),
        (KAIFENG_JUNIOR, 7_400, 2_200, True),
        (KAIFENG_SENIOR, 7_400, 2_200, False),
        (NATION, 9_000, 3_000, True),
        (NATION, 9_000, 3_100, False),
    ],
    ids=[
        "R14 exact",
        "R14 public short",
        "R14 total short",
        "R15 exact",
        "R14 not R15",
        "two thirds",
        "below two thirds",
    ],
)
def test_r14_r15_is_met_at_the_boundaries(rule: RequirementRule, total: int, public: int, met: bool) -> None:
    assert is_met(rule, Totals(public, total - public)) is met


def test_r14_missing_keeps_the_two_tests_apart() -> None:
    surplus_professional = missing(KAIFENG_SENIOR, Totals(1_000, 9_000))

    assert (surplus_professional.total_centihours, surplus_professional.public_centihours) == (0, 1_600)
    assert surplus_professional.to_study_centihours == 1_600


def test_missing_asks_for_the_mock_ups_year() -> None:
    """52.5 confirmed and 15.0 pending of 86, 20.0 public of 26: 18.5 to study, 6.0 of it public."""
    gap = missing(KAIFENG_SENIOR, Totals(1_400, 3_850) + Totals(600, 900))

    assert (gap.total_centihours, gap.public_centihours, gap.to_study_centihours) == (1_850, 600, 1_850)


@given(
    public=st.integers(0, 20_000),
    professional=st.integers(0, 20_000),
    numerator=st.integers(0, 3),
    total=st.integers(0, 10_000),
    least_public=st.integers(0, 10_000),
)
def test_studying_what_is_missing_always_meets_the_rule(
    public: int, professional: int, numerator: int, total: int, least_public: int
) -> None:
    rule = RequirementRule(total, min(least_public, total), numerator, 3)
    held = Totals(public, professional)
    gap = missing(rule, held)

    rest = gap.to_study_centihours - gap.public_centihours - gap.professional_centihours
    after = held + Totals(gap.public_centihours, gap.professional_centihours + rest)

    assert rest >= 0
    assert is_met(rule, after)
