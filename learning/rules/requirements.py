"""Requirements: what is asked, what is held, what is missing.

Total and public are two tests: surplus professional hours never fill the public
one. Works in hundredths of a credit hour; nothing of people or dates.
"""

from dataclasses import dataclass
from enum import StrEnum


class TitleLevel(StrEnum):
    """Levels of professional title. Source: DOMAIN §1."""

    SENIOR_FULL = "senior_full"
    SENIOR_ASSOCIATE = "senior_associate"
    INTERMEDIATE = "intermediate"
    JUNIOR = "junior"


class PromotionTrack(StrEnum):
    """The promotion a person works towards. Source: R16, R17."""

    JUNIOR_TO_INTERMEDIATE = "junior_to_mid"
    INTERMEDIATE_TO_ASSOCIATE = "mid_to_assoc"
    ASSOCIATE_TO_FULL = "assoc_to_full"


class SubjectKind(StrEnum):
    """Every course and credit is exactly one of these. Source: R2."""

    PUBLIC = "public"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class RequirementRule:
    """The numbers of one requirement version. A share of 0/1 asks for none."""

    total_centihours: int
    public_centihours: int
    professional_share_numerator: int = 0
    professional_share_denominator: int = 1

    @property
    def professional_centihours(self) -> int:
        """The least professional credit asked, rounded up to a hundredth."""
        share = self.total_centihours * self.professional_share_numerator
        return -(-share // self.professional_share_denominator)


@dataclass(frozen=True, slots=True)
class Totals:
    """Credit held, by subject."""

    public_centihours: int
    professional_centihours: int

    @property
    def total_centihours(self) -> int:
        """Both subjects together."""
        return self.public_centihours + self.professional_centihours

    def __add__(self, other: "Totals") -> "Totals":
        """Add subject by subject."""
        return Totals(
            self.public_centihours + other.public_centihours,
            self.professional_centihours + other.professional_centihours,
        )

    def __sub__(self, other: "Totals") -> "Totals":
        """Take away subject by subject."""
        return Totals(
            self.public_centihours - other.public_centihours,
            self.professional_centihours - other.professional_centihours,
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still to study, each test by itself; all zero means met."""

    total_centihours: int
    public_centihours: int
    professional_centihours: int

    @property
    def is_nothing(self) -> bool:
        """Whether every test is passed."""
        return not (self.total_centihours or self.public_centihours or self.professional_centihours)

    @property
    def to_study_centihours(self) -> int:
        """The one number of the home page: the least further credit that passes every test."""
        return max(self.total_centihours, self.public_centihours + self.professional_centihours)


def missing(rule: RequirementRule, held: Totals) -> Missing:
    """Say what each test still lacks. Source: R14, R15; the share: Order 25."""
    return Missing(
        total_centihours=max(rule.total_centihours - held.total_centihours, 0),
        public_centihours=max(rule.public_centihours - held.public_centihours, 0),
        professional_centihours=max(rule.professional_centihours - held.professional_centihours, 0),
    )


def is_met(rule: RequirementRule, held: Totals) -> bool:
    """Say whether the year is fulfilled. Source: R14, R15."""
    return missing(rule, held).is_nothing
