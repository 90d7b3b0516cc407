"""Presence checks all answered after the same time, to the fraction of a second."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.EVEN_TIMING


def measure(case: Case, terms: Terms) -> int | None:
    """Return the milliseconds between the quickest and the slowest answer; of a few answers it says nothing."""
    reactions = case.study.reactions_ms
    return max(reactions) - min(reactions) if reactions and len(reactions) >= terms.answers_min else None


def stands_out(figure: int, _usual: int | None, terms: Terms) -> bool:
    """Say whether they lie as close together as the policy says, or closer."""
    return figure <= terms.answer_spread_ms_max


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell of answers that lie too close together, and how many they are."""
    spread_ms = measure(case, terms)
    if spread_ms is None or not stands_out(spread_ms, usual, terms):
        return None
    return Flag(CODE, spread_ms, usual, {"answers": len(case.study.reactions_ms)})
