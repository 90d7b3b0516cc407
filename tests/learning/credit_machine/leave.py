"""Waivers in the model: what is asked for, who checks and who grants it, and what it is worth.

Functions on a `Model`, as `jobs` are; shares no line with the product. Source: docs/decisions/0018.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.learning.credit_machine.closing import SUBJECTS
from tests.learning.credit_machine.entries import DONE, MOVES, NOT_THEIRS, OWN_HOURS, Entry
from tests.learning.credit_machine.rule import YEAR_MONTHS

if TYPE_CHECKING:
    from tests.learning.credit_machine.model import Model

#: The verdicts of the waivers' desk, by what its officers say.
VERDICTS: Final = {
    "check": "approved",
    "give_back": "returned",
    "answer": "resubmitted",
    "send_back": "sent_back",
    "grant": "confirmed",
    "refuse": "rejected",
}


@dataclass(frozen=True)
class Leave:
    """Days, the first and the last included, and why."""

    ground: str
    first: dt.date
    last: dt.date

    def within(self, year: int) -> Leave | None:
        """Return the days in the year; a late start begins with it."""
        new_year = dt.date(year, 1, 1)
        first = new_year if self.ground == "part_year" else max(self.first, new_year)
        last = min(self.last, dt.date(year, 12, 31))
        return Leave(self.ground, first, last) if first <= last else None


@dataclass(eq=False)
class Asked:
    """What was asked for, and the entries that rest on it: one a subject, decided together."""

    person: str
    year: int
    leave: Leave
    twelfths: int
    entries: list[Entry]

    @property
    def stands(self) -> bool:
        return any(entry.state not in {"rejected", "reversed"} for entry in self.entries)


def may_ask(model: Model, person: str, year: int, leave: Leave, *, is_professional: bool) -> str:
    """Say what comes of asking: done, or the first reason against it."""
    reason = _reason(model, person, year, leave) if is_professional and model.has_rule(year) else "no_requirement"
    return f"NotWaived {reason}" if reason else DONE


def _reason(model: Model, person: str, year: int, leave: Leave) -> str:
    """Return the first reason against it, or nothing."""
    key, rule = (person, year), model.rule_of((person, year))
    within = leave.within(year) if leave.first <= leave.last else None
    others = [row for row in model.asked if (row.person, row.year) == key and row.stands]
    left = YEAR_MONTHS - sum(row.twelfths for row in others)
    twelfths = rule.twelfths(within.ground, within.first, within.last) if within else 0
    overlaps = within and any(row.leave.first <= within.last and within.first <= row.leave.last for row in others)
    reasons = (
        ("year_met", key in model.years and model.years[key].state != "open"),
        ("year_closed", model.today > rule.studies_until(year)),
        ("days_reversed", leave.first > leave.last),
        ("outside_year", within is None),
        ("not_waived", not rule.waives(leave.ground)),
        ("too_short", not twelfths),
        ("overlaps", overlaps),
        ("all_waived", left <= 0),
        ("too_short", not any(rule.worth(min(left, twelfths)))),
    )
    return next((reason for reason, holds in reasons if holds), "")


def ask(model: Model, person: str, year: int, leave: Leave) -> Asked:
    """Enter what was asked for, where `may_ask` allows it."""
    within = leave.within(year)
    assert within is not None
    held = sum(row.twelfths for row in model.asked if (row.person, row.year) == (person, year) and row.stands)
    rule, home = model.rule_of((person, year)), model.homes[person]
    twelfths = min(rule.twelfths(within.ground, within.first, within.last), YEAR_MONTHS - held)
    worth = rule.worth(twelfths)
    entries = [
        Entry(person, year, subject, hours, home, home, kind="waived")
        for subject, hours in zip(SUBJECTS, worth, strict=True)
        if hours
    ]
    for entry in entries:
        model.earn(entry)
    asked = Asked(person, year, within, twelfths, entries)
    model.asked.append(asked)
    return asked


def may_decide(model: Model, do: str, asked: Asked, by: str, *, is_stale: bool) -> str:
    """Say what comes of a verdict: both entries take it, or neither."""
    if do == "answer":
        if by != asked.person:
            return OWN_HOURS
    elif by == asked.person or not model.is_officer(by, model.homes[asked.person]):
        return NOT_THEIRS
    if do in {"grant", "refuse"} and any(model.leaves(entry, by) for entry in asked.entries):
        return OWN_HOURS
    if model.is_too_late(asked.entries[0]):
        return "TooLate"
    is_apt = all((entry.state, VERDICTS[do]) in MOVES for entry in asked.entries)
    return DONE if is_apt and not is_stale else "AlreadyDecided"


def decide(model: Model, do: str, asked: Asked, by: str) -> None:
    """Take the verdict on both; a grant lets the year and its page follow, once."""
    verdict = VERDICTS[do]
    for entry in asked.entries:
        entry.acts.append((verdict, by, "" if do == "answer" else entry.bureau))
        entry.state = MOVES[entry.state, verdict]
    if do == "grant":
        model.follow([asked.entries[0].key])
