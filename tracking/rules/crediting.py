"""The crediting rule: which of the seconds a player claims are granted now.

A new second costs one second of server time, and none is taken on credit; what is not affordable
yet is deferred, never lost. Verbs change the `Viewing` they are given and return what else is to
be stored; a refused message changes nothing. Knows no clock: `now_ms` is always passed in.
Source: TRACKING §0 and §2, Crediting rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.daily import DailyBudget
from tracking.rules.presence import DrawCheck
from tracking.rules.refusals import NoCheck, Superseded
from tracking.rules.runs import Run, claimed_mask, lowest_seconds, runs_of_mask
from tracking.rules.segments import Stretch, close_segment, note_runs, note_time
from tracking.rules.viewing import (
    LiveViewing,
    MissedCheck,
    SessionTerms,
    Testimony,
    Viewing,
    append_line,
)

# Tolerance of the client's own play time only; the server's clock has none.
# Source: TRACKING §2 Constants: 1 % + 2 s on `pt` only.
PLAYED_SLACK_MS: Final = 2_000
_PLAYED_TOLERANCE_PERCENT: Final = 101


class ProvisionalFate(StrEnum):
    """What becomes of the provisional seconds of all of a learner's media."""

    KEPT = "kept"
    CONFIRMED = "confirmed"
    VOIDED = "voided"


@dataclass(slots=True)
class BeatResult:
    """What one beat did. `deferred` and `added` are masks; `lines` are to be stored.

    Not frozen only because a frozen one costs the hot path a microsecond; treat it as a value.
    """

    sequence: int
    deferred: int
    added: int
    is_repeat: bool
    is_check_open: bool
    is_check_issued: bool
    lines: list[LedgerLine]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What an answered or missed check did.

    The fate is done already for the viewing's own media; the caller applies it to the learner's
    other coverage rows in the same transaction.
    """

    lines: list[LedgerLine]
    fate: ProvisionalFate


def beat(viewing: Viewing, said: Testimony, *, now_ms: int, epoch: int) -> BeatResult:
    """Credit what a beat claims, as far as the budgets reach.

    A repeated or overtaken beat changes nothing and is answered with the last sequence.

    Raises: Superseded for another epoch or no session; BadRuns or BadRange for the claims.
    """
    live = viewing.live
    terms = attached_terms(viewing, epoch=epoch)
    # Validate before touching any state.
    claimed = claimed_mask(said.claims, terms.duration_s)
    if said.sequence <= live.sequence:
        return _repeated(live)
    lines: list[LedgerLine] = []
    start_ms = live.mark_ms
    accrued_ms = accrue(live, terms, now_ms=now_ms)
    witnessed_ms = min(said.played_ms, live.mark_ms - terms.opened_ms + PLAYED_SLACK_MS)
    live.played_ms = max(live.played_ms, witnessed_ms)
    wanted = claimed & ~viewing.seen.held
    added = lowest_seconds(wanted, affordable_s(live, terms, viewing.daily))
    deferred = wanted & ~added
    _earn(viewing, terms, added)
    stretch = Stretch(start_ms, live.mark_ms, accrued_ms, deferred.bit_count(), said.flags)
    played_runs = _played_runs(said, claimed, deferred)
    if played_runs:
        note_runs(live, lines, stretch, played_runs, added)
    else:
        note_time(live, stretch)
    if said.state != live.state:
        close_segment(live, lines)
    live.state, live.sequence = said.state, said.sequence
    is_due = live.since_pass_s >= live.next_check_s and live.check_ms is None
    if is_due:
        issue_check(live, lines)
    return BeatResult(
        said.sequence,
        deferred,
        added,
        is_repeat=False,
        is_check_open=live.check_ms is not None,
        is_check_issued=is_due,
        lines=lines,
    )


def answer(viewing: Viewing, *, now_ms: int, epoch: int, is_right: bool, draw: DrawCheck) -> CheckResult:
    """Close the open check. A pass confirms all provisional seconds and draws the next check.

    After a wrong answer the next beat issues a new check. A late answer still passes under HOLD;
    under REWIND the caller records the miss first.

    Raises: Superseded for another epoch or no session; NoCheck when none is open.
    """
    terms, check_ms = _open_check(viewing, epoch)
    live = viewing.live
    lines = _settle(live, terms, now_ms)
    line = _check_line(live, LineKind.ANSWER, check_ms, flags=int(is_right))
    append_line(live, lines, line)
    _close_check(live)
    if not is_right:
        return CheckResult(lines, ProvisionalFate.KEPT)
    live.since_pass_s, live.next_check_s = 0, draw()
    seen = viewing.seen
    seen.confirmed, seen.provisional = seen.held, 0
    return CheckResult(lines, ProvisionalFate.CONFIRMED)


def miss(viewing: Viewing, *, now_ms: int, epoch: int) -> CheckResult:
    """Record that the deadline of the open check passed while the learner was connected.

    HOLD takes nothing away: the check stays open and further credit stays stopped. REWIND voids
    what was earned since the last pass, and the next beat issues a new check.

    Raises: Superseded for another epoch or no session; NoCheck when none is open.
    """
    terms, check_ms = _open_check(viewing, epoch)
    live = viewing.live
    is_rewind = terms.policy.missed_check is MissedCheck.REWIND
    lines = _settle(live, terms, now_ms)
    kind = LineKind.VOID if is_rewind else LineKind.MISS
    append_line(live, lines, _check_line(live, kind, check_ms))
    if not is_rewind:
        live.is_check_missed = True
        return CheckResult(lines, ProvisionalFate.KEPT)
    _close_check(live)
    live.since_pass_s = live.next_check_s = 0
    viewing.seen.provisional = 0
    return CheckResult(lines, ProvisionalFate.VOIDED)


def attached_terms(viewing: Viewing, *, epoch: int) -> SessionTerms:
    """Return the terms of the running session.

    Raises: Superseded when the epoch is not the lease's, or no session runs.
    """
    if viewing.terms is None or epoch != viewing.live.epoch:
        raise Superseded
    return viewing.terms


def accrue(live: LiveViewing, terms: SessionTerms, *, now_ms: int) -> int:
    """Turn server time since the last mark into budget, and return the budget added, in ms.

    The mark is the learner's, not the session's, and never goes back: no instant counts twice.
    """
    elapsed_ms = now_ms - live.mark_ms
    if elapsed_ms <= 0:
        return 0
    live.mark_ms = now_ms
    room_ms = max(0, terms.policy.cap_ms - live.bucket_ms)
    added_ms = min(elapsed_ms * terms.policy.rate_percent // 100, room_ms)
    live.bucket_ms += added_ms
    return added_ms


def affordable_s(live: LiveViewing, terms: SessionTerms, daily: DailyBudget | None = None) -> int:
    """Return how many new seconds may be granted now.

    The least of three budgets: the server's wall clock, the client's own play time, and what is
    left before a presence check must be passed; and of a fourth, the day's, where there is a cap.
    """
    rate_percent = terms.policy.rate_percent
    tolerated_ms = live.played_ms * rate_percent * _PLAYED_TOLERANCE_PERCENT // 10_000
    by_play_s = (tolerated_ms + PLAYED_SLACK_MS) // 1_000 - live.granted_s
    by_wall_s = live.bucket_ms // 1_000
    left_s = max(0, min(by_wall_s, by_play_s, presence_left_s(live, terms)))
    return left_s if daily is None else min(left_s, daily.left_s(live.mark_ms))


def presence_left_s(live: LiveViewing, terms: SessionTerms) -> int:
    """Return the credit left before a check must be passed; may be negative.

    Source: TRACKING §0 rule 4, I7.
    """
    return live.next_check_s + terms.policy.answer_s - live.since_pass_s


def issue_check(live: LiveViewing, lines: list[LedgerLine]) -> None:
    """Open a check at the mark. An open one is issued anew, with a new deadline."""
    close_segment(live, lines)
    live.check_ms = live.mark_ms
    live.is_check_missed = False
    append_line(live, lines, _check_line(live, LineKind.CHECK, live.mark_ms))


def _played_runs(said: Testimony, claimed: int, deferred: int) -> Sequence[Run]:
    """Return the runs of what was claimed and not put off.

    The usual beat claims one run and gets it all; to find it again in an hour's mask would cost a microsecond.
    """
    if len(said.claims) == 1 and not deferred:
        from_s, to_s = said.claims[0]
        return ((from_s, to_s),)
    return runs_of_mask(claimed & ~deferred)


def _repeated(live: LiveViewing) -> BeatResult:
    """Return the answer to a beat that was applied before."""
    return BeatResult(
        live.sequence,
        deferred=0,
        added=0,
        is_repeat=True,
        is_check_open=live.check_ms is not None,
        is_check_issued=False,
        lines=[],
    )


def _earn(viewing: Viewing, terms: SessionTerms, added: int) -> None:
    """Hold new seconds and charge every budget for them."""
    if not added:
        return
    live, seen = viewing.live, viewing.seen
    if terms.policy.missed_check is MissedCheck.REWIND:
        seen.provisional |= added
    else:
        seen.confirmed |= added
    added_s = added.bit_count()
    live.bucket_ms -= 1_000 * added_s
    live.granted_s += added_s
    live.since_pass_s += added_s
    if viewing.daily is not None:
        viewing.daily.granted_s += added_s


def _open_check(viewing: Viewing, epoch: int) -> tuple[SessionTerms, int]:
    """Return the terms and the instant of the open check. Raises: Superseded, NoCheck."""
    terms = attached_terms(viewing, epoch=epoch)
    check_ms = viewing.live.check_ms
    if check_ms is None:
        raise NoCheck
    return terms, check_ms


def _settle(live: LiveViewing, terms: SessionTerms, now_ms: int) -> list[LedgerLine]:
    """Account for the time up to now and close the segment."""
    lines: list[LedgerLine] = []
    accrued_ms = accrue(live, terms, now_ms=now_ms)
    note_time(live, Stretch(live.mark_ms, live.mark_ms, accrued_ms))
    close_segment(live, lines)
    return lines


def _close_check(live: LiveViewing) -> None:
    """Leave no check open."""
    live.check_ms, live.check_key, live.check_answer = None, "", ""
    live.is_check_missed = False


def _check_line(live: LiveViewing, kind: LineKind, check_ms: int, *, flags: int = 0) -> LedgerLine:
    """Return a line about a check, from its issue to the mark."""
    return LedgerLine(live.session_key, live.line_count, kind, check_ms, live.mark_ms, 0, flags=flags)
