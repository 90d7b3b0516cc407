"""R43: how many distinct persons a base trains in a year."""

import pytest

from learning.rules.base_duties import trained_asked
from learning.rules.eligibility import Tier


@pytest.mark.parametrize(
    ("tier", "asked"), [(Tier.COUNTY, 500), (Tier.MUNICIPAL, 500), (Tier.PROVINCIAL, 500), (Tier.NATIONAL, 2_000)]
)
def test_r43_asks_five_hundred_and_of_a_national_base_more(tier: Tier, asked: int) -> None:
    assert trained_asked(tier) == asked
