"""One batch of viewing, written in one transaction: the statements of the group commit.

Live rows first, each under its fence (`epoch` is still the writer's); then ledger lines, coverage
and ends of those that passed, and of nobody else. All values are absolute, so a batch whose fate
is unknown is simply written again. The same predicate on SQLite and PostgreSQL.
Source: TRACKING §2 Storage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db import connection, transaction

from tracking.models.coverage import Coverage
from tracking.models.live_viewing import RULE_COLUMNS, LiveViewing
from tracking.rules.chain import LedgerLine
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.runs import encode_runs
from tracking.rules.viewing import EndedSession, EndReason, SeenSeconds, Viewing

_COLUMNS: Final = ("session_id", *(name for name in RULE_COLUMNS if name != "epoch"))
_CHUNK: Final = 500
_ENTRIES: Final = (
    "INSERT INTO tracking_viewingentry (session_id, line_index, kind, start_ms, end_ms, accrued_ms, from_s, to_s, "
    "new_s, deferred_s, flags, beat_count) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
    "ON CONFLICT DO NOTHING"
)
_COVERAGE: Final = (
    "INSERT INTO tracking_coverage (enrolment_id, lesson_id, runs, provisional, covered_s, updated_ms) "
    "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (enrolment_id, lesson_id) DO UPDATE SET runs = excluded.runs, "
    "provisional = excluded.provisional, covered_s = excluded.covered_s, updated_ms = excluded.updated_ms"
)
_ENDS: Final = (
    "UPDATE tracking_viewingsession SET ended_ms = %s, end_reason = %s, left_ms = %s, new_s = %s, line_count = %s, "
    "head = %s, sealed_ms = %s WHERE id = %s AND ended_ms IS NULL"
)

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


@dataclass(frozen=True, slots=True)
class Write:
    """All that one connection has to write: a snapshot, safe from the beats that follow."""

    row: SessionRow
    epoch: int
    values: tuple[Any, ...]
    lines: Sequence[LedgerLine]
    coverage: tuple[bytes, bytes, int, int] | None
    ending: Ending | None
    fate: ProvisionalFate

    @property
    def mark(self) -> Mark:
        """Who writes, under which epoch."""
        return (self.row.person_id, self.epoch)


def snapshot(
    row: SessionRow,
    viewing: Viewing,
    lines: Sequence[LedgerLine],
    ending: Ending | None = None,
    fate: ProvisionalFate = ProvisionalFate.KEPT,
) -> Write:
    """Copy what is to be written; coverage only beside lines, since a plain beat moves the live row alone."""
    live, seen = viewing.live, viewing.seen
    session_id = None if ending else row.session_id
    values = (session_id, *(getattr(live, name) for name in _COLUMNS[1:]))
    coverage = _coverage(seen, live.mark_ms) if lines else None
    return Write(row, live.epoch, values, tuple(lines), coverage, ending, fate)


def _coverage(seen: SeenSeconds, now_ms: int) -> tuple[bytes, bytes, int, int]:
    return (encode_runs(seen.confirmed), encode_runs(seen.provisional), seen.confirmed_s, now_ms)


def commit(writes: Sequence[Write]) -> set[Mark]:
    """Write the batch in one transaction and return whose writes passed the fence.

    A lock or a statement that takes too long is given up as if the database were away: whoever
    holds the batch writes it again.
    """
    with transaction.atomic():
        _set_patience()
        passed = _update_live_rows(sorted(writes, key=lambda write: write.mark))
        kept = [write for write in writes if write.mark in passed]
        with connection.cursor() as cursor:
            lines = [_line_values(write.row.session_id, line) for write in kept for line in write.lines]
            if lines:
                cursor.executemany(_ENTRIES, lines)
            coverage = [
                (write.row.enrolment_id, write.row.lesson_id, *write.coverage) for write in kept if write.coverage
            ]
            if coverage:
                cursor.executemany(_COVERAGE, coverage)
            ends = [_end_values(write.row.session_id, write.ending) for write in kept if write.ending]
            if ends:
                cursor.executemany(_ENDS, ends)
        for write in kept:
            if write.fate is not ProvisionalFate.KEPT:
                _settle_other_lessons(write)
    return passed


def _set_patience() -> None:
    """Bound what this transaction may wait for; SQLite's busy timeout stands in the settings."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)


def _settle_other_lessons(write: Write) -> None:
    """Confirm or void what the learner holds provisionally of lessons other than this one."""
    others = Coverage.objects.filter(enrolment__person_id=write.row.person_id).exclude(provisional=b"")
    for row in others.exclude(enrolment_id=write.row.enrolment_id, lesson_id=write.row.lesson_id):
        seen = row.stored()
        if write.fate is ProvisionalFate.CONFIRMED:
            seen.confirmed = seen.held
        row.runs, row.provisional, row.covered_s = encode_runs(seen.confirmed), b"", seen.confirmed_s
        row.save(update_fields=["runs", "provisional", "covered_s"])


def _update_live_rows(writes: Sequence[Write]) -> set[Mark]:
    """Update each live row whose epoch is still the writer's."""
    if connection.vendor == "postgresql":
        return _update_by_arrays(writes)
    return _update_one_by_one(writes)


@cache
def _array_statement() -> str:
    """Return PostgreSQL's one statement for the whole batch."""
    fields = {field.column: field for field in LiveViewing._meta.concrete_fields}
    names = ("person_id", "epoch", *_COLUMNS)
    arrays = ", ".join(f"%s::{fields[name].db_type(connection)}[]" for name in names)
    sets = ", ".join(f"{name} = v.{name}" for name in _COLUMNS)
    return (
        f"UPDATE tracking_liveviewing AS live SET {sets} "  # noqa: S608 -- names are the model's own
        f"FROM unnest({arrays}) AS v ({', '.join(names)}) "
        "WHERE live.person_id = v.person_id AND live.epoch = v.epoch AND live.sequence <= v.sequence "
        "RETURNING live.person_id, live.epoch"
    )


def _update_by_arrays(writes: Sequence[Write]) -> set[Mark]:
    columns = zip(*((*write.mark, *write.values) for write in writes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_array_statement(), [list(column) for column in columns])
        return set(cursor.fetchall())


_ONE_BY_ONE: Final = (
    f"UPDATE tracking_liveviewing SET {', '.join(f'{name} = %s' for name in _COLUMNS)} "  # noqa: S608 -- as above
    "WHERE person_id = %s AND epoch = %s AND sequence <= %s"
)


def _update_one_by_one(writes: Sequence[Write]) -> set[Mark]:
    """Update under SQLite's write lock, then ask which rows carry what was written."""
    sequence_at = _COLUMNS.index("sequence")
    passed: set[Mark] = set()
    with connection.cursor() as cursor:
        cursor.executemany(_ONE_BY_ONE, [(*write.values, *write.mark, write.values[sequence_at]) for write in writes])
        for start in range(0, len(writes), _CHUNK):
            chunk = writes[start : start + _CHUNK]
            rows = LiveViewing.objects.filter(pk__in={write.row.person_id for write in chunk})
            now_held = {
                (person_id, epoch): sequence
                for person_id, epoch, sequence in rows.values_list("person_id", "epoch", "sequence")
            }
            passed.update(write.mark for write in chunk if now_held.get(write.mark) == write.values[sequence_at])
    return passed


def _line_values(session_id: int, line: LedgerLine) -> tuple[int | str, ...]:
    return (
        session_id,
        line.index,
        line.kind.value,
        line.start_ms,
        line.end_ms,
        line.accrued_ms,
        line.from_s,
        line.to_s,
        line.new_s,
        line.deferred_s,
        line.flags,
        line.beat_count,
    )


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
