"""Eligibility: whether this person's credit from this base may count at all.

Judged before enrolment, so that nobody studies in vain. Answers with the
refusing rule; the door turns it into words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from learning.rules.requirements import PromotionTrack, SubjectKind, TitleLevel


class Tier(StrEnum):
    """The administrative tier of a bureau or base."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"
    COUNTY = "county"


class Refusal(StrEnum):
    """Why an enrolment is refused; each names its rule."""

    NO_REQUIREMENT = "no_requirement"
    YEAR_CLOSED = "year_closed"
    NOT_OPEN = "not_open"
    BASE_INACTIVE = "base_inactive"
    LEVEL_NOT_TARGETED = "level_not_targeted"
    PROMOTION_NEEDS_MUNICIPAL = "promotion_needs_municipal"
    COUNTY_BASE_LEVEL = "county_base_level"
    COUNTY_BASE_REGION = "county_base_region"
    ALREADY_ENROLLED = "already_enrolled"
    TOPIC_TAKEN = "topic_taken"
    COUNTS_ELSEWHERE = "counts_elsewhere"


#: The rule each refusal quotes.
SOURCES: dict[Refusal, str] = {
    Refusal.NO_REQUIREMENT: "R1",
    Refusal.YEAR_CLOSED: "R21",
    Refusal.NOT_OPEN: "DOMAIN 4.5",
    Refusal.BASE_INACTIVE: "DOMAIN 4.1",
    Refusal.LEVEL_NOT_TARGETED: "R3",
    Refusal.PROMOTION_NEEDS_MUNICIPAL: "R16",
    Refusal.COUNTY_BASE_LEVEL: "R25",
    Refusal.COUNTY_BASE_REGION: "R25",
    Refusal.ALREADY_ENROLLED: "DOMAIN 4.6",
    Refusal.TOPIC_TAKEN: "DOMAIN 4.6",
    Refusal.COUNTS_ELSEWHERE: "DOMAIN 4.6",
}

SENIOR_LEVELS = frozenset({TitleLevel.SENIOR_FULL, TitleLevel.SENIOR_ASSOCIATE})
MUNICIPAL_TRACKS = frozenset({PromotionTrack.INTERMEDIATE_TO_ASSOCIATE, PromotionTrack.ASSOCIATE_TO_FULL})


@dataclass(frozen=True, slots=True)
class Learner:
    """What eligibility asks of a person. `promotion_track` None: no promotion in view."""

    title_level: TitleLevel
    promotion_track: PromotionTrack | None
    region_codes: tuple[str, ...]
    has_county_waiver: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What eligibility asks of a course and its base."""

    base_tier: Tier
    base_region_code: str
    subject_kind: SubjectKind
    target_levels: tuple[str, ...] = ()


def refusals(learner: Learner, offer: Offer) -> tuple[Refusal, ...]:
    """Return every rule that refuses, in the order a person would want to hear them.

    Source: R3, R16 (middle-to-senior promotions need a municipal organiser or
    higher), R17 (junior promotion may use the county's), R25 (a county base
    teaches its own county's intermediate and junior; others need a waiver).
    """
    found: list[Refusal] = []
    is_targeted = offer.subject_kind == SubjectKind.PROFESSIONAL and bool(offer.target_levels)
    if is_targeted and learner.title_level not in offer.target_levels:
        found.append(Refusal.LEVEL_NOT_TARGETED)
    if offer.base_tier == Tier.COUNTY:
        found.extend(_county_refusals(learner, offer))
    return tuple(found)


def _county_refusals(learner: Learner, offer: Offer) -> Iterable[Refusal]:
    if learner.promotion_track in MUNICIPAL_TRACKS:
        yield Refusal.PROMOTION_NEEDS_MUNICIPAL
    if learner.has_county_waiver:
        return
    if learner.title_level in SENIOR_LEVELS:
        yield Refusal.COUNTY_BASE_LEVEL
    if offer.base_region_code not in learner.region_codes:
        yield Refusal.COUNTY_BASE_REGION
