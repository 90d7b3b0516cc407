"""R16, R17, R21, R22: which years a promotion looks at, whose training counts, and what is missing."""

from __future__ import annotations

import pytest

from learning.rules.eligibility import Tier
from learning.rules.promotion import (
    Standing,
    Verdict,
    YearHeld,
    YearJudged,
    is_accepted,
    judge,
    reviewed_years,
    verdict,
)
from learning.rules.requirements import PromotionTrack, RequirementRule, Totals

SENIOR = RequirementRule(8_600, 2_600)
NOTHING = Totals(0, 0)
FULL = Totals(2_600, 6_000)
TO_MID, TO_ASSOCIATE, TO_FULL = (
    PromotionTrack.JUNIOR_TO_INTERMEDIATE, PromotionTrack.INTERMEDIATE_TO_ASSOCIATE, PromotionTrack.ASSOCIATE_TO_FULL,
)  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "track", "accepted"),
    [
        (Tier.COUNTY, TO_ASSOCIATE, False),
        (Tier.MUNICIPAL, TO_ASSOCIATE, True),
        (Tier.PROVINCIAL, TO_ASSOCIATE, True),
        (Tier.COUNTY, TO_FULL, False),
        (Tier.MUNICIPAL, TO_FULL, True),
        (Tier.NATIONAL, TO_FULL, True),
        (Tier.COUNTY, TO_MID, True),
        (Tier.MUNICIPAL, TO_MID, True),
    ],
    ids=[
        "R16 county for associate",
        "R16 the city itself counts",
        "R16 province",
        "R16 county for full",
        "R16 city for full",
        "R16 nation",
        "R17 county for intermediate",
        "R17 city for intermediate",
    ],
)
def test_r16_r17_whose_training_counts(tier: Tier, track: PromotionTrack, accepted: bool) -> None:
    assert is_accepted(tier, track) is accepted


@pytest.mark.parametrize(
    ("present", "expected"),
    [(2026, [2021, 2022, 2023, 2024, 2025]), (2015, [2013, 2014]), (2013, [])],
    ids=["five finished years", "R21 not before 2013", "R21 the first year"],
)
def test_r21_the_years_a_review_looks_at(present: int, expected: list[int]) -> None:
    assert list(reviewed_years(present)) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (YearHeld(2025, SENIOR, FULL, NOTHING, is_certified=True), (Standing.CERTIFIED, 0, 0)),
        (YearHeld(2025, SENIOR, FULL, NOTHING, is_certified=False), (Standing.AWAITS_CERTIFICATE, 0, 0)),
        (YearHeld(2025, SENIOR, Totals(2_500, 6_100), NOTHING, is_certified=False), (Standing.SHORT, 100, 0)),
        (YearHeld(2025, SENIOR, NOTHING, NOTHING, is_certified=False), (Standing.SHORT, 8_600, 0)),
        (YearHeld(2025, SENIOR, FULL, Totals(0, 2_000), is_certified=True), (Standing.TIER_TOO_LOW, 2_000, 2_000)),
        (
            YearHeld(2025, SENIOR, Totals(2_600, 9_000), Totals(0, 2_000), is_certified=True),
            (Standing.CERTIFIED, 0, 2_000),
        ),
        (YearHeld(2016, None, NOTHING, NOTHING, is_certified=False), (Standing.NO_RULE, 0, 0)),
    ],
    ids=[
        "R21 hours and certificate",
        "R21 certificate missing",
        "R21 public hours missing",
        "R21 nothing on record",
        "R16 met only with the county's hours",
        "R16 enough without the county's",
        "no rule kept",
    ],
)
def test_r21_how_a_year_stands(held: YearHeld, expected: tuple[Standing, int, int]) -> None:
    found = judge(held)

    assert (found.standing, found.lacking_centihours, found.too_low_centihours) == expected


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([Standing.CERTIFIED] * 5, Verdict.MAY_APPLY),
        ([*[Standing.CERTIFIED] * 4, Standing.SHORT], Verdict.NOT_YET),
        ([*[Standing.CERTIFIED] * 4, Standing.AWAITS_CERTIFICATE], Verdict.NOT_YET),
        ([*[Standing.CERTIFIED] * 4, Standing.TIER_TOO_LOW], Verdict.NOT_YET),
        ([Standing.NO_RULE, Standing.CERTIFIED], Verdict.UNKNOWN),
        ([Standing.NO_RULE, Standing.SHORT], Verdict.NOT_YET),
        ([], Verdict.MAY_APPLY),
    ],
    ids=["R22 complete", "R22 short", "R21 no certificate", "R16 tier", "paper", "paper and short", "no year asked"],
)
def test_r22_who_may_apply(standings: list[Standing], expected: Verdict) -> None:
    assert verdict(YearJudged(2020 + number, each) for number, each in enumerate(standings)) == expected
