"""A past for the ledger: whole sessions of the last year (`past`), of the run's learners and of others.

Who watched when, and how it is written: COPY or `executemany`, oldest first, in short blocks.
"""

import json
import random
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from learning.models import Edition, Enrolment, Lesson, Organisation, Person
from tracking.access import Place
from tracking.actions.policies import drawn_up
from tracking.actions.viewings import SOFTWARE_VERSION
from tracking.management.load import past, seed
from tracking.models import LiveViewing, ViewingSession, partitions
from tracking.rules.chain import SessionHeader, learner_commitment
from tracking.rules.months import Month
from tracking.rules.viewing import EndReason, Policy

#: A learner has no more in a year: 100 hours of some 25 lines. Source: TRACKING §4 Size.
_LINES_A_LEARNER: Final = 2_500
_TEMPLATES: Final = 32
_BLOCK: Final = 400
_PEOPLE: Final = 2_000
_YEAR_MS: Final = int(timedelta(days=365).total_seconds() * 1_000)
_TELL_EVERY_S: Final = 10.0
_SESSION: Final = (
    "id", "key", "person_id", "enrolment_id", "lesson_id", "duration_s", "rate_percent", "cap_ms", "answer_s",
    "missed_check", "policy_digest", "media_digest", "learner_commitment", "software_version", "header_digest",
    "device", "device_label", "opened_ms", "ended_ms", "end_reason", "left_ms", "new_s", "line_count", "head",
    "sealed_ms",
)  # fmt: skip
_ENTRY: Final = (
    "session_id", "line_index", "kind", "start_ms", "end_ms", "accrued_ms", "from_s", "to_s", "new_s", "deferred_s",
    "flags", "beat_count",
)  # fmt: skip
_COVERAGE: Final = ("enrolment_id", "lesson_id", "runs", "provisional", "covered_s", "updated_ms")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose past it is, and what binds the chain to them."""

    person_id: int
    enrolment_id: int
    commitment: str


#: Who, what, and when in ms.
Visit = tuple[Owner, Lesson, int]


@dataclass(frozen=True, slots=True)
class Terms:
    """What all sessions of this past were measured against."""

    policy: Policy
    policy_digest: str
    templates: Sequence[past.Played]


def main(count: str) -> None:
    """Write so many lines, and the few that end the last session; print how many in one JSON object."""
    chance = random.Random(1)  # noqa: S311 -- the same past in every run
    templates = [past.played(chance) for _template in range(_TEMPLATES)]
    owners, lessons, terms = _people(int(count), templates)
    written = 0
    total, told_s = -(-int(count) // _mean_lines(templates)), time.monotonic()
    visits = islice(_visits(owners, lessons), total)
    _make_months()
    while block := list(islice(visits, _BLOCK)):
        written += _write(block, terms, chance)
        if time.monotonic() - told_s > _TELL_EVERY_S:
            told_s = time.monotonic()
            sys.stderr.write(f"  {written:,} lines\n")
    _move_on(owners, sessions=len(lessons))
    _tidy()
    told = {"entries": written, "sessions": total, "learners": len(owners), "database_mib": _size_mib()}
    sys.stdout.write(json.dumps(told) + "\n")


def _move_on(owners: Sequence[Owner], *, sessions: int) -> None:
    """Leave every timeline that is at rest where its last session left it."""
    newest = ViewingSession.objects.filter(person_id=OuterRef("pk"), ended_ms__isnull=False).order_by("-opened_ms")
    for start in range(0, len(owners), _PEOPLE):
        keys = [owner.person_id for owner in owners[start : start + _PEOPLE]]
        LiveViewing.objects.filter(Exists(newest), pk__in=keys, session__isnull=True).update(
            epoch=F("epoch") + sessions,
            mark_ms=Subquery(newest.values("ended_ms")[:1]),
            granted_s=Subquery(newest.values("new_s")[:1]),
            since_pass_s=Subquery(newest.values("new_s")[:1]),
        )


def _mean_lines(templates: Sequence[past.Played]) -> int:
    return sum(len(one.lines) for one in templates) // len(templates)


# Who watched what --------------------------------------------------------------------


def _people(count: int, templates: Sequence[past.Played]) -> tuple[list[Owner], list[Lesson], Terms]:
    """Return whose past it is, the lessons of it, and its terms: last year's course, an hour a session."""
    base = Organisation.objects.select_related("region").get(slug="bench")
    requirement = seed.requirement_of(base.region, timezone.now().year - 1)
    edition = seed.edition_of(base, "bench-past")
    persons = list(Person.objects.filter(email__startswith="bench").order_by("pk"))
    missing = max(0, -(-count // _LINES_A_LEARNER) - len(persons))
    for start in range(0, missing, _PEOPLE):
        numbers = range(start, min(start + _PEOPLE, missing))
        persons += seed.people((f"past{number}" for number in numbers), requirement)
    lessons = _lessons(edition, sessions=-(-count // (_mean_lines(templates) * len(persons))))
    owners: list[Owner] = []
    for start in range(0, len(persons), _PEOPLE):
        some = persons[start : start + _PEOPLE]
        owners += _owners(seed.enrolled(some, edition, requirement))
    enrolment = Enrolment.objects.select_related("person", "requirement").get(pk=owners[0].enrolment_id)
    policy, digest = drawn_up(Place(enrolment, lessons[0]))
    return owners, lessons, Terms(policy, digest, templates)


def _lessons(edition: Edition, *, sessions: int) -> list[Lesson]:
    return Lesson.objects.bulk_create(
        seed.lesson_of(edition, number, duration_s=past.LESSON_S) for number in range(1, sessions + 1)
    )


def _owners(enrolments: Sequence[Enrolment]) -> Iterator[Owner]:
    """Give everyone a timeline, whose salt their sessions are bound with."""
    keys = [enrolment.person_id for enrolment in enrolments]
    LiveViewing.objects.bulk_create((LiveViewing(person_id=key) for key in keys), ignore_conflicts=True)
    salts = dict(LiveViewing.objects.filter(pk__in=keys).values_list("pk", "salt"))
    for enrolment in enrolments:
        commitment = learner_commitment(bytes(salts[enrolment.person_id]), str(enrolment.person_id))
        yield Owner(enrolment.person_id, enrolment.pk, commitment)


def _visits(owners: Sequence[Owner], lessons: Sequence[Lesson]) -> Iterator[Visit]:
    """Yield who watched which lesson from which instant on, oldest first: one lesson after another."""
    now_ms, span_ms = int(time.time() * 1_000), _YEAR_MS // len(lessons)
    for number, lesson in enumerate(lessons):
        begin_ms = now_ms - (len(lessons) - number) * span_ms
        for place, owner in enumerate(owners):
            # Within the lesson's span each comes a little after the one before.
            yield owner, lesson, begin_ms + span_ms * place // (2 * len(owners))


# How it is written -------------------------------------------------------------------


def _make_months() -> None:
    """Give the past its months, where the ledger is kept by months; those of today are there."""
    if not partitions.are_kept():
        return
    now_ms = int(time.time() * 1_000)
    month, this_month = Month.of(now_ms - _YEAR_MS), Month.of(now_ms)
    with partitions.shaping():
        held = partitions.months()
        while month < this_month:
            if month not in held:
                partitions.make(month)
            month = month.plus(1)


def _write(block: Sequence[Visit], terms: Terms, chance: random.Random) -> int:
    """Write a block of sessions with their lines and coverage in one transaction; return how many lines."""
    visits: list[Row] = []
    entries: list[Row] = []
    coverages: list[Row] = []
    with transaction.atomic():
        _trust_references()
        for session_id, visit in zip(_reserved(len(block)), block, strict=True):
            owner, lesson, opened_ms = visit
            template = chance.choice(terms.templates)
            key = uuid.UUID(int=chance.getrandbits(128), version=4)
            header = SessionHeader(
                str(key), owner.commitment, lesson.media_digest, past.LESSON_S, terms.policy_digest, SOFTWARE_VERSION
            )
            one = past.stamped(template, header, key, opened_ms=opened_ms, media_key=lesson.pk)
            visits.append(_session_row(session_id, visit, terms, template, one))
            entries.extend(_entry_rows(session_id, one))
            ended_ms = one.lines[-1].end_ms
            coverages.append(
                (owner.enrolment_id, lesson.pk, past.runs_of(template), b"", template.seen.confirmed_s, ended_ms)
            )
        _insert("tracking_viewingsession", _SESSION, visits)
        _insert("tracking_viewingentry", _ENTRY, entries)
        _insert("tracking_coverage", _COVERAGE, coverages)
    return len(entries)


def _session_row(session_id: int, visit: Visit, terms: Terms, template: past.Played, one: past.Stamped) -> Row:
    """Return an ended and sealed session, in the order of `_SESSION`."""
    (owner, lesson, _opened_ms), policy, last = visit, terms.policy, one.lines[-1]
    return (
        session_id,
        one.key if connection.vendor == "postgresql" else one.key.hex,
        owner.person_id,
        owner.enrolment_id,
        lesson.pk,
        past.LESSON_S,
        policy.rate_percent,
        policy.cap_ms,
        policy.answer_s,
        policy.missed_check.value,
        terms.policy_digest,
        lesson.media_digest,
        owner.commitment,
        SOFTWARE_VERSION,
        one.header_digest,
        "bench",
        "",
        one.lines[0].start_ms,
        last.end_ms,
        EndReason.BYE.value,
        template.left_ms,
        last.new_s,
        len(one.lines),
        one.head,
        last.end_ms,
    )


def _entry_rows(session_id: int, one: past.Stamped) -> Iterator[Row]:
    for line in one.lines:
        yield (
            session_id, line.index, line.kind.value, line.start_ms, line.end_ms, line.accrued_ms, line.from_s,
            line.to_s, line.new_s, line.deferred_s, line.flags, line.beat_count,
        )  # fmt: skip


def _reserved(count: int) -> list[int]:
    """Return so many keys for sessions; on SQLite those after the last, which the write lock keeps free."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "pg_get_serial_sequence('tracking_viewingsession', 'id')"
            cursor.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [count])  # noqa: S608 -- a name
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(id), 0) FROM tracking_viewingsession")
        (last,) = cursor.fetchone()
        return list(range(last + 1, last + 1 + count))


def _insert(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                copy.write("".join(map(_copied, rows)))
        else:
            values = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608 -- names of ours


def _copied(row: Row) -> str:
    """Return a row as COPY's text; nothing of ours holds a tab, a backslash or NULL."""
    return "\t".join([f"\\\\x{cell.hex()}" if type(cell) is bytes else str(cell) for cell in row]) + "\n"


def _trust_references() -> None:
    """Have this transaction not look up each line's session, which it wrote a moment before; needs a superuser."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            cursor.execute("SET LOCAL session_replication_role = replica")


def _tidy() -> None:
    """Do now what the database would do by itself in a year, so that no beat is measured beside it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("tracking_viewingsession", "tracking_viewingentry", "tracking_coverage"):
                cursor.execute(f"VACUUM (ANALYZE) {table}")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _size_mib() -> int:
    """Return how large the database is now."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0]) >> 20
