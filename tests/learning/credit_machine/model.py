"""What must be: the pure model of entries, years and pages that the product is held against.

Knows names, hours and the law as DOMAIN states it; nothing of rows, and shares no line with the product.
Every act says first what must come of it (`DONE`, or the refusal's name), and then does it in the model.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from tests.learning.credit_machine import closing
from tests.learning.credit_machine.entries import (
    AGAIN,
    ALREADY_DECIDED,
    DONE,
    MOVES,
    NOT_ELIGIBLE,
    NOT_THEIRS,
    OWN_HOURS,
    PENDING,
    TAKEN_BACK,
    TOO_LATE,
    Entry,
    Key,
    Page,
    Place,
    Year,
)
from tests.learning.credit_machine.rule import Rule

if TYPE_CHECKING:
    from tests.learning.credit_machine.leave import Asked

OF_BASE: Final = {"approved", "returned"}
ALL_KINDS: Final = ("studied", "waived", "carried")


class Model:
    """The ledger as it must stand."""

    def __init__(self, *, roles: Iterable[tuple[str, str, str]], homes: dict[str, str], rules: dict[int, Rule]) -> None:
        """Begin with nobody having studied. `roles`: (person, office, role); `rules`: by year, the first version."""
        self.roles, self.homes = set(roles), homes
        self.rules = {(year, 1): rule for year, rule in rules.items()}
        self.places: dict[tuple[str, str, int], Place] = {}
        self.entries: list[Entry] = []
        self.years: dict[Key, Year] = {}
        self.claimed: set[tuple[str, str]] = set()
        self.asked: list[Asked] = []
        self.today = dt.date.min

    # People

    def is_officer(self, person: str, bureau: str) -> bool:
        return (person, bureau, "officer") in self.roles

    def is_auditor(self, person: str, base: str) -> bool:
        return (person, base, "auditor") in self.roles

    def leaves(self, entry: Entry, officer: str) -> bool:
        """R12, R19: their own hours, hours they audited, hours of another body they act for."""
        audited = any(by == officer and verdict in OF_BASE for verdict, by, _office in entry.acts)
        is_bases = entry.base != entry.bureau
        serves = any(person == officer and office == entry.base for person, office, _role in self.roles)
        return entry.person == officer or audited or (is_bases and serves)

    # Study

    def newest(self, year: int) -> int:
        return max(version for of_year, version in self.rules if of_year == year)

    def has_rule(self, year: int) -> bool:
        return (year, 1) in self.rules

    def rule_of(self, key: Key) -> Rule:
        """Return the version the year is judged by, or would be."""
        record = self.years.get(key)
        return self.rules[key[1], record.version if record else self.newest(key[1])]

    def takes_place(self, key: Key) -> bool:
        """Say whether a place may be taken for the year: the present one, or one over that may be made up."""
        year = key[1]
        if not self.has_rule(year) or year > self.today.year:
            return False
        is_missed = key not in self.years or self.years[key].state == "open"
        rule = self.rules[year, self.newest(year)] if year == self.today.year else self.rule_of(key)
        return self.today <= (rule.studies_until(year) if is_missed else rule.cutoff_on(year))

    def may_enrol(self, person: str, course: str, year: int, place: Place, *, is_professional: bool) -> str:
        """R1, R25, one place a topic and year, one year for a course; a second time one keeps the place one has."""
        held = {of: had for (who, of, when), had in self.places.items() if (who, when) == (person, year)}
        mine = held.get(course)
        is_far = place.base == "county base" and self.homes[person] != "lankao"
        if not is_professional or is_far or not self.takes_place((person, year)):
            return NOT_ELIGIBLE
        if mine is not None and mine.status != "expired":
            return DONE
        is_taken = bool(place.topic) and any(had.topic == place.topic for of, had in held.items() if of != course)
        if is_taken or self.counts_elsewhere(person, course, year):
            return NOT_ELIGIBLE
        place = mine or place
        place.taken_in = place.taken_in or self.today.year
        is_past = year != self.today.year and (person, year) in self.years
        place.version = self.years[person, year].version if is_past else self.newest(year)
        place.status = "enrolled"
        self.places[person, course, year] = place
        self.open_year((person, year))
        return DONE

    def counts_elsewhere(self, person: str, course: str, year: int) -> bool:
        """Say whether what is studied of the course this calendar year counts, or may yet count, in another year."""
        others = [
            (when, had)
            for (who, of, when), had in self.places.items()
            if (who, of) == (person, course) and when != year and had.status != "expired"
        ]
        return any(
            self.today.year in {had.taken_in, had.studied_in}
            or (had.status == "enrolled" and self.may_study(had, when))
            for when, had in others
        )

    def may_study(self, place: Place, year: int) -> bool:
        """Say whether the place takes study today: by the rule it was taken under, and until its year is closed."""
        return place.status != "expired" and self.today <= self.rules[year, place.version].studies_until(year)

    def open_year(self, key: Key) -> Year:
        return self.years.setdefault(key, Year(self.newest(key[1])))

    def earn(self, entry: Entry) -> None:
        """R35: what was studied whole and passed stands in the ledger, and waits for the base.

        A year that was closed waits for it, and is closed once more.
        """
        year = self.open_year(entry.key)
        year.is_closed = year.is_closed and entry.state == "confirmed"
        self.entries.append(entry)

    # Decisions

    def may(self, verdict: str, entry: Entry, by: str, *, is_stale: bool = False) -> str:
        """R18, R19: who may take this verdict now, and what they are told if they may not."""
        if verdict == "resubmitted":
            if by != entry.person:
                return OWN_HOURS
        elif verdict in OF_BASE:
            if not self.is_auditor(by, entry.base):
                return NOT_THEIRS
        elif not self.is_officer(by, entry.bureau):
            return NOT_THEIRS
        is_own = by == entry.person and verdict != "resubmitted"
        if is_own or (verdict == "confirmed" and self.leaves(entry, by)):
            return OWN_HOURS
        if verdict not in TAKEN_BACK and self.is_too_late(entry):
            return TOO_LATE
        return ALREADY_DECIDED if is_stale or (entry.state, verdict) not in MOVES else DONE

    def is_too_late(self, entry: Entry) -> bool:
        """Say whether the year's rule no longer lets what is pending be decided; what is judged again always is."""
        return not entry.is_again and self.today > self.rule_of(entry.key).decides_until(entry.year)

    def decide(self, verdict: str, entry: Entry, by: str) -> None:
        """Take the verdict, and let the year and its page follow."""
        if verdict in TAKEN_BACK:
            closing.reverse(self, entry, by, is_again=verdict == AGAIN)
            return
        office = "" if verdict == "resubmitted" else entry.base if verdict in OF_BASE else entry.bureau
        entry.acts.append((verdict, by, office))
        entry.state = MOVES[entry.state, verdict]
        if verdict == "confirmed":
            self.follow([entry.key])

    def follow(self, keys: Iterable[Key]) -> None:
        """R18: a year whose rule is met is registered and certified."""
        for key in set(keys):
            self.meet(key)
            self.certify(key)

    def meet(self, key: Key) -> None:
        year = self.years[key]
        if year.state == "open" and self.is_met(key):
            year.state = "met"

    def certify(self, key: Key) -> bool:
        """Register a met year and issue its page; say whether this did it."""
        year = self.years[key]
        if year.state != "met":
            return False
        year.state = "confirmed"
        year.pages.append(self.page_of(key))
        return True

    def correct(self, key: Key) -> None:
        """Hours became fewer: a new page while the rule is met, else none, and the year is open again.

        Open, it is judged by the newest version like every open year, and may be met by that.
        """
        year, page, is_met = self.years[key], self.years[key].page, self.is_met(key)
        if not is_met and year.state != "open":
            year.state, year.version = "open", self.newest(key[1])
            self.meet(key)
        if page is not None:
            page.state = "replaced" if is_met else "revoked"
            if is_met:
                year.pages.append(self.page_of(key))

    # Rules

    def put_in_force(self, year: int, rule: Rule) -> None:
        """Open years go under the new version at once; what was met keeps the one it was met by."""
        version = self.newest(year) + 1
        self.rules[year, version] = rule
        for key, record in self.years.items():
            if key[1] == year and record.state == "open":
                record.version, record.is_closed = version, False
                self.meet(key)

    # Sums

    def of_year(self, key: Key) -> Iterator[tuple[int, Entry]]:
        return ((number, entry) for number, entry in enumerate(self.entries) if entry.key == key)

    def sum(self, key: Key, subject: str, states: Iterable[str], *, kinds: Collection[str] = ALL_KINDS) -> int:
        wanted = set(states)
        return sum(
            entry.centihours
            for _n, entry in self.of_year(key)
            if entry.subject == subject and entry.state in wanted and entry.kind in kinds
        )

    def pending(self, key: Key, subject: str) -> int:
        """Return what was studied and waits for an office; a waiver that is asked for is not pending."""
        return self.sum(key, subject, PENDING, kinds=["studied"])

    def unstudied(self, key: Key) -> dict[str, int]:
        """Return how much of what is confirmed was waived, and how much carried over."""
        return {name: self.sum(key, subject, ["confirmed"], kinds=[kind]) for kind, subject, name in closing.UNSTUDIED}

    def is_met(self, key: Key) -> bool:
        return self.rule_of(key).is_met(*(self.sum(key, subject, ["confirmed"]) for subject in closing.SUBJECTS))

    def page_of(self, key: Key) -> Page:
        listed = frozenset(number for number, entry in self.of_year(key) if entry.state == "confirmed")
        public, professional = (self.sum(key, subject, ["confirmed"]) for subject in closing.SUBJECTS)
        return Page(public, professional, self.unstudied(key), listed)
