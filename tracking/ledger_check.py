"""The part of tracking in `verify_ledger`: the audit of everything. Source: DESIGN D9, TRACKING §4."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from learning.models.clock import database_now
from tracking.audit import NothingToAudit, Scope, audit


def differences() -> Iterator[str]:
    """Yield one sentence for every figure that the ledger does not bear out; nothing when all is well."""
    yield from audit(Scope(), now=database_now()).differences


def differences_since(at: datetime) -> Iterator[str]:
    """Yield those of the learners who opened a session since the day before; a session takes no longer to seal."""
    try:
        yield from audit(Scope(first_day=at.date() - timedelta(days=1)), now=database_now()).differences
    except NothingToAudit:
        return
