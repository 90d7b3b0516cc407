"""The part of tracking in `verify_ledger`: the audit of everything. Source: DESIGN D9, TRACKING §4."""

from collections.abc import Iterator

from learning.models.clock import database_now
from tracking.audit import Scope, audit


def differences() -> Iterator[str]:
    """Yield one sentence for every figure that the ledger does not bear out; nothing when all is well."""
    yield from audit(Scope(), now=database_now()).differences
