"""Anchors of viewing: its daily roots, left with every place outside. Source: TRACKING §4."""

from datetime import datetime

from learning.actions import anchors
from tracking.models import Anchor, DailyRoot


def anchor_roots(*, now: datetime) -> int:
    """Leave every root with every place that does not have it yet; return how many were left.

    Never inside a transaction: the network must not hold the database.
    """
    return anchors.leave(DailyRoot, Anchor, now=now)
