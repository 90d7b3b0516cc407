"""Eligibility: each refusing rule, and what it does not refuse."""

import pytest

from learning.rules.eligibility import SOURCES, Learner, Offer, Refusal, Tier, refusals
from learning.rules.requirements import PromotionTrack, SubjectKind, TitleLevel

LANKAO, KAIFENG = "410225", "410200"
COUNTY = Offer(Tier.COUNTY, LANKAO, SubjectKind.PROFESSIONAL)
CITY = Offer(Tier.MUNICIPAL, KAIFENG, SubjectKind.PUBLIC)


def learner(
    level: TitleLevel = TitleLevel.JUNIOR,
    track: PromotionTrack | None = None,
    region: tuple[str, ...] = (LANKAO, KAIFENG),
    *,
    waiver: bool = False,
) -> Learner:
    return Learner(level, track, region, waiver)


@pytest.mark.parametrize(
    ("who", "offer", "expected"),
    [
        (learner(track=PromotionTrack.JUNIOR_TO_INTERMEDIATE), COUNTY, ()),
        (learner(track=PromotionTrack.JUNIOR_TO_INTERMEDIATE), CITY, ()),
        (
            learner(TitleLevel.INTERMEDIATE, PromotionTrack.INTERMEDIATE_TO_ASSOCIATE),
            COUNTY,
            (Refusal.PROMOTION_NEEDS_MUNICIPAL,),
        ),
        (
            learner(TitleLevel.SENIOR_ASSOCIATE, PromotionTrack.ASSOCIATE_TO_FULL),
            COUNTY,
            (Refusal.PROMOTION_NEEDS_MUNICIPAL, Refusal.COUNTY_BASE_LEVEL),
        ),
        (learner(TitleLevel.INTERMEDIATE, PromotionTrack.INTERMEDIATE_TO_ASSOCIATE), CITY, ()),
        (learner(TitleLevel.SENIOR_FULL), COUNTY, (Refusal.COUNTY_BASE_LEVEL,)),
        (learner(region=(KAIFENG,)), COUNTY, (Refusal.COUNTY_BASE_REGION,)),
        (learner(TitleLevel.SENIOR_FULL, region=(KAIFENG,), waiver=True), COUNTY, ()),
    ],
    ids=[
        "R17 county allowed",
        "R17 city allowed",
        "R16 intermediate",
        "R16 and R25 associate",
        "R16 city allowed",
        "R25 level",
        "R25 region",
        "R25 waiver",
    ],
)
def test_r16_r17_r25_refusals_name_each_rule(who: Learner, offer: Offer, expected: tuple[Refusal, ...]) -> None:
    assert refusals(who, offer) == expected


def test_r3_refusals_honour_target_levels_of_professional_courses_only() -> None:
    targeted = Offer(Tier.MUNICIPAL, KAIFENG, SubjectKind.PROFESSIONAL, (TitleLevel.SENIOR_FULL,))
    public = Offer(Tier.MUNICIPAL, KAIFENG, SubjectKind.PUBLIC, (TitleLevel.SENIOR_FULL,))

    assert refusals(learner(), targeted) == (Refusal.LEVEL_NOT_TARGETED,)
    assert refusals(learner(), public) == ()


def test_every_refusal_quotes_its_rule() -> None:
    assert set(SOURCES) == set(Refusal)
