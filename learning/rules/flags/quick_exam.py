"""An exam passed in a fraction of the usual time."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.QUICK_EXAM


def measure(case: Case, _terms: Terms) -> int | None:
    """Return the seconds from opening the paper to handing it in."""
    sitting = case.study.sitting
    return (sitting.end_ms - sitting.start_ms) // 1_000 if sitting else None


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell when it took at most the policy's share of the usual time; without a usual time, never."""
    seconds = measure(case, terms)
    if seconds is None or usual is None or seconds * 100 > usual * terms.exam_percent_of_usual_max:
        return None
    return Flag(CODE, seconds, usual)
