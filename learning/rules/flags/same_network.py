"""Many people sat the same exam on one network on one day."""

from learning.rules.flags.flag import Flag, FlagCode, Terms
from learning.rules.flags.study import Case

CODE = FlagCode.SAME_NETWORK
#: Where a course is usually sat together, it takes twice as many to stand out.
_TIMES_USUAL = 2


def measure(case: Case, _terms: Terms) -> int | None:
    """Return how many people they were, oneself included."""
    sitting = case.study.sitting
    return sitting.network_people or None if sitting else None


def stands_out(figure: int, usual: int | None, terms: Terms) -> bool:
    """Say whether they are as many as the policy says, and many for this course."""
    return figure >= max(terms.network_people_min, _TIMES_USUAL * (usual or 0))


def flag(case: Case, usual: int | None, terms: Terms) -> Flag | None:
    """Tell from the policy's number of people on."""
    people = measure(case, terms)
    return Flag(CODE, people, usual) if people is not None and stands_out(people, usual, terms) else None
