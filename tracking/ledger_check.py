"""The part of tracking in `verify_ledger`: the audit of everything. Source: DESIGN D9, TRACKING §4."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from learning.models.clock import database_now
from tracking.audit import NothingToAudit, Scope, audit


def differences() -> Iterator[str]:
    """Yield one sentence for every figure that the ledger does not bear out; nothing when all is well."""
    yield from _found(Scope())


def differences_since(at: datetime) -> Iterator[str]:
    """Yield those of the learners who opened a session since the day before; a session takes no longer to seal."""
    try:
        yield from _found(Scope(first_day=at.date() - timedelta(days=1)))
    except NothingToAudit:
        return


def _found(scope: Scope) -> Iterator[str]:
    """Yield what differs, and what should be there and cannot be read: neither is well."""
    findings = audit(scope, now=database_now())
    yield from findings.differences
    yield from findings.unread
