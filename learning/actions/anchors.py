"""Anchors: every daily root is left with every place outside that the settings name.

At least once: a crash between the leaving and the row leaves the root there twice, which harms
nothing. A place that is away holds up nobody but itself. Source: TRACKING §4.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, models, transaction

from learning.actions.anchor_backends import AnchorFailed, Backend, configured
from learning.models.daily_root import RootAnchor, SignedDay
from learning.rules.digests import digest_of

logger = logging.getLogger(__name__)

_BATCH: Final = 50


def facts_of(anchor: RootAnchor) -> dict[str, object]:
    """Return what an anchor's digest covers."""
    return {
        "root": anchor.root.digest,
        "backend": anchor.backend,
        "receipt": anchor.receipt,
        "anchored_ms": anchor.anchored_ms,
    }


def leave(roots: type[SignedDay], anchor: Callable[..., RootAnchor], *, now: datetime) -> int:
    """Leave every root of a ledger with every place that does not have it yet; return how many were left.

    Never inside a transaction: the network must not hold the database.
    """
    return sum(_leave_all(roots, anchor, name, backend, now) for name, backend in configured().items())


def _leave_all(
    roots: type[SignedDay], anchor: Callable[..., RootAnchor], name: str, backend: Backend, now: datetime
) -> int:
    """Leave what one place lacks, oldest first, until it fails."""
    left = 0
    ledger: models.Manager[Any] = roots._default_manager
    for root in ledger.exclude(anchors__backend=name).order_by("day")[:_BATCH]:
        try:
            receipt = backend.leave(root)
        except AnchorFailed as reason:
            logger.warning("The %s was not left with %s: %s", root, name, reason)
            break
        left += _store(anchor(root=root, backend=name, receipt=receipt, anchored_ms=int(now.timestamp() * 1_000)))
    return left


def _store(anchor: RootAnchor) -> int:
    """Store the anchor; 0 when another worker was first."""
    anchor.digest = digest_of(facts_of(anchor))
    try:
        with transaction.atomic():
            anchor.save()
    except IntegrityError:
        return 0
    return 1
