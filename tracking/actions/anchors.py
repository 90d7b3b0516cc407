"""Anchors: every daily root is left with every place outside that the settings name.

At least once: a crash between the leaving and the row leaves the root there twice, which harms
nothing. A place that is away holds up nobody but itself. Source: TRACKING §4.
"""

import logging
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from learning.rules.digests import digest_of
from tracking.actions.anchor_backends import AnchorFailed, Backend, configured
from tracking.models import Anchor, DailyRoot

logger = logging.getLogger(__name__)

_BATCH: Final = 50


def facts_of(anchor: Anchor) -> dict[str, object]:
    """Return what an anchor's digest covers."""
    return {
        "root": anchor.root.digest,
        "backend": anchor.backend,
        "receipt": anchor.receipt,
        "anchored_ms": anchor.anchored_ms,
    }


def anchor_roots(*, now: datetime) -> int:
    """Leave every root with every place that does not have it yet; return how many were left.

    Never inside a transaction: the network must not hold the database.
    """
    return sum(_leave_all(name, backend, now) for name, backend in configured().items())


def _leave_all(name: str, backend: Backend, now: datetime) -> int:
    """Leave what one place lacks, oldest first, until it fails."""
    left = 0
    for root in DailyRoot.objects.exclude(anchors__backend=name).order_by("day")[:_BATCH]:
        try:
            receipt = backend.leave(root)
        except AnchorFailed as reason:
            logger.warning("The root of %s was not left with %s: %s", root.day, name, reason)
            break
        left += _store(Anchor(root=root, backend=name, receipt=receipt, anchored_ms=int(now.timestamp() * 1_000)))
    return left


def _store(anchor: Anchor) -> int:
    """Store the anchor; 0 when another worker was first."""
    anchor.digest = digest_of(facts_of(anchor))
    try:
        with transaction.atomic():
            anchor.save()
    except IntegrityError:
        return 0
    return 1
