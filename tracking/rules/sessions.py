"""Sessions on a learner's one timeline: opened, resumed, ended, and their late claims.

A learner has one timeline; a session that opens ends the one before it at that instant, so two
devices or two courses never earn the same time. Knows no lease dialogue, rows or sockets.
Source: TRACKING §2, Crediting rule and State machines.
"""

from dataclasses import dataclass

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.crediting import (
    BeatResult,
    accrue,
    affordable_s,
    beat,
    issue_check,
    presence_left_s,
)
from tracking.rules.daily import DailyBudget
from tracking.rules.presence import NO_CHECK_S, DrawCheck
from tracking.rules.refusals import Sealed, SessionEnded
from tracking.rules.runs import claimed_mask, lowest_seconds, runs_of_mask
from tracking.rules.segments import Stretch, close_segment, forget_segment, note_time
from tracking.rules.viewing import (
    IDLE,
    EndedSession,
    EndReason,
    LiveViewing,
    MissedCheck,
    Policy,
    SeenSeconds,
    SessionTerms,
    Testimony,
    Viewing,
    append_line,
    end_kind,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new session is to be measured against.

    `seen` are the seconds of its media; when the running session plays the same media, pass that
    viewing's own `seen`. `header_head` is the chain's head before any line.
    """

    session_key: str
    media_key: int
    duration_s: int
    policy: Policy
    seen: SeenSeconds
    header_head: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that was ended, the seconds held of its media, and its lines to be stored."""

    session: EndedSession
    seen: SeenSeconds
    lines: list[LedgerLine]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened, its lines, and the session it pre-empted."""

    terms: SessionTerms
    lines: list[LedgerLine]
    is_check_reissued: bool
    preempted: Ended | None


@dataclass(frozen=True, slots=True)
class Farewell:
    """A last beat and the end after it; store the lines of both, the beat's first."""

    beat: BeatResult
    ended: Ended


@dataclass(frozen=True, slots=True)
class Flushed:
    """What late claims did; `deferred` and `added` are masks, and `deferred` is final."""

    deferred: int
    added: int
    lines: list[LedgerLine]


def open_session(viewing: Viewing, opening: Opening, *, now_ms: int, draw: DrawCheck) -> Opened:
    """Begin a session with an empty budget, ending the running one at the same instant.

    There is no slack to collect: the bucket starts at 0. The check counter and an open check are
    the learner's and follow into the new session. Source: TRACKING §1 C6, C9.
    """
    preempted = None
    if viewing.terms is not None:
        preempted = end(viewing, now_ms=now_ms, reason=EndReason.PREEMPT)
    live = viewing.live
    # A clock that stepped back must not make two sessions overlap.
    opened_ms = max(now_ms, live.mark_ms)
    terms = SessionTerms(opening.session_key, opening.media_key, opening.duration_s, opened_ms, opening.policy)
    live.session_key, live.epoch, live.sequence = terms.session_key, live.epoch + 1, 0
    live.state, live.granted_s, live.played_ms = IDLE, 0, 0
    live.mark_ms, live.bucket_ms = opened_ms, 0
    live.line_count, live.head = 0, opening.header_head
    forget_segment(live)
    viewing.terms, viewing.seen = terms, opening.seen
    _arm_checks(live, draw)
    lines: list[LedgerLine] = []
    append_line(live, lines, _open_line(terms))
    is_check_open = live.check_ms is not None
    if is_check_open:
        issue_check(live, lines)
    return Opened(terms, lines, is_check_open, preempted)


def resume(viewing: Viewing, session_key: str) -> int:
    """Attach to the running session again and return the last sequence applied.

    The epoch moves on, so the connection left behind can write nothing more.

    Raises: SessionEnded when another session runs, or none.
    """
    if viewing.terms is None or viewing.terms.session_key != session_key:
        raise SessionEnded
    viewing.live.epoch += 1
    return viewing.live.sequence


def ask_anew(viewing: Viewing, *, now_ms: int) -> list[LedgerLine]:
    """Issue an open check again, with a new deadline; without one, do nothing. Return the lines to be stored."""
    terms, live = viewing.terms, viewing.live
    lines: list[LedgerLine] = []
    if terms is None or live.check_ms is None:
        return lines
    accrued_ms = accrue(live, terms, now_ms=now_ms)
    note_time(live, Stretch(live.mark_ms, live.mark_ms, accrued_ms))
    issue_check(live, lines)
    return lines


def bye(viewing: Viewing, said: Testimony, *, now_ms: int, epoch: int) -> Farewell:
    """Apply the last beat, then end the session; a repeated last beat ends it too.

    Raises: as `beat`.
    """
    last = beat(viewing, _Parting(said), now_ms=now_ms, epoch=epoch)
    return Farewell(last, end(viewing, now_ms=now_ms, reason=EndReason.BYE))


def end(viewing: Viewing, *, now_ms: int, reason: EndReason) -> Ended:
    """End the running session; what it could still afford is left for late claims.

    Raises: SessionEnded when none runs.
    """
    terms, live = viewing.terms, viewing.live
    if terms is None:
        raise SessionEnded
    lines: list[LedgerLine] = []
    accrued_ms = accrue(live, terms, now_ms=now_ms)
    note_time(live, Stretch(terms.opened_ms, live.mark_ms, accrued_ms))
    close_segment(live, lines)
    left_ms = 1_000 * affordable_s(live, terms, viewing.daily)
    append_line(live, lines, _end_line(live, reason))
    session = EndedSession(terms, live.mark_ms, left_ms, live.line_count, live.head)
    live.session_key, live.state, live.bucket_ms = "", IDLE, 0
    live.line_count, live.head = 0, b""
    viewing.terms = None
    return Ended(session, viewing.seen, lines)


def flush(
    live: LiveViewing, session: EndedSession, seen: SeenSeconds, claims: object, daily: DailyBudget | None = None
) -> Flushed:
    """Credit late claims of an ended session from what it had left.

    `live` is the learner's timeline, whatever runs on it now: late seconds count towards the next
    check like any other. `seen` are the seconds of the ended session's media.

    Raises: Sealed when the session is sealed or under REWIND; BadRuns or BadRange for the claims.
    Source: TRACKING §2, `flush`.
    """
    terms = session.terms
    if session.is_sealed or terms.policy.missed_check is MissedCheck.REWIND:
        raise Sealed
    wanted = claimed_mask(claims, terms.duration_s) & ~seen.held
    left_s = min(session.left_ms // 1_000, max(0, presence_left_s(live, terms)))
    if daily is not None:
        left_s = min(left_s, daily.left_s(live.mark_ms))
    added = lowest_seconds(wanted, left_s)
    seen.confirmed |= added
    added_s = added.bit_count()
    if daily is not None:
        daily.granted_s += added_s
    session.left_ms -= 1_000 * added_s
    live.since_pass_s += added_s
    lines: list[LedgerLine] = []
    for from_s, to_s in runs_of_mask(added):
        line = LedgerLine(
            terms.session_key,
            session.line_count,
            LineKind.LATE,
            session.ended_ms,
            session.ended_ms,
            0,
            from_s,
            to_s,
            to_s - from_s,
        )
        append_line(session, lines, line)
    return Flushed(wanted & ~added, added, lines)


class _Parting:
    """A last beat as testimony: whatever its state, the player is idle after it."""

    __slots__ = ("claims", "flags", "played_ms", "sequence", "state")

    def __init__(self, said: Testimony) -> None:
        self.sequence = said.sequence
        self.claims = said.claims
        self.played_ms = said.played_ms
        self.flags = said.flags
        self.state = IDLE


def _arm_checks(live: LiveViewing, draw: DrawCheck) -> None:
    """Draw the learner's first check, once a session demands checks at all.

    A counter that runs goes on: changing courses dodges no check.
    """
    if live.next_check_s < NO_CHECK_S:
        return
    first_check_s = draw()
    if first_check_s < NO_CHECK_S:
        live.since_pass_s, live.next_check_s = 0, first_check_s


def _open_line(terms: SessionTerms) -> LedgerLine:
    """Return the first line of a ledger: the media, its length, the rate."""
    return LedgerLine(
        terms.session_key,
        0,
        LineKind.OPEN,
        terms.opened_ms,
        terms.opened_ms,
        0,
        terms.media_key,
        terms.duration_s,
        flags=terms.policy.rate_percent,
    )


def _end_line(live: LiveViewing, reason: EndReason) -> LedgerLine:
    """Return the line that ends a session, with all it granted."""
    return LedgerLine(
        live.session_key,
        live.line_count,
        end_kind(reason),
        live.mark_ms,
        live.mark_ms,
        0,
        new_s=live.granted_s,
    )
