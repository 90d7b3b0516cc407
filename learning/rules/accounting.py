"""Accounting: hours or points, and what a point is worth.

Credit is held in hundredths of an hour whatever the scheme; points are another
way to say the same amount, never a second sum that could disagree with it.
"""

from enum import StrEnum

CENTIPOINTS_PER_POINT = 100


class AccountingScheme(StrEnum):
    """How a region states its figures. Source: R13."""

    HOURS = "hours"
    POINTS = "points"


def centipoints_of(centihours: int, *, point_centihours: int) -> int:
    """Return hundredths of a point, rounded down as credit is. Source: R13, DOMAIN §5.11."""
    return centihours * CENTIPOINTS_PER_POINT // point_centihours
