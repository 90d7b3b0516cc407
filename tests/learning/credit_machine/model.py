"""What must be: the pure model of entries, years and pages that the product is held against.

Knows names, hours and the law as DOMAIN states it; nothing of rows, and shares no line with the product.
Every act says first what must come of it (`DONE`, or the refusal's name), and then does it in the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

DONE: Final = "done"
NOT_THEIRS, OWN_HOURS, ALREADY_DECIDED, NOT_ELIGIBLE = "NotTheirs", "OwnHours", "AlreadyDecided", "NotEligible"
#: (state before, verdict) → state after: DOMAIN §4.7.
MOVES: Final = {
    ("earned", "approved"): "audited",
    ("earned", "returned"): "returned",
    ("returned", "resubmitted"): "earned",
    ("audited", "confirmed"): "confirmed",
    ("audited", "sent_back"): "earned",
    ("confirmed", "reversed"): "reversed",
}
PENDING: Final = {"earned", "audited", "returned"}
OF_BASE: Final = {"approved", "returned"}

Key = tuple[str, int]  # a person's year


@dataclass(frozen=True)
class Rule:
    """What a year asks, in hundredths of an hour; `share`: the part that must be professional."""

    total: int
    public: int
    share: tuple[int, int] = (0, 1)

    def is_met(self, public: int, professional: int) -> bool:
        """R14, R15, and the share of Order 25, compared crosswise."""
        enough = public >= self.public and public + professional >= self.total
        return enough and professional * self.share[1] >= self.total * self.share[0]


@dataclass(eq=False)
class Place:
    """A place in a course, and what was studied of it."""

    base: str
    subject: str
    centihours: int
    topic: str
    lessons: int
    watched: set[int] = field(default_factory=set)
    attempts: int = 0
    has_passed: bool = False


@dataclass(eq=False)
class Entry:
    """Hours in the ledger, and what was decided on them: (verdict, by whom, for which office)."""

    person: str
    year: int
    subject: str
    centihours: int
    base: str
    bureau: str
    state: str = "earned"
    acts: list[tuple[str, str, str]] = field(default_factory=list)
    is_flagged: bool = False

    @property
    def key(self) -> Key:
        """Whose year it counts in."""
        return self.person, self.year


@dataclass(eq=False)
class Page:
    """A page of the book: what it states, and what it is worth today."""

    public: int
    professional: int
    entries: frozenset[int]
    state: str = "valid"


@dataclass(eq=False)
class Year:
    """A person's year: the version it is judged by, where it stands, its pages from the first on."""

    version: int
    state: str = "open"
    pages: list[Page] = field(default_factory=list)

    @property
    def page(self) -> Page | None:
        """The valid one."""
        return next((page for page in self.pages if page.state == "valid"), None)


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

    # People

    def is_officer(self, person: str, bureau: str) -> bool:
        return (person, bureau, "officer") in self.roles

    def is_auditor(self, person: str, base: str) -> bool:
        return (person, base, "auditor") in self.roles

    def leaves(self, entry: Entry, officer: str) -> bool:
        """R12, R19: their own hours, hours they acted on for another body, hours of a body they act for."""
        acted = any(by == officer and office != entry.bureau for _verdict, by, office in entry.acts)
        serves = any(person == officer and office == entry.base for person, office, _role in self.roles)
        return entry.person == officer or acted or serves

    # Study

    def newest(self, year: int) -> int:
        return max(version for of_year, version in self.rules if of_year == year)

    def may_enrol(self, person: str, course: str, year: int, place: Place, *, is_professional: bool) -> str:
        """R1, R25 and one place a topic and year; a second time one keeps the place one has."""
        held = {of: had for (who, of, when), had in self.places.items() if (who, when) == (person, year)}
        is_taken = bool(place.topic) and any(had.topic == place.topic for of, had in held.items() if of != course)
        is_far = place.base == "county base" and self.homes[person] != "lankao"
        if not is_professional or is_far or (is_taken and course not in held):
            return NOT_ELIGIBLE
        if course not in held:
            self.places[person, course, year] = place
            self.open_year((person, year))
        return DONE

    def open_year(self, key: Key) -> Year:
        return self.years.setdefault(key, Year(self.newest(key[1])))

    def earn(self, entry: Entry) -> None:
        """R35: what was studied whole and passed stands in the ledger, and waits for the base."""
        self.open_year(entry.key)
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
        return ALREADY_DECIDED if is_stale or (entry.state, verdict) not in MOVES else DONE

    def decide(self, verdict: str, entry: Entry, by: str) -> None:
        """Take the verdict, and let the year and its page follow."""
        office = "" if verdict == "resubmitted" else entry.base if verdict in OF_BASE else entry.bureau
        entry.acts.append((verdict, by, office))
        entry.state = MOVES[entry.state, verdict]
        if verdict == "confirmed":
            self.follow([entry.key])
        if verdict == "reversed":
            self.correct(entry.key)

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
        """Hours became fewer: a new page while the rule is met, else none, and the year is open again."""
        year, page = self.years[key], self.years[key].page
        if not self.is_met(key):
            year.state = "open"
        if page is not None:
            page.state = "replaced" if self.is_met(key) else "revoked"
            if self.is_met(key):
                year.pages.append(self.page_of(key))

    # Rules

    def put_in_force(self, year: int, rule: Rule) -> None:
        """Open years go under the new version at once; what was met keeps the one it was met by."""
        version = self.newest(year) + 1
        self.rules[year, version] = rule
        for key, record in self.years.items():
            if key[1] == year and record.state == "open":
                record.version = version
                self.meet(key)

    # Sums

    def of_year(self, key: Key) -> Iterator[tuple[int, Entry]]:
        return ((number, entry) for number, entry in enumerate(self.entries) if entry.key == key)

    def sum(self, key: Key, subject: str, states: Iterable[str]) -> int:
        wanted = set(states)
        return sum(
            entry.centihours for _n, entry in self.of_year(key) if entry.subject == subject and entry.state in wanted
        )

    def is_met(self, key: Key) -> bool:
        rule = self.rules[key[1], self.years[key].version]
        return rule.is_met(*(self.sum(key, subject, ["confirmed"]) for subject in ("public", "professional")))

    def page_of(self, key: Key) -> Page:
        listed = frozenset(number for number, entry in self.of_year(key) if entry.state == "confirmed")
        public, professional = (self.sum(key, subject, ["confirmed"]) for subject in ("public", "professional"))
        return Page(public, professional, listed)
