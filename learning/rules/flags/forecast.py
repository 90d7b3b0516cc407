"""Forecast: which entries other thresholds would flag anew, and which no longer, by the figures measured of them.

What a threshold changes about the measuring itself (when the night begins, how many answers are
compared, the share of checks missed) no stored figure tells: `UNFORESEEN` names those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from learning.rules.flags import RULES, usuals_of
from learning.rules.flags.flag import FlagCode, Terms

UNFORESEEN = frozenset({"night_from_hour", "night_hours", "answers_min", "missed_percent_min"})


@dataclass(frozen=True, slots=True)
class Measured:
    """One entry's figures; `edition_id` None for what is no course, which is compared with nothing."""

    edition_id: int | None
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of one flag: how many entries stand out now and then, and how many of them change."""

    code: FlagCode
    before: int
    after: int
    anew: int
    no_longer: int


def forecast(measured: Sequence[Measured], before: Terms, after: Terms, *, peers_max: int) -> list[Outlook]:
    """Judge the same entries by both; newest first, as the latest of a course say what is usual there."""
    peers: dict[int, list[Mapping[str, int]]] = defaultdict(list)
    for entry in measured:
        if entry.edition_id is not None and len(peers[entry.edition_id]) < peers_max:
            peers[entry.edition_id].append(entry.figures)
    usuals = [{edition: usuals_of(held, terms) for edition, held in peers.items()} for terms in (before, after)]
    found = []
    for rule in RULES:
        now, then = (
            {
                number
                for number, entry in enumerate(measured)
                if rule.CODE in entry.figures
                and rule.stands_out(
                    entry.figures[rule.CODE], known.get(entry.edition_id or 0, {}).get(rule.CODE), terms
                )
            }
            for known, terms in zip(usuals, (before, after), strict=True)
        )
        found.append(Outlook(rule.CODE, len(now), len(then), len(then - now), len(now - then)))
    return found
