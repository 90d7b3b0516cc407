"""Daily roots of the ledger of hours: the leaves are its links. Source: docs/decisions/0012."""

from datetime import date
from typing import Final

from learning.actions import audit_log
from learning.actions.daily_roots import DailyLedger
from learning.models import LedgerAnchor, LedgerLink, LedgerRoot
from learning.rules.ledger_chain import link_leaf


def _lock() -> date | None:
    """Hold the lock of all acts, which keeps links out."""
    audit_log.lock_head()
    return LedgerRoot.objects.order_by("-day").values_list("day", flat=True).first()


LEDGER: Final = DailyLedger(
    root=LedgerRoot,
    anchor=LedgerAnchor,
    rows=LedgerLink,
    numbered_ms="linked_ms",
    columns=("number", "head"),
    leaf=link_leaf,
    lock=_lock,
)
close_days, anchor_roots = LEDGER.close_days, LEDGER.anchor_roots
