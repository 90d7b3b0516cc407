"""What auditors and officers send: parsed once, here, into plain values.

Knows forms and addresses; nothing of who may do what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict

from learning.rules.flags import FlagCode
from learning.rules.reasons import REASON_TEXT_MAX
from learning.rules.requirements import SubjectKind
from learning.rules.snapshots import MOST_IN_ONE_ACT, MalformedPickError, Seen

WORDS_MAX = 60
#: What the address says of flags: none, any, or one of their codes.
CLEAN, FLAGGED = "clean", "flagged"


class Order(StrEnum):
    """How a queue may be sorted; the first is the rule of the house: who waits longest is first."""

    OLDEST = "oldest"
    NEWEST = "newest"
    HOURS = "hours"
    NAME = "name"
    FLAGS = "flags"


class Mistake(StrEnum):
    """What is wrong with a reason; the template says it in words."""

    NO_REASON = "no_reason"
    NO_TEXT = "no_text"
    LONG_TEXT = "long_text"
    NO_WORDS = "no_words"
    LONG_WORDS = "long_words"


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """What the address asks of a queue. Anything it does not know, it takes as unsaid."""

    tab: str = ""
    subject: str = ""
    flags: str = ""
    words: str = ""
    order: Order = Order.OLDEST
    base: str = ""
    bureau: str = ""
    page: str = ""
    entry_id: int = 0
    selects: str = ""

    @classmethod
    def parse(cls, data: QueryDict, *, tabs: Iterable[str]) -> QueueQuery:
        """Read the address."""
        tab, subject, order = data.get("tab", ""), data.get("subject", ""), data.get("order", "")
        return cls(
            tab=tab if tab in set(tabs) else "",
            subject=subject if subject in set(SubjectKind) else "",
            flags=flags if (flags := data.get("f", "")) in {CLEAN, FLAGGED, *FlagCode} else "",
            words=data.get("q", "").replace("\x00", "").strip()[:WORDS_MAX],
            order=Order(order) if order in set(Order) else Order.OLDEST,
            base=data.get("base", "").replace("\x00", "")[:60],
            bureau=data.get("bureau", "")[:60],
            page=data.get("page", "")[:9],
            entry_id=number(data.get("entry", "")),
            selects=data.get("select", "")[:8],
        )

    def address(self, **changes: object) -> str:
        """Return the query string of this view of the queue, with changes; an empty value leaves it out."""
        said: Mapping[str, object] = {
            "bureau": self.bureau,
            "tab": self.tab,
            "f": self.flags,
            "subject": self.subject,
            "base": self.base,
            "q": self.words,
            "order": "" if self.order == Order.OLDEST else str(self.order),
            "page": self.page,
        }
        return urlencode({name: value for name, value in {**said, **changes}.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter hides anything."""
        return bool(self.subject or self.flags or self.words or self.base)


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A reason as it was typed; kept whole, so that nothing typed is ever lost."""

    code: str = ""
    text: str = ""
    mistakes: tuple[Mistake, ...] = field(default=())

    @classmethod
    def parse(cls, data: QueryDict, *, codes: Iterable[str]) -> Reasoned:
        """Read reason and text, and say what is wrong with them."""
        code, text = data.get("reason", "")[:40], data.get("text", "").replace("\x00", "").strip()
        mistakes = []
        if code not in {str(known) for known in codes}:
            mistakes.append(Mistake.NO_REASON)
        if not text:
            mistakes.append(Mistake.NO_TEXT)
        elif len(text) > REASON_TEXT_MAX:
            mistakes.append(Mistake.LONG_TEXT)
        return cls(code, text, tuple(mistakes))


@dataclass(frozen=True, slots=True)
class Found:
    """What an office writes on approving a flagged entry, and the flags it had read."""

    words: str = ""
    codes: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @classmethod
    def parse(cls, data: QueryDict) -> Found:
        """Read the words, and say what is wrong with them."""
        words = data.get("words", "").replace("\x00", "").strip()
        mistakes = (Mistake.NO_WORDS,) if not words else ()
        if len(words) > REASON_TEXT_MAX:
            mistakes = (Mistake.LONG_WORDS,)
        return cls(words, tuple(data.getlist("flag")[: len(FlagCode)]), mistakes)


def number(text: str) -> int:
    """Return a row's number from an address; 0 when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0  # noqa: PLR2004 -- bigint


def picks(data: QueryDict) -> list[Seen]:
    """Return the rows that were ticked. Raises: Http404, when no page of ours can have sent them."""
    try:
        found = sorted({Seen.parse(text) for text in data.getlist("pick")})
    except MalformedPickError as malformed:
        raise Http404 from malformed
    if len(found) > MOST_IN_ONE_ACT or len({item.entry_id for item in found}) != len(found):
        raise Http404
    return found


def said(data: QueryDict) -> str | None:
    """Return what the button said it would do ("3:1800", count and centihours), or None if it named nothing."""
    return data.get("said")


def is_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asks for a part of the page only."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"
