"""The things of the model: entries and how they move, places, pages, years."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

DONE: Final = "done"
NOT_THEIRS, OWN_HOURS, ALREADY_DECIDED, NOT_ELIGIBLE = "NotTheirs", "OwnHours", "AlreadyDecided", "NotEligible"
TOO_LATE: Final = "TooLate"
#: Reversed, and restored to be judged anew: the ledger calls both "reversed".
AGAIN: Final = "reversed again"
TAKEN_BACK: Final = frozenset({"reversed", AGAIN})
#: (state before, verdict) → state after: DOMAIN §4.7.
MOVES: Final = {
    ("earned", "approved"): "audited",
    ("earned", "returned"): "returned",
    ("returned", "resubmitted"): "earned",
    ("audited", "confirmed"): "confirmed",
    ("audited", "sent_back"): "earned",
    ("audited", "rejected"): "rejected",
    ("confirmed", "reversed"): "reversed",
    ("confirmed", AGAIN): "reversed",
}
PENDING: Final = {"earned", "audited", "returned"}

Key = tuple[str, int]  # a person's year


@dataclass(eq=False)
class Place:
    """A place in a course, and what was studied of it.

    `taken_in`: the calendar year in which it was taken; `studied_in`: in which something of it was last completed.
    """

    base: str
    subject: str
    centihours: int
    topic: str
    lessons: int
    watched: set[int] = field(default_factory=set)
    attempts: int = 0
    has_passed: bool = False
    taken_in: int = 0
    studied_in: int = 0
    version: int = 0
    status: str = "enrolled"


@dataclass(eq=False)
class Entry:
    """Hours in the ledger, and what was decided on them: (verdict, by whom, for which office).

    `kind`: studied, or nobody's study in this year: waived or carried. `is_again`: an office judges it once more.
    """

    person: str
    year: int
    subject: str
    centihours: int
    base: str
    bureau: str
    state: str = "earned"
    acts: list[tuple[str, str, str]] = field(default_factory=list)
    is_flagged: bool = False
    kind: str = "studied"
    is_again: bool = False

    @property
    def key(self) -> Key:
        """Whose year it counts in."""
        return self.person, self.year


@dataclass(eq=False)
class Page:
    """A page of the book: what it states, how much of that nobody studied, and what it is worth today."""

    public: int
    professional: int
    unstudied: dict[str, int]
    entries: frozenset[int]
    state: str = "valid"


@dataclass(eq=False)
class Year:
    """A person's year: the version it is judged by, where it stands, its pages from the first on."""

    version: int
    state: str = "open"
    is_closed: bool = False
    pages: list[Page] = field(default_factory=list)

    @property
    def page(self) -> Page | None:
        """The valid one."""
        return next((page for page in self.pages if page.state == "valid"), None)
