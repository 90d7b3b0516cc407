"""One batch of viewing, written in one transaction: the statements of the group commit.

Live rows first, each under its fence (`epoch` is still the writer's); then ledger lines, coverage
and ends of those that passed, and of nobody else. A plain beat moves some columns of its live row
and nothing else, and nine of ten writes are plain beats. All values are absolute, so a batch whose
fate is unknown is simply written again. The same predicate on SQLite and PostgreSQL.
Source: TRACKING §2 Storage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from django.db import connection, transaction

from tracking.models import many_rows
from tracking.models.coverage import Coverage
from tracking.models.live_viewing import LiveViewing
from tracking.models.many_rows import BOOLEAN, BYTES, LETTER, NUMBER, NUMBER_OR_NULL, TEXT, Columns, Statement
from tracking.models.viewing_session import ViewingSession
from tracking.rules.chain import LedgerLine
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.runs import encode_runs
from tracking.rules.viewing import EndedSession, EndReason, SeenSeconds, Viewing

#: What a plain beat moves: it closes no segment, issues no check and ends nothing.
_MOVED: Final = (
    ("sequence", NUMBER),
    ("mark_ms", NUMBER),
    ("bucket_ms", NUMBER),
    ("granted_s", NUMBER),
    ("played_ms", NUMBER),
    ("since_pass_s", NUMBER),
    ("segment_from_s", NUMBER),
    ("segment_to_s", NUMBER),
    ("segment_start_ms", NUMBER),
    ("segment_end_ms", NUMBER),
    ("segment_accrued_ms", NUMBER),
    ("segment_new_s", NUMBER),
    ("segment_deferred_s", NUMBER),
    ("segment_flags", NUMBER),
    ("segment_beat_count", NUMBER),
    ("state", LETTER),
)
#: What changes only together with a line of the ledger.
_CHANGED: Final = (
    ("line_count", NUMBER),
    ("head", BYTES),
    ("next_check_s", NUMBER),
    ("check_key", TEXT),
    ("check_ms", NUMBER_OR_NULL),
    ("check_answer", TEXT),
    ("is_check_missed", BOOLEAN),
)
_KEYS: Final = (("person_id", NUMBER), ("epoch", NUMBER))
#: What an opening moves: everything but the salt.
_ARRIVED: Final = (*_KEYS, *_MOVED, ("session_id", NUMBER), *_CHANGED, ("attached_ms", NUMBER))
_moved = attrgetter("epoch", *(name for name, _kind in _MOVED))
_changed = attrgetter(*(name for name, _kind in _CHANGED))

_LIVE: Final = "tracking_liveviewing"
_FENCE: Final = "live.person_id = {person_id} AND live.epoch = {epoch}"


def _moving(columns: Columns) -> Statement:
    """Return the update of a live row under its fence; what was written after it stays as it is."""
    sets = ", ".join(f"{name} = {{{name}}}" for name, _kind in columns)
    return many_rows.updating(_LIVE, (*_KEYS, *columns), sets=sets, where=f"{_FENCE} AND live.sequence <= {{sequence}}")


_BEATS: Final = _moving(_MOVED)
_CHANGES: Final = _moving((*_MOVED, ("session_id", NUMBER_OR_NULL), *_CHANGED))
_ARRIVALS: Final = many_rows.updating(
    _LIVE,
    _ARRIVED,
    sets=", ".join(f"{name} = {{{name}}}" for name, _kind in _ARRIVED[1:]),
    where="live.person_id = {person_id}",
)
_DEPARTURES: Final = many_rows.updating(_LIVE, _KEYS, sets="attached_ms = NULL", where=_FENCE)
_LINES: Final = many_rows.inserting(
    "tracking_viewingentry",
    (
        ("session_id", NUMBER),
        ("line_index", NUMBER),
        ("kind", TEXT),
        ("start_ms", NUMBER),
        ("end_ms", NUMBER),
        ("accrued_ms", NUMBER),
        ("from_s", NUMBER),
        ("to_s", NUMBER),
        ("new_s", NUMBER),
        ("deferred_s", NUMBER),
        ("flags", NUMBER),
        ("beat_count", NUMBER),
    ),
    on_conflict="DO NOTHING",
)
_line: Final = attrgetter(
    *("index", "kind.value", "start_ms", "end_ms", "accrued_ms"),
    *("from_s", "to_s", "new_s", "deferred_s", "flags", "beat_count"),
)
_COVERAGE: Final = many_rows.inserting(
    "tracking_coverage",
    (
        ("enrolment_id", NUMBER),
        ("lesson_id", NUMBER),
        ("runs", BYTES),
        ("provisional", BYTES),
        ("covered_s", NUMBER),
        ("updated_ms", NUMBER),
    ),
    on_conflict="(enrolment_id, lesson_id) DO UPDATE SET runs = excluded.runs, "
    "provisional = excluded.provisional, covered_s = excluded.covered_s, updated_ms = excluded.updated_ms",
)
_ENDS: Final = (
    "UPDATE tracking_viewingsession SET ended_ms = %s, end_reason = %s, left_ms = %s, new_s = %s, line_count = %s, "
    "head = %s, sealed_ms = %s WHERE id = %s AND ended_ms IS NULL"
)
_CHUNK: Final = 500

_PATIENCE: Final = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '15s'"

#: Who wrote, under which epoch: what passed the fence is named by it.
Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a session: `new_s` in all, `sealed_ms` when nothing may be claimed after it."""

    session: EndedSession
    reason: EndReason
    new_s: int
    sealed_ms: int | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Which rows a connection writes to."""

    person_id: int
    session_id: int
    enrolment_id: int
    lesson_id: int

    @classmethod
    def of(cls, session: ViewingSession) -> "SessionRow":
        """Return the rows that a session's connection writes to."""
        return cls(session.person_id, session.pk, session.enrolment_id, session.lesson_id)


@dataclass(slots=True)
class Write:
    """All that one connection has to write: a snapshot, safe from the beats that follow.

    `moved` begins with person, epoch and sequence; `more` is None for a plain beat. Not frozen only
    because a frozen one costs the hot path a microsecond; treat it as a value.
    """

    moved: tuple[Any, ...]
    more: "More | None"

    @property
    def mark(self) -> Mark:
        """Who writes, under which epoch."""
        return (self.moved[0], self.moved[1])

    @property
    def sequence(self) -> int:
        """What the live row holds once this is written."""
        return int(self.moved[2])


@dataclass(frozen=True, slots=True)
class More:
    """What a write holds that is no plain beat: lines, and what follows from them."""

    row: SessionRow
    lines: tuple[LedgerLine, ...]
    coverage: tuple[bytes, bytes, int, int] | None = None
    ending: Ending | None = None
    fate: ProvisionalFate = ProvisionalFate.KEPT
    changed: tuple[Any, ...] = ()


def snapshot(
    row: SessionRow,
    viewing: Viewing,
    lines: Sequence[LedgerLine],
    ending: Ending | None = None,
    fate: ProvisionalFate = ProvisionalFate.KEPT,
) -> Write:
    """Copy what is to be written; coverage only beside lines, since a plain beat moves the live row alone."""
    live = viewing.live
    moved = (row.person_id, *_moved(live))
    if not lines and ending is None and fate is ProvisionalFate.KEPT:
        return Write(moved, None)
    changed = (None if ending else row.session_id, *_changed(live))
    coverage = coverage_at(viewing.seen, live.mark_ms) if lines else None
    return Write(moved, More(row, tuple(lines), coverage, ending, fate, changed))


def coverage_at(seen: SeenSeconds, now_ms: int) -> tuple[bytes, bytes, int, int]:
    """Return what is held as it is written."""
    return (encode_runs(seen.confirmed), encode_runs(seen.provisional), seen.confirmed_s, now_ms)


def commit(writes: Sequence[Write]) -> set[Mark]:
    """Write the batch in one transaction and return whose writes passed the fence.

    A lock or a statement that takes too long is given up as if the database were away: whoever
    holds the batch writes it again. Rows are written in the order of their persons, so that two
    processes seldom wait for each other.
    """
    with transaction.atomic():
        set_patience()
        written = many_rows.write(_BEATS, sorted(write.moved for write in writes if write.more is None))
        changes = sorted(write.moved + write.more.changed for write in writes if write.more is not None)
        written += many_rows.write(_CHANGES, changes)
        passed = {write.mark for write in writes}
        if written < len(writes):
            passed -= _fenced(writes)
        write_more([write.more for write in writes if write.more is not None and write.mark in passed])
    return passed


def attach(arrivals: Sequence[tuple[SessionRow, Viewing]], *, now_ms: int) -> None:
    """Give timelines to the connections that have come, inside the transaction that has locked them."""
    many_rows.write(
        _ARRIVALS,
        [(row.person_id, *_moved(v.live), row.session_id, *_changed(v.live), now_ms) for row, v in arrivals],
    )


def detach(marks: Sequence[Mark]) -> None:
    """Note that these connections are gone; their sessions stay and can be resumed."""
    with transaction.atomic():
        many_rows.write(_DEPARTURES, sorted(marks))


def write_more(passed: Sequence[More]) -> None:
    """Write lines, coverage, ends and fates, inside the caller's transaction; one of a learner."""
    many_rows.write(_LINES, [(more.row.session_id, *_line(line)) for more in passed for line in more.lines])
    coverage = [(more.row.enrolment_id, more.row.lesson_id, *more.coverage) for more in passed if more.coverage]
    many_rows.write(_COVERAGE, coverage)
    ends = [_end_values(more.row.session_id, more.ending) for more in passed if more.ending]
    if ends:
        with connection.cursor() as cursor:
            cursor.executemany(_ENDS, ends)
    for more in passed:
        if more.fate is not ProvisionalFate.KEPT:
            _settle_other_lessons(more.row, more.fate)


def set_patience() -> None:
    """Bound what this transaction may wait for; SQLite's busy timeout stands in the settings."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)


def _fenced(writes: Sequence[Write]) -> set[Mark]:
    """Ask which rows do not carry what was written: their epoch is another's by now."""
    fenced: set[Mark] = set()
    for start in range(0, len(writes), _CHUNK):
        chunk = writes[start : start + _CHUNK]
        rows = LiveViewing.objects.filter(pk__in={write.mark[0] for write in chunk})
        held = {
            (person_id, epoch): sequence
            for person_id, epoch, sequence in rows.values_list("person_id", "epoch", "sequence")
        }
        fenced.update(write.mark for write in chunk if held.get(write.mark) != write.sequence)
    return fenced


def _settle_other_lessons(here: SessionRow, fate: ProvisionalFate) -> None:
    """Confirm or void what the learner holds provisionally of lessons other than this one."""
    others = Coverage.objects.filter(enrolment__person_id=here.person_id).exclude(provisional=b"")
    for row in others.exclude(enrolment_id=here.enrolment_id, lesson_id=here.lesson_id):
        seen = row.stored()
        if fate is ProvisionalFate.CONFIRMED:
            seen.confirmed = seen.held
        row.runs, row.provisional, row.covered_s = encode_runs(seen.confirmed), b"", seen.confirmed_s
        row.save(update_fields=["runs", "provisional", "covered_s"])


def _end_values(session_id: int, ending: Ending) -> tuple[int | str | bytes | None, ...]:
    session = ending.session
    return (
        session.ended_ms,
        ending.reason.value,
        session.left_ms,
        ending.new_s,
        session.line_count,
        session.head,
        ending.sealed_ms,
        session_id,
    )
