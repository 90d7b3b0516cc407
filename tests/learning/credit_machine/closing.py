"""What follows a year, in the model: closing it, its surplus in the next year, its places that end.

Functions on a `Model`, as `jobs` are; shares no line with the product. Source: DOMAIN §4.8; docs/decisions/0018.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.learning.credit_machine.entries import PENDING, Entry, Key

if TYPE_CHECKING:
    from tests.learning.credit_machine.model import Model

SUBJECTS: Final = ("public", "professional")
#: A year's sums of what nobody studied in it, as records and pages name them.
UNSTUDIED: Final = [
    (kind, subject, f"{kind}_{subject}_centihours") for kind in ("waived", "carried") for subject in SUBJECTS
]


def standing(model: Model, key: Key) -> str:
    """Say where a year stands today; what is not registered follows from days and sums."""
    year, rule = model.years[key], model.rule_of(key)
    if year.state != "open":
        return year.state
    if model.today <= rule.cutoff_on(key[1]):
        return "open"
    hours = [model.sum(key, subject, ["confirmed"]) + model.pending(key, subject) for subject in SUBJECTS]
    if rule.is_met(*hours) and model.today <= rule.decides_until(key[1]):
        return "deciding"
    return "make_up" if model.today <= rule.studies_until(key[1]) else "not_met"


def close(model: Model) -> None:
    """Close every year that is over: its unfinished places end, its surplus goes on."""
    for key in sorted(model.years):
        if _is_due(model, key) and carry(model, key):
            model.years[key].is_closed = True
            for (person, _course, year), place in model.places.items():
                if (person, year) == key and place.status == "enrolled":
                    place.status = "expired"


def _is_due(model: Model, key: Key) -> bool:
    year, rule = model.years[key], model.rule_of(key)
    last = rule.studies_until(key[1]) if year.state == "open" else rule.cutoff_on(key[1])
    if year.is_closed or model.today <= last:
        return False
    waiting = [entry for _n, entry in model.of_year(key) if entry.kind == "studied" and entry.state in PENDING]
    return all(model.is_too_late(entry) for entry in waiting)


def carry(model: Model, key: Key) -> bool:
    """Let the next year have what this one spares; False when it has no rule yet to take it by."""
    person, year = key
    following = (person, year + 1)
    spared = dict(zip(SUBJECTS, spare(model, key), strict=True))
    more = {subject: hours - _carried_on(model, key, subject) for subject, hours in spared.items()}
    due = {subject: hours for subject, hours in more.items() if hours > 0}
    if due and not model.has_rule(year + 1):
        return False
    home = model.homes[person]
    for subject, hours in due.items():
        entry = Entry(person, year + 1, subject, hours, home, home, state="confirmed", kind="carried")
        model.earn(entry)
        model.meet(following)
    return True


def spare(model: Model, key: Key) -> tuple[int, int]:
    """Return what the year may give: of studied hours only, and nothing while it is open."""
    if model.years[key].state == "open":
        return 0, 0
    studied = (model.sum(key, subject, ["confirmed"], kinds=["studied"]) for subject in SUBJECTS)
    return model.rule_of(key).surplus(*studied)


def carried(model: Model, key: Key, subject: str) -> list[Entry]:
    """Return what stands in the next year of this one's surplus."""
    return [
        entry
        for _number, entry in model.of_year((key[0], key[1] + 1))
        if (entry.kind, entry.subject, entry.state) == ("carried", subject, "confirmed")
    ]


def _carried_on(model: Model, key: Key, subject: str) -> int:
    return sum(entry.centihours for entry in carried(model, key, subject))


def reverse(model: Model, entry: Entry, by: str, *, is_again: bool = False) -> None:
    """Take hours back, a waiver whole; the page follows, and so does the next year; the year is to be closed anew."""
    parts = _together(model, entry)
    for place, part in enumerate(parts):
        part.acts.append(("reversed", by, part.bureau))
        part.state = "reversed"
        if is_again:
            parts[place] = replace(part, state="earned", acts=[], is_flagged=False, is_again=True)
            model.earn(parts[place])
    model.correct(entry.key)
    _take_back(model, entry.key, by)
    model.years[entry.key].is_closed = False


def _together(model: Model, entry: Entry) -> list[Entry]:
    """Return the entries that stand or fall with it: those of its waiver, or itself alone."""
    return next((row.entries for row in model.asked if entry in row.entries), [entry])


def _take_back(model: Model, key: Key, by: str) -> None:
    """Take back what the year no longer spares, and let the next year have what it still does."""
    excess = [
        entry
        for subject, hours in zip(SUBJECTS, spare(model, key), strict=True)
        if _carried_on(model, key, subject) > hours
        for entry in carried(model, key, subject)
    ]
    for entry in excess:
        entry.acts.append(("reversed", by, entry.bureau))
        entry.state = "reversed"
    if excess:
        # The next year is judged by what it has then.
        carry(model, key)
        following = (key[0], key[1] + 1)
        model.correct(following)
        _take_back(model, following, by)
        model.years[following].is_closed = False
