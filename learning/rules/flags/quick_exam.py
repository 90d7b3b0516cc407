"""An exam passed in a fraction of the usual time."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.QUICK_EXAM


def measure(case: Case, _terms: Terms) -> int | None:
    """Return the seconds from opening the paper to handing it in."""
    sitting = case.study.sitting
    return (sitting.end_ms - sitting.start_ms) // 1_000 if sitting else None


def stands_out(figure: int, usual: int | None, terms: Terms) -> bool:
    """Say whether it took at most the policy's share of the usual time; without a usual time, never."""
    return usual is not None and figure * 100 <= usual * terms.exam_percent_of_usual_max


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell of an exam that was too quick."""
    seconds = measure(case, terms)
    return Flag(CODE, seconds, usual) if seconds is not None and stands_out(seconds, usual, terms) else None
