"""What a recognised base owes: people trained in a year. Source: R43."""

from learning.rules.eligibility import Tier

#: Distinct persons a year: 499 fails, 500 passes. Source: R43 (Hubei Art. 4-4); a national base: F14.
TRAINED_A_YEAR = 500
TRAINED_A_YEAR_NATIONAL = 2_000


def trained_asked(tier: str) -> int:
    """Return how many distinct persons a base of this tier trains in a year at least."""
    return TRAINED_A_YEAR_NATIONAL if tier == Tier.NATIONAL else TRAINED_A_YEAR
