"""Promotion: which years a title review looks at, and what each of them still lacks.

Judges hours, certificates and the organiser's tier; nothing of degrees or papers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from learning.rules.eligibility import MUNICIPAL_TRACKS, Tier
from learning.rules.requirements import PromotionTrack, RequirementRule, TitleLevel, Totals, is_met, missing

#: Title-review systems ask for this many years. Source: DOMAIN §0.7.
YEARS_REVIEWED = 5
#: The first year for which hours and certificate are required. Source: R21.
FIRST_YEAR = 2013
_RANKS = {Tier.COUNTY: 0, Tier.MUNICIPAL: 1, Tier.PROVINCIAL: 2, Tier.NATIONAL: 3}
#: The promotion that comes next. Source: R16, R17.
NEXT_TRACKS = {
    TitleLevel.JUNIOR: PromotionTrack.JUNIOR_TO_INTERMEDIATE,
    TitleLevel.INTERMEDIATE: PromotionTrack.INTERMEDIATE_TO_ASSOCIATE,
    TitleLevel.SENIOR_ASSOCIATE: PromotionTrack.ASSOCIATE_TO_FULL,
}


class Standing(StrEnum):
    """How one year stands for a promotion."""

    CERTIFIED = "certified"
    AWAITS_CERTIFICATE = "awaits_certificate"
    TIER_TOO_LOW = "tier_too_low"
    SHORT = "short"
    NO_RULE = "no_rule"


class Verdict(StrEnum):
    """Whether continuing education stands in the way. Source: R22."""

    MAY_APPLY = "may_apply"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class YearHeld:
    """A year as it is on record. `too_low`: confirmed hours whose organiser the track does not accept."""

    year: int
    rule: RequirementRule | None
    confirmed: Totals
    too_low: Totals
    is_certified: bool


@dataclass(frozen=True, slots=True)
class YearJudged:
    """A year's standing, and the hours it lacks."""

    year: int
    standing: Standing
    lacking_centihours: int = 0
    too_low_centihours: int = 0


def needed_tier(track: PromotionTrack) -> Tier:
    """Return the least tier of an organiser whose training counts. Source: R16, R17."""
    return Tier.MUNICIPAL if track in MUNICIPAL_TRACKS else Tier.COUNTY


def is_accepted(tier: Tier, track: PromotionTrack) -> bool:
    """Say whether training organised at this tier counts for the promotion; the needed tier itself does."""
    return _RANKS[tier] >= _RANKS[needed_tier(track)]


def reviewed_years(present_year: int) -> range:
    """Return the finished years a review of this year looks at, the oldest first. Source: R21, DOMAIN §0.7."""
    return range(max(present_year - YEARS_REVIEWED, FIRST_YEAR), present_year)


def judge(held: YearHeld) -> YearJudged:
    """Say how a year stands: hours first, then who organised them, then the certificate. Source: R16, R21."""
    if held.rule is None:
        return YearJudged(held.year, Standing.NO_RULE)
    counted = Totals(
        held.confirmed.public_centihours - held.too_low.public_centihours,
        held.confirmed.professional_centihours - held.too_low.professional_centihours,
    )
    lacking = missing(held.rule, counted).to_study_centihours
    too_low = held.too_low.total_centihours
    if not is_met(held.rule, held.confirmed):
        return YearJudged(held.year, Standing.SHORT, lacking, too_low)
    if lacking:
        return YearJudged(held.year, Standing.TIER_TOO_LOW, lacking, too_low)
    standing = Standing.CERTIFIED if held.is_certified else Standing.AWAITS_CERTIFICATE
    return YearJudged(held.year, standing, 0, too_low)


def verdict(years: Iterable[YearJudged]) -> Verdict:
    """Say whether one may apply: every year must stand; a year without a rule here is for paper to prove (R22)."""
    standings = {judged.standing for judged in years}
    if standings - {Standing.CERTIFIED, Standing.NO_RULE}:
        return Verdict.NOT_YET
    return Verdict.UNKNOWN if Standing.NO_RULE in standings else Verdict.MAY_APPLY
