"""Every column of every table of the ledger, altered: the check finds it and names the row."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, connection, models

from learning import ledger_check
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CertificateBook,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Evidence,
    LedgerAnchor,
    LedgerLink,
    LedgerRoot,
)
from learning.models.audit_log import AuditLogHead
from learning.models.credit import CreditEntryEvidence
from tests.factories import clock, ledger
from tests.factories.learning import NOON
from tests.factories.years import Year
from tests.learning.ledger_check.conftest import DAY

pytestmark = pytest.mark.django_db

#: Columns in which nothing is told: row ids that name nothing, what drawing a page's PDF left behind.
MEANINGLESS = {
    (CreditEntryEvidence, "id"),
    (AuditLogEntry, "id"),
    (AuditLogHead, "id"),
    (LedgerAnchor, "id"),
    (Certificate, "pdf_name"),
    (Certificate, "draw_after"),
    (Certificate, "draw_problem"),
}
FAR_DAY = dt.date(2031, 1, 1)


def _entry(number: int) -> tuple[str, ...]:
    return (f"entry {number}:", f"entry number {number}:")


def _decision(row: CreditDecision) -> tuple[str, ...]:
    return (f"decision {row.entry_id}.{row.sequence}:", f"decision number {row.pk}:", f"entry {row.entry_id}:")


#: How findings may name a row: any of these will do.
NAMES: dict[type[models.Model], Callable[[Any], tuple[str, ...]]] = {
    CreditEntry: lambda row: _entry(row.pk),
    CreditEntryEvidence: lambda row: (*_entry(row.entry_id), f"evidence {row.evidence_id}:"),
    CreditDecision: _decision,
    CreditStanding: lambda row: (f"standing of entry {row.pk}:",),
    Evidence: lambda row: (f"evidence {row.pk}:", *_entry(row.credit_entries.get().pk)),
    AnnualRecord: lambda row: (f"record {row.pk} ", f"person {row.person_id}:", "certificate"),
    Certificate: lambda row: (f"certificate {row.serial}:", f"certificate number {row.pk}:"),
    CertificateBook: lambda row: (
        tuple(f"certificate {page.serial}:" for page in row.certificates.all())
        + tuple(f"certificate number {page.pk}:" for page in row.certificates.all())
    ),
    AuditLogEntry: lambda row: (f"audit log {row.sequence}:", f"audit log {row.sequence + 1}:"),
    AuditLogHead: lambda _row: ("audit log head:",),
    LedgerLink: lambda row: (f"link {row.number}:", f"link {row.number} ", f"by link {row.number} "),
    LedgerRoot: lambda row: (f"ledger root {row.day}:", f"ledger root {FAR_DAY}:"),
    LedgerAnchor: lambda row: tuple(
        f"ledger anchor {name!r} of {day}:" for name in ("file", "mail") for day in (row.root_id, FAR_DAY)
    ),
}


def differences() -> list[str]:
    return list(ledger_check.run().differences)


def rows(model: type[models.Model]) -> list[Any]:
    """Return each third row, the first and the last among them: enough for every column."""
    found = list(model._default_manager.order_by("pk"))
    return [*found[:-1:3], *found[-1:]]


def is_named(names: tuple[str, ...], found: list[str]) -> bool:
    return any(name in difference for difference in found for name in names)


def altered(field: models.Field[Any, Any], row: models.Model) -> Any:
    """Return another value the column could hold."""
    value = getattr(row, field.attname)
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(days=400)
    if isinstance(value, dt.date):
        return FAR_DAY
    if isinstance(value, dict):
        return json.dumps({"covered_s": 61})
    if isinstance(value, int):
        return value + 1_000
    if isinstance(value, str):
        known = {"verdict": "rejected", "state": "rejected", "backend": "mail", "kind": "claimed"}
        other = known.get(field.attname, "")
        return other if other and other != value else ("1" if value[:1] == "0" else "0") + value[1:]
    return NOTHING_THERE.get(field.get_internal_type(), 1_000)


NOTHING_THERE = {"DateTimeField": dt.datetime(2031, 1, 1, tzinfo=dt.UTC)}


def unfound(model: type[models.Model], row: models.Model) -> Iterator[str]:
    """Alter one column of the row at a time; yield those that are not found by the row's name."""
    names = NAMES[model](row)
    key: Any = model._meta.pk
    for field in model._meta.concrete_fields:
        if (model, field.column) in MEANINGLESS:
            continue
        value = altered(field, row)
        sql = f"UPDATE {model._meta.db_table} SET {field.column} = %s WHERE {key.column} = %s"  # noqa: S608
        with ledger.lifted(model._meta.db_table):
            try:
                assert ledger.execute(sql, value, row.pk) == 1
            except DatabaseError:
                continue  # the database itself refuses that value, without any trigger
            found = without_guards(differences())
        if not is_named((*names, *new_names(field, value)), found):
            yield f"{model.__name__}.{field.column}: {getattr(row, field.attname)!r} → {value!r}; found only {found}"


def new_names(field: models.Field[Any, Any], value: Any) -> tuple[str, ...]:
    """Return what a row is called that was given another name."""
    called = {"serial": f"certificate {value}:", "sequence": f"audit log {value}:"}
    return (called[field.attname],) if field.attname in called else ()


def without_guards(found: list[str]) -> list[str]:
    """Leave out that the triggers were missing: so they are put back after such an act."""
    return [difference for difference in found if not difference.startswith("table ")]


def test_finds_nothing_in_sound_data(year: Year) -> None:
    assert differences() == []


@pytest.mark.parametrize("model", list(NAMES), ids=lambda model: model.__name__)
def test_names_the_row_whatever_column_is_altered(year: Year, model: type[models.Model]) -> None:
    missed = [each for row in rows(model) for each in unfound(model, row)]

    assert "\n".join(missed) == ""


@pytest.mark.parametrize(
    "model", [model for model in NAMES if model is not AuditLogHead], ids=lambda model: model.__name__
)
def test_names_the_row_that_is_gone(year: Year, model: type[models.Model]) -> None:
    key: Any = model._meta.pk
    missed = []
    for row in rows(model):
        names = NAMES[model](row)
        if isinstance(row, AuditLogEntry):
            names = (*names, "audit log head:")
        if isinstance(row, LedgerRoot):
            names = (*names, f"ledger root {row.day + dt.timedelta(days=1)}:", f"ledger anchor 'file' of {row.day}:")
        if isinstance(row, LedgerAnchor):
            names = (f"ledger root {row.root_id}: has no anchor with 'file'",)
        if isinstance(row, LedgerLink):
            names = (*names, "has no link")
        with ledger.lifted(model._meta.db_table):
            sql = f"DELETE FROM {model._meta.db_table} WHERE {key.column} = %s"  # noqa: S608
            assert ledger.execute(sql, row.pk) == 1
            # A place that is away for a day is no difference yet.
            with clock.standing(NOON + 2 * DAY):
                found = without_guards(differences())
        if not is_named(names, found):
            missed.append(f"{row!r}; found only {found}")

    assert "\n".join(missed) == ""


def test_names_links_that_changed_places(year: Year) -> None:
    chain = list(LedgerLink.objects.filter(person=year.person).order_by("sequence"))
    for one, other in pairwise(chain):
        with ledger.lifted("learning_ledgerlink"):
            sql = "UPDATE learning_ledgerlink SET sequence = %s WHERE number = %s"
            for sequence, link in ((9_999, one), (one.sequence, other), (other.sequence, one)):
                ledger.execute(sql, sequence, link.number)
            found = differences()

        for link in (one, other):
            assert is_named((f"link {link.number} ",), found), (link, found)


def test_names_numbers_that_changed_places(year: Year) -> None:
    for one, other in pairwise(LedgerLink.objects.order_by("number")):
        with ledger.lifted("learning_ledgerlink"):
            sql = "UPDATE learning_ledgerlink SET number = %s WHERE number = %s"
            for number, before in ((9_999, one.number), (one.number, other.number), (other.number, 9_999)):
                ledger.execute(sql, number, before)
            found = differences()

        for link in (one, other):
            assert is_named((f"link {link.number} ",), found), (link, found)


def put_in(row: models.Model, **others: Any) -> Any:
    """Insert a copy of a row past the verbs; nothing forbids to insert."""
    facts = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    copy = type(row)(**(facts | others))
    type(row)._default_manager.bulk_create([copy])
    return copy


def test_names_a_row_that_was_put_in(year: Year) -> None:
    entry = year.entries[0]
    decision = entry.decisions.get(sequence=2)
    page = Certificate.objects.get(replaced_by__isnull=False)
    with ledger.lifted():
        forged = put_in(entry, id=None, source_key="course:forged")
        assert f"entry {forged.pk}: has no link: its entry hangs on no chain" in differences()
    with ledger.lifted():
        put_in(decision, id=None, sequence=3)
        assert f"decision {entry.pk}.3: has no link: its decision hangs on no chain" in differences()
    with ledger.lifted():
        put_in(page, id=None, serial="X", code="X", replaced_by_id=None)
        assert "certificate X: has no link: its issue hangs on no chain" in differences()
    with ledger.lifted():
        last = LedgerLink.objects.latest("number")
        put_in(last, number=last.number + 1, sequence=last.sequence + 1, subject_id=999)
        assert (
            f"decision number 999: is gone; link {last.number + 1} of person {last.person_id} holds its decision"
            in (differences())
        )


def test_names_a_chain_made_anew_by_who_holds_the_database_only(year: Year) -> None:
    """Whoever writes a whole chain again still lacks the key of the signed days."""
    chain = list(LedgerLink.objects.filter(person=year.person).order_by("sequence"))
    head = "0" * 64
    with ledger.lifted("learning_ledgerlink"):
        for link in chain:
            link.digest = "ab" * 32 if link is chain[0] else link.digest
            head = ledger_check.links.head_after(head, link) or ""
            sql = "UPDATE learning_ledgerlink SET digest = %s, head = %s WHERE number = %s"
            ledger.execute(sql, link.digest, head, link.number)
        found = differences()

    root = LedgerRoot.objects.filter(last_number__gte=chain[0].number).earliest("day")
    assert is_named((f"ledger root {root.day}: root of the tree",), found), found


def test_names_a_day_signed_with_a_strange_key(year: Year, settings: Any) -> None:
    day = LedgerRoot.objects.latest("day").day
    settings.ROOT_SIGNING_SEED = "a new one"

    assert f"ledger root {day}: its key is not one of ours" in differences()

    settings.RETIRED_ROOT_PUBLIC_KEYS = [LedgerRoot.objects.latest("day").public_key]
    assert differences() == []


@pytest.mark.parametrize("name", ["learning_ledgerlink_no_update", "learning_certificate_no_undoing"])
def test_names_a_guard_that_is_gone(year: Year, name: str) -> None:
    table = name.partition("_no_")[0]
    with ledger.lifted(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
        found = differences()

    assert found == [f"table {table}: its guard {name} is missing or off"]
