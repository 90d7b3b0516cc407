"""What a fulfilled year may give the next one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.requirements import RequirementRule, Totals, is_met
from learning.rules.surplus import surplus

SENIOR = RequirementRule(8_600, 2_600)
ORDER_25 = RequirementRule(9_000, 0, 2, 3)
WIDE = Totals(100_000, 100_000)


@pytest.mark.parametrize(
    ("rule", "studied", "caps", "carried"),
    [
        (SENIOR, Totals(2_600, 6_000), WIDE, Totals(0, 0)),
        (SENIOR, Totals(2_600, 6_200), WIDE, Totals(0, 200)),
        (SENIOR, Totals(2_800, 6_000), WIDE, Totals(0, 200)),
        (SENIOR, Totals(9_000, 0), WIDE, Totals(400, 0)),
        (SENIOR, Totals(2_599, 9_000), WIDE, Totals(0, 0)),
        (SENIOR, Totals(2_600, 5_999), WIDE, Totals(0, 0)),
        (SENIOR, Totals(3_000, 6_500), Totals(100, 300), Totals(100, 300)),
        (SENIOR, Totals(3_000, 6_500), Totals(0, 0), Totals(0, 0)),
        (ORDER_25, Totals(3_500, 6_000), WIDE, Totals(500, 0)),
        (ORDER_25, Totals(3_000, 6_500), WIDE, Totals(0, 500)),
    ],
)
def test_r14_surplus_is_what_the_year_can_spare(
    rule: RequirementRule, studied: Totals, caps: Totals, carried: Totals
) -> None:
    assert surplus(rule, studied, caps=caps) == carried


@given(
    rule=st.sampled_from([SENIOR, ORDER_25]),
    public=st.integers(0, 12_000),
    professional=st.integers(0, 12_000),
    caps=st.builds(Totals, st.integers(0, 3_000), st.integers(0, 3_000)),
)
def test_r14_r15_a_year_is_met_still_without_what_it_gave(
    rule: RequirementRule, public: int, professional: int, caps: Totals
) -> None:
    studied = Totals(public, professional)
    given_away = surplus(rule, studied, caps=caps)

    assert is_met(rule, studied - given_away) is is_met(rule, studied)
    assert 0 <= given_away.public_centihours <= caps.public_centihours
    assert 0 <= given_away.professional_centihours <= caps.professional_centihours
