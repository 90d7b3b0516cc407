"""What is usual: the middle of what the course's learners show."""

from collections import Counter
from collections.abc import Sequence
from statistics import median_low

from learning.rules.flags.flag import FlagCode, Terms


def usual(code: FlagCode, figures: Sequence[int], terms: Terms) -> int | None:
    """Return the middle figure, or None while too few learners are there to compare with.

    Networks are compared as networks: seven people on one say "seven" together, once.
    """
    if not figures or len(figures) < terms.peers_min:
        return None
    return median_low(_networks(figures) if code is FlagCode.SAME_NETWORK else figures)


def _networks(figures: Sequence[int]) -> list[int]:
    return [people for people, said in Counter(figures).items() for _network in range(-(-said // people))]
