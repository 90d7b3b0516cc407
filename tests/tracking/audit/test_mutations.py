"""Every column of every table of the ledger, altered: the audit finds it and names the row.

Every day in some of the rows, at least one of each table.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, connection, models

from learning.models import Evidence
from tests import everyday
from tests.factories import ledger
from tests.factories.ledger import World
from tracking.audit import Scope
from tracking.models import (
    Anchor,
    Coverage,
    DailyRoot,
    LiveViewing,
    Seal,
    SealHead,
    ViewingEntry,
    ViewingPolicy,
    ViewingSession,
    WatchedProof,
)

pytestmark = pytest.mark.django_db

#: Columns in which nothing is told: row ids that order and name nothing.
MEANINGLESS = {(model, "id") for model in (ViewingEntry, Coverage, WatchedProof, Anchor, SealHead, Evidence)}
#: When a sweep tries again; no second hangs on it.
MEANINGLESS.add((Coverage, "put_off_ms"))
#: Of a running session only: not in the ledger yet, earning nothing by themselves. Source: TRACKING §4, not caught.
NOT_YET_WRITTEN = {
    (LiveViewing, name)
    for name in (
        "attached_ms",
        "sequence",
        "next_check_s",
        "segment_start_ms",
        "segment_end_ms",
        "segment_deferred_s",
        "segment_flags",
        "segment_beat_count",
    )
}
#: Of a session that no seal covers yet; nothing is judged by them.
NOT_YET_SEALED = ("device", "device_label")
#: Enough to leave what the bounds of a timeline allow.
FAR_DAY = dt.date(2031, 1, 1)
FAR = {
    "epoch": -1_000_000,
    "mark_ms": -1_000_000,
    "played_ms": 1_000_000,
    "segment_from_s": 1_000,
    "segment_to_s": 1_000,
    "session_floor": 1_000,
    "since_pass_s": 1_000_000,
    "updated_ms": 1_000_000,
}


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    unjudged = MEANINGLESS | NOT_YET_WRITTEN
    return [field for field in model._meta.concrete_fields if (model, field.column) not in unjudged]


def rows(model: type[models.Model]) -> list[models.Model]:
    """All rows; of the long table of lines each third, which is enough for every column."""
    found = list(model._default_manager.order_by("pk"))
    return list(everyday.part(found[::3] if model is ViewingEntry else found, one_in=3))


def _names_of_live(row: LiveViewing) -> tuple[str, ...]:
    sessions = ViewingSession.objects.filter(person_id=row.pk).values_list("key", flat=True)
    return (f"live viewing {row.pk}", f"person {row.pk}", *map(str, sessions))


def _names_of_proof(row: WatchedProof) -> tuple[str, ...]:
    evidence = Evidence.objects.get(enrolment_id=row.enrolment_id, lesson_id=row.lesson_id)
    return (f"watched proof {row.pk}:", f"evidence {evidence.pk} ")


#: How findings may name a row: any of these will do.
NAMES: dict[type[models.Model], Callable[[Any], tuple[str, ...]]] = {
    ViewingSession: lambda row: (str(row.key),),
    ViewingEntry: lambda row: (str(row.session.key),),
    Coverage: lambda row: (f"coverage of lesson {row.lesson_id} by enrolment {row.enrolment_id}",),
    LiveViewing: _names_of_live,
    Evidence: lambda row: (f"evidence {row.pk} ",),
    WatchedProof: _names_of_proof,
    Seal: lambda row: (f"seal {row.number} ", f"seal {row.number}:", str(row.session.key)),
    DailyRoot: lambda row: (f"daily root {row.day}:", f"daily root {FAR_DAY}:"),
    Anchor: lambda row: tuple(
        f"anchor {name!r} of {day}:" for name in ("file", "mail") for day in (row.root_id, FAR_DAY)
    ),
    ViewingPolicy: lambda row: (row.digest,),
    SealHead: lambda _row: ("head of the seals:",),
}


def altered(field: models.Field[Any, Any], row: models.Model) -> Any:
    """Another value a column could hold."""
    value = getattr(row, field.attname)
    if field.column in FAR:
        return max(0, value + FAR[field.column])
    if (isinstance(field, models.ForeignKey) or field.primary_key) and not isinstance(value, str):
        # To nobody: an inner join must not hide the row.
        return FAR_DAY if isinstance(value, dt.date) else 1_000 + (value or 0)
    if value is None:
        return FAR_DAY if isinstance(field, models.DateField) else 12_345
    if isinstance(value, str):
        return _other_text(field, value)
    if isinstance(value, bytes | memoryview):
        return bytes(value)[:-1] + bytes([bytes(value or b"\0")[-1] ^ 1])
    return _other_value(value)


def _other_value(value: bool | int | uuid.UUID | dt.date | list[Any] | dict[str, Any]) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, uuid.UUID):
        return str(uuid.uuid4()) if connection.vendor == "postgresql" else uuid.uuid4().hex
    if isinstance(value, dt.date):
        return value - dt.timedelta(hours=1) if isinstance(value, dt.datetime) else FAR_DAY
    return json.dumps({"covered_s": 61} if isinstance(value, dict) else [])


def _other_text(field: models.Field[Any, Any], value: str) -> str:
    known = {"kind": "void", "missed_check": "rewind", "end_reason": "preempt", "state": "x", "backend": "mail"}
    if field.column in known and value != known[field.column]:
        return known[field.column]
    if field.column == "kind":
        return "miss"
    return ("1" if value[:1] == "0" else "0") + value[1:]


def unfound(model: type[models.Model], row: models.Model) -> Iterator[str]:
    """Alter one column of one row at a time; yield those that the audit does not find by the row's name."""
    names = NAMES[model](row)
    for field in columns(model):
        if isinstance(row, ViewingSession) and row.sealed_ms is None and field.column in NOT_YET_SEALED:
            continue
        value = altered(field, row)
        sql = f"UPDATE {model._meta.db_table} SET {field.column} = %s WHERE {model._meta.pk.column} = %s"  # noqa: S608
        key = row.pk if not isinstance(row.pk, uuid.UUID) else row.pk.hex
        with ledger.lifted(model._meta.db_table):
            try:
                assert ledger.execute(sql, value, key) == 1
            except DatabaseError:
                continue  # the database itself refuses that value, without any trigger
            differences = ledger.findings().differences
        if field.column == "key":
            names = (*names, str(uuid.UUID(str(value))))
        if not any(name in difference for difference in differences for name in names):
            yield f"{field.column}: {getattr(row, field.attname)!r} → {value!r}; found only {differences}"


@pytest.mark.parametrize(
    "model",
    list(NAMES),
    ids=lambda model: model.__name__,
)
def test_audit_names_the_row_whatever_column_is_altered(world: World, model: type[models.Model]) -> None:
    missed = [f"{row!r}.{column}" for row in rows(model) for column in unfound(model, row)]

    assert "\n".join(missed) == ""


@pytest.mark.parametrize("model", list(NAMES), ids=lambda model: model.__name__)
def test_audit_names_the_row_that_is_gone(world: World, model: type[models.Model]) -> None:
    missed = []
    for row in rows(model):
        names = NAMES[model](row)
        if isinstance(row, ViewingSession | LiveViewing):
            # Its seal and its learner's sessions are what is left to name it by.
            seal = Seal.objects.filter(session_id=row.pk).first() if isinstance(row, ViewingSession) else None
            names = (*names, f"seal {seal.number}:" if seal else f"live viewing {row.person_id}:")
        if isinstance(row, Evidence):
            proof = WatchedProof.objects.get(enrolment=row.enrolment, lesson=row.lesson)
            names = (f"credit entry {world.credit.pk}:", f"watched proof {proof.pk}:")
        if isinstance(row, Anchor):
            names = (f"daily root {row.root_id}:",)
        if isinstance(row, DailyRoot):
            names = (*names, f"anchor 'file' of {row.day}:")
        key = row.pk.hex if isinstance(row.pk, uuid.UUID) else row.pk
        with ledger.lifted(model._meta.db_table):
            sql = f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s"  # noqa: S608
            assert ledger.execute(sql, key) == 1
            # A place that is away for a day is no difference yet.
            found = ledger.findings(now=ledger.NOW + 2 * ledger.DAY).differences
            if isinstance(row, Evidence):
                found += ledger.findings(Scope(credit=world.credit.pk)).differences
        if not any(name in difference for difference in found for name in names):
            missed.append(f"{row!r}; found only {found}")

    assert "\n".join(missed) == ""


def test_audit_names_a_session_removed_with_everything_of_it(world: World) -> None:
    session = ViewingSession.objects.get(person=world.checked.person)
    number = Seal.objects.get(session=session).number
    tables = [model._meta.db_table for model in (Seal, ViewingEntry, WatchedProof, Coverage, Evidence, ViewingSession)]
    with ledger.lifted(*tables):
        for table in tables[:2]:
            ledger.execute(f"DELETE FROM {table} WHERE session_id = %s", session.pk)  # noqa: S608
        for table in tables[2:5]:
            ledger.execute(f"DELETE FROM {table} WHERE lesson_id = %s", session.lesson_id)  # noqa: S608
        ledger.execute("DELETE FROM tracking_viewingsession WHERE id = %s", session.pk)
        found = ledger.findings().differences

    assert f"seal {number}: is missing" in found


def test_audit_names_lines_that_changed_places(world: World) -> None:
    for session in ViewingSession.objects.all():
        lines = list(ViewingEntry.objects.filter(session=session).order_by("line_index"))
        for one, other in pairwise(lines):
            with ledger.lifted("tracking_viewingentry"):
                sql = "UPDATE tracking_viewingentry SET line_index = %s WHERE id = %s"
                for index, line in ((9_999, one), (one.line_index, other), (other.line_index, one)):
                    ledger.execute(sql, index, line.pk)
                found = ledger.findings().differences

            assert any(str(session.key) in difference for difference in found), (session, one.line_index)


def test_audit_names_seals_that_changed_places(world: World) -> None:
    for one, other in pairwise(Seal.objects.order_by("number")):
        with ledger.lifted("tracking_seal"):
            sql = "UPDATE tracking_seal SET number = %s WHERE number = %s"
            for number, before in ((9_999, one.number), (one.number, other.number), (other.number, 9_999)):
                ledger.execute(sql, number, before)
            found = ledger.findings().differences

        for seal in (one, other):
            assert any(f"seal {seal.number} (of" in difference for difference in found), (one, other)


@pytest.mark.parametrize("kind", ["seg", "late", "ans"])
def test_audit_names_a_session_with_a_line_put_in(world: World, kind: str) -> None:
    for session in ViewingSession.objects.all():
        last = ViewingEntry.objects.filter(session=session).latest("line_index")
        with ledger.lifted("tracking_viewingentry"):
            facts = {field.attname: getattr(last, field.attname) for field in last._meta.concrete_fields[1:]}
            more = {"line_index": last.line_index + 1, "kind": kind, "to_s": 1, "flags": 1}
            ViewingEntry.objects.create(**(facts | more))
            found = ledger.findings().differences

        assert any(str(session.key) in difference for difference in found)


def test_audit_names_forged_rows(world: World) -> None:
    seal = Seal.objects.latest("number")
    root = DailyRoot.objects.latest("day")
    # Nothing forbids to insert: the forged row must show by what it lacks.
    with ledger.lifted():
        facts = {field.attname: getattr(seal, field.attname) for field in seal._meta.concrete_fields}
        Seal.objects.bulk_create([Seal(**(facts | {"number": seal.number + 5, "session_id": world.running.pk}))])
        assert f"seal {seal.number + 5} (of viewing session {world.running.key}): its session is not sealed" in (
            ledger.findings().differences
        )
    with ledger.lifted():
        facts = {field.attname: getattr(root, field.attname) for field in root._meta.concrete_fields}
        day = root.day + dt.timedelta(days=1)
        DailyRoot.objects.bulk_create([DailyRoot(**(facts | {"day": day, "digest": "0" * 64}))])
        assert f"daily root {day}: its signature is not genuine" in ledger.findings().differences
    with ledger.lifted():
        Anchor.objects.bulk_create([Anchor(root=root, backend="mail", receipt="x", anchored_ms=1, digest="0" * 64)])
        assert any(f"anchor 'mail' of {root.day}: digest" in found for found in ledger.findings().differences)


def test_audit_names_a_day_rewritten_by_who_holds_the_database_only(world: World) -> None:
    """Whoever makes seals, root and digests fit again still lacks the key, and the line others hold."""
    root = DailyRoot.objects.earliest("day")
    with ledger.lifted("tracking_dailyroot"):
        forged = replace(root.facts(), tree_root="ab" * 32)
        sql = "UPDATE tracking_dailyroot SET tree_root = %s, digest = %s WHERE day = %s"
        ledger.execute(sql, forged.tree_root, forged.digest(), root.day)
        found = ledger.findings().differences

    assert f"daily root {root.day}: its signature is not genuine" in found
