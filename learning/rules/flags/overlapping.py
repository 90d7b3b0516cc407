"""Study at a time at which the same person studied something else."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case, joined

CODE = FlagCode.OVERLAPPING


def measure(case: Case, _terms: Terms) -> int | None:
    """Return the seconds this entry shares with others; None where no times are recorded."""
    if not case.study.stretches:
        return None
    own, others = joined(case.study.stretches), joined(case.elsewhere)
    shared_ms = at = 0
    for start_ms, end_ms in own:
        while at < len(others) and others[at][1] <= start_ms:
            at += 1
        for other_start_ms, other_end_ms in others[at:]:
            if other_start_ms >= end_ms:
                break
            shared_ms += min(end_ms, other_end_ms) - max(start_ms, other_start_ms)
    return shared_ms // 1_000


def stands_out(figure: int, _usual: int | None, terms: Terms) -> bool:
    """Say whether it reaches the policy's length."""
    return figure >= terms.overlap_s_min


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell from the policy's length on."""
    seconds = measure(case, terms)
    return Flag(CODE, seconds, usual) if seconds is not None and stands_out(seconds, usual, terms) else None
