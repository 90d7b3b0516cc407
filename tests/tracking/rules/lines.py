"""Ledger lines as the examples of the why-page need them; an index follows from the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.timeline import SessionLines

KEY = "00000000-0000-4000-8000-000000000000"


def line(kind: LineKind, start_ms: int, end_ms: int | None = None, **facts: int) -> LedgerLine:
    return LedgerLine(
        KEY,
        0,
        kind,
        start_ms,
        start_ms if end_ms is None else end_ms,
        facts.get("accrued_ms", 0),
        facts.get("from_s", 0),
        facts.get("to_s", 0),
        facts.get("new_s", 0),
        facts.get("deferred_s", 0),
        facts.get("flags", 0),
        facts.get("beat_count", 1),
    )


def segment(start_ms: int, end_ms: int, from_s: int, to_s: int, new_s: int, **facts: int) -> LedgerLine:
    facts = {"accrued_ms": end_ms - start_ms, "from_s": from_s, "to_s": to_s, "new_s": new_s} | facts
    return line(LineKind.SEGMENT, start_ms, end_ms, **facts)


def session(
    lines: Sequence[LedgerLine], *, ended_ms: int, opened_ms: int = 0, is_provisional: bool = False
) -> SessionLines:
    """Number the lines as a session's chain does, and begin it with its opening."""
    numbered = [line(LineKind.OPEN, opened_ms, from_s=1, to_s=3_600, flags=100), *lines]
    return SessionLines(
        opened_ms, ended_ms, [replace(item, index=place) for place, item in enumerate(numbered)], is_provisional
    )
