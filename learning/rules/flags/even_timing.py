"""Presence checks all answered after the same time, to the fraction of a second."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.EVEN_TIMING


def measure(case: Case, terms: Terms) -> int | None:
    """Return the milliseconds between the quickest and the slowest answer; of a few answers it says nothing."""
    reactions = case.study.reactions_ms
    return max(reactions) - min(reactions) if reactions and len(reactions) >= terms.answers_min else None


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell when they lie as close together as the policy says, or closer."""
    spread_ms = measure(case, terms)
    if spread_ms is None or spread_ms > terms.answer_spread_ms_max:
        return None
    return Flag(CODE, spread_ms, usual, {"answers": len(case.study.reactions_ms)})
