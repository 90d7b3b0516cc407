"""The auditor's recomputation: what a learner holds, from ledger lines alone.

Shares no code with the crediting rule, so that neither can hide the other's fault. Knows lines
and their meaning; nothing of how they came to be. Source: TRACKING §4, checks 4 to 6.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tracking.rules.chain import LedgerLine, LineKind


class Fault(StrEnum):
    """What a ledger can be wrong about."""

    NO_OPENING = "no_opening"
    OUTSIDE_MEDIA = "outside_media"
    OVER_WALL = "over_wall"
    OVER_BUDGET = "over_budget"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, and the session that shows it."""

    session_key: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session as stored: its lines in order, and when it ended (or was last heard).

    `is_provisional` says that its policy keeps seconds provisional until a check is passed. A
    running session's open segment is given as the line it would become.
    """

    session_key: str
    lines: Sequence[LedgerLine]
    ended_ms: int
    is_provisional: bool = False
    open_segment: LedgerLine | None = None


@dataclass(slots=True)
class Replayed:
    """What the ledger says a learner holds: masks by media key, and every fault found."""

    confirmed: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    provisional: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    new_s: int = 0
    findings: list[Finding] = field(default_factory=list)


def replay(records: Iterable[SessionRecord]) -> Replayed:
    """Recompute the seconds one learner holds from all the learner's sessions.

    Late lines and checks take effect where they stand; sessions follow one another in time.
    """
    replayed = Replayed()
    ordered = sorted(records, key=_opened_ms)
    last_ms = None
    for record in ordered:
        opening = record.lines[0] if record.lines else None
        if opening is None or opening.kind is not LineKind.OPEN:
            replayed.findings.append(Finding(record.session_key, Fault.NO_OPENING))
            continue
        if last_ms is not None and opening.start_ms < last_ms:
            replayed.findings.append(Finding(record.session_key, Fault.OVERLAP))
        last_ms = record.ended_ms
        _replay_session(replayed, record, opening)
    return replayed


@dataclass(frozen=True, slots=True)
class Chapter:
    """One session's lines as they bear on one lesson: its own, or another that only holds checks."""

    lines: Sequence[LedgerLine]
    is_own: bool
    is_provisional: bool


def confirmed_mask(chapters: Iterable[Chapter]) -> int:
    """Return the confirmed seconds of a lesson from a learner's sessions, oldest first.

    Provisional seconds count once a later check was passed, whichever lesson played then.
    """
    confirmed = provisional = 0
    for chapter in chapters:
        for line in chapter.lines:
            if chapter.is_own and line.kind in (LineKind.SEGMENT, LineKind.LATE) and line.to_s > line.from_s:
                played = (1 << line.to_s) - (1 << line.from_s)
                if chapter.is_provisional:
                    provisional |= played
                else:
                    confirmed |= played
            elif line.kind is LineKind.ANSWER and line.flags == 1:
                confirmed, provisional = confirmed | provisional, 0
            elif line.kind is LineKind.VOID:
                provisional = 0
    return confirmed


def _replay_session(replayed: Replayed, record: SessionRecord, opening: LedgerLine) -> None:
    """Apply one session's lines and check its budgets."""
    lines = list(record.lines)
    if record.open_segment is not None:
        lines.append(record.open_segment)
    accrued_ms = new_s = 0
    for line in lines:
        accrued_ms += line.accrued_ms
        if line.kind in (LineKind.SEGMENT, LineKind.LATE):
            new_s += line.new_s
            if line.to_s > opening.to_s:
                replayed.findings.append(Finding(record.session_key, Fault.OUTSIDE_MEDIA))
        _apply(replayed, line, opening.from_s, is_provisional=record.is_provisional)
    replayed.new_s += new_s
    rate_percent = opening.flags
    if accrued_ms * 100 > (record.ended_ms - opening.start_ms) * rate_percent:
        replayed.findings.append(Finding(record.session_key, Fault.OVER_WALL))
    if new_s * 1_000 > accrued_ms:
        replayed.findings.append(Finding(record.session_key, Fault.OVER_BUDGET))


def _apply(replayed: Replayed, line: LedgerLine, media_key: int, *, is_provisional: bool) -> None:
    """Apply what one line says about the seconds held."""
    if line.kind in (LineKind.SEGMENT, LineKind.LATE) and line.to_s > line.from_s:
        held = replayed.provisional if is_provisional else replayed.confirmed
        held[media_key] |= (1 << line.to_s) - (1 << line.from_s)
    elif line.kind is LineKind.ANSWER and line.flags == 1:
        for key, mask in replayed.provisional.items():
            replayed.confirmed[key] |= mask
        replayed.provisional.clear()
    elif line.kind is LineKind.VOID:
        replayed.provisional.clear()


def _opened_ms(record: SessionRecord) -> tuple[int, int]:
    """Order sessions in time; of two that opened together, the one that ended first comes first."""
    return (record.lines[0].start_ms if record.lines else 0, record.ended_ms)
