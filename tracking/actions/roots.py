"""Daily roots of viewing: the leaves are seals, their sessions' records are hashed beside. Source: TRACKING §4."""

from datetime import date
from typing import Final

from learning.actions.daily_roots import DailyLedger
from tracking.models import Anchor, DailyRoot, Seal, SealHead
from tracking.rules.chain import seal_leaf


def _lock() -> date | None:
    """Hold the head, which keeps seals out and knows the last day, even should its root be gone."""
    return SealHead.locked().closed_on


def _signed(day: date) -> None:
    SealHead.objects.filter(pk=1).update(closed_on=day)


LEDGER: Final = DailyLedger(
    root=DailyRoot,
    anchor=Anchor,
    rows=Seal,
    numbered_ms="given_ms",
    columns=("number", "session__key", "digest"),
    leaf=seal_leaf,
    lock=_lock,
    beside={"records_digest": "record_digest"},
    signed=_signed,
)
close_days, anchor_roots = LEDGER.close_days, LEDGER.anchor_roots
