"""The values the crediting rule works on: one learner's timeline and the session on it.

Knows their shape; the verbs are in `crediting` and `sessions`. Times are ms on the server
clock, media positions whole seconds, sets of seconds bit masks.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from tracking.rules.chain import LedgerLine, LineKind, next_head
from tracking.rules.daily import DailyBudget
from tracking.rules.presence import NO_CHECK_S
from tracking.rules.runs import mask_of_run

PLAYING: Final = "p"
IDLE: Final = "i"
HIDDEN: Final = "h"
WAITING: Final = "w"


class MissedCheck(StrEnum):
    """What a missed presence check costs.

    HOLD stops further credit until a check is passed. REWIND also voids what was earned since the
    last pass. Neither touches confirmed seconds. Source: TRACKING §7 question 3.
    """

    HOLD = "hold"
    REWIND = "rewind"


class EndReason(StrEnum):
    """Why a session ended."""

    BYE = "bye"
    PREEMPT = "preempt"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the rule a requirement may set.

    Source: TRACKING §2 Constants; 60 s after an unanswered check, §0 rule 4.
    """

    rate_percent: int = 100
    cap_ms: int = 300_000
    answer_s: int = 60
    missed_check: MissedCheck = MissedCheck.HOLD


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What a session is measured against; never changes after its opening."""

    session_key: str
    media_key: int
    duration_s: int
    opened_ms: int
    policy: Policy


@dataclass(slots=True)
class SeenSeconds:
    """The seconds of one media a learner holds.

    Confirmed seconds are never taken away. Provisional ones, used under REWIND only, wait for the
    next passed check.
    """

    confirmed: int = 0
    provisional: int = 0

    @property
    def held(self) -> int:
        """All seconds that earn nothing a second time."""
        return self.confirmed | self.provisional if self.provisional else self.confirmed

    @property
    def confirmed_s(self) -> int:
        """How many seconds are confirmed."""
        return self.confirmed.bit_count()

    @property
    def provisional_s(self) -> int:
        """How many seconds wait for a check."""
        return self.provisional.bit_count()


@dataclass(slots=True)
class LiveViewing:
    """The one row a learner has: lease, clock mark, budget and open segment.

    Flat on purpose: its fields are the columns of the hot row. `segment_beat_count` 0 means that
    no segment is open, `session_key` "" that no session runs. `line_count` and `head` belong to
    the running session's chain.
    """

    session_key: str = ""
    epoch: int = 0
    sequence: int = 0
    state: str = IDLE
    mark_ms: int = 0
    bucket_ms: int = 0
    granted_s: int = 0
    played_ms: int = 0
    since_pass_s: int = 0
    next_check_s: int = NO_CHECK_S
    check_key: str = ""
    check_ms: int | None = None
    check_answer: str = ""
    is_check_missed: bool = False
    segment_from_s: int = 0
    segment_to_s: int = 0
    segment_start_ms: int = 0
    segment_end_ms: int = 0
    segment_accrued_ms: int = 0
    segment_new_s: int = 0
    segment_deferred_s: int = 0
    segment_flags: int = 0
    segment_beat_count: int = 0
    line_count: int = 0
    head: bytes = b""

    @property
    def is_attached(self) -> bool:
        """Whether a session runs on this timeline."""
        return self.session_key != ""

    @property
    def has_segment(self) -> bool:
        """Whether a segment is open, that is, not yet in the ledger."""
        return self.segment_beat_count > 0

    def copy(self) -> "LiveViewing":
        """Return an independent copy, for a caller who may have to step back."""
        return copy(self)


@dataclass(slots=True)
class EndedSession:
    """A session that takes late claims only, until it is sealed; `left_ms` is what it may spend."""

    terms: SessionTerms
    ended_ms: int
    left_ms: int
    line_count: int
    head: bytes
    is_sealed: bool = False


@dataclass(slots=True)
class Viewing:
    """What one message reads and changes: a learner's timeline, its session, the seconds held.

    `daily` is None where the requirement sets no daily cap.
    """

    live: LiveViewing = field(default_factory=LiveViewing)
    terms: SessionTerms | None = None
    seen: SeenSeconds = field(default_factory=SeenSeconds)
    daily: DailyBudget | None = None


class Testimony(Protocol):
    """What a player says in one beat. The client is a witness, never the judge."""

    @property
    def sequence(self) -> int:
        """Number of the message within the session, from 1."""

    @property
    def claims(self) -> Sequence[Sequence[int]]:
        """All seconds not yet acknowledged, as half-open runs."""

    @property
    def played_ms(self) -> int:
        """Time played in this session by the client's own account."""

    @property
    def state(self) -> str:
        """PLAYING, IDLE, HIDDEN or WAITING."""

    @property
    def flags(self) -> int:
        """Circumstances (muted, unfocused …): evidence only, they grant and refuse nothing."""


class Ledger(Protocol):
    """A chain that lines can be appended to: a running or an ended session's."""

    line_count: int
    head: bytes


def append_line(ledger: Ledger, lines: list[LedgerLine], line: LedgerLine) -> None:
    """Advance the chain by one line, and hand the line to the caller to store."""
    ledger.head = next_head(ledger.head, line)
    ledger.line_count += 1
    lines.append(line)


def end_kind(reason: EndReason) -> LineKind:
    """Return the ledger's word for the end of a session."""
    return LineKind(f"end:{reason.value}")


def effective_coverage(live: LiveViewing, terms: SessionTerms, stored: SeenSeconds) -> SeenSeconds:
    """Return the seconds held, from the stored row and the segment still open.

    A beat writes the live row only; the coverage row follows when the segment closes.
    Source: TRACKING §2 Storage.
    """
    if not live.has_segment or live.session_key != terms.session_key:
        return SeenSeconds(stored.confirmed, stored.provisional)
    segment = mask_of_run(live.segment_from_s, live.segment_to_s)
    if terms.policy.missed_check is MissedCheck.REWIND:
        return SeenSeconds(stored.confirmed, (stored.provisional | segment) & ~stored.confirmed)
    return SeenSeconds(stored.confirmed | segment, stored.provisional & ~segment)


def play_on_s(reached_s: int, held: int, duration_s: int) -> int:
    """Return the second at which to play on: after the last one acknowledged.

    After the end: the first second still missing, or the beginning of a lesson all seen.
    """
    if reached_s < duration_s:
        return reached_s
    first_missing_s = (~held & (held + 1)).bit_length() - 1
    return first_missing_s if first_missing_s < duration_s else 0
