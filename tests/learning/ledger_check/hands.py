"""Hands that alter the ledger past every guard, and how findings may call the row they touched."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError, models

from learning import ledger_check
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CertificateBook,
    Credential,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Evidence,
    LedgerAnchor,
    LedgerLink,
    LedgerRoot,
    Requirement,
    RuleSet,
    SignedPage,
)
from learning.models.audit_log import AuditLogHead
from learning.models.credit import CreditEntryEvidence
from tests.factories import ledger

#: Columns in which nothing is told: row ids that name nothing, what drawing a page's PDF left behind.
MEANINGLESS = {
    (CreditEntryEvidence, "id"),
    (AuditLogEntry, "id"),
    (AuditLogHead, "id"),
    (LedgerAnchor, "id"),
    (Credential, "id"),
    (Requirement, "id"),
    (Certificate, "pdf_name"),
    (Certificate, "draw_after"),
    (Certificate, "draw_problem"),
}
#: Another value for columns whose form says more than their type.
OTHERS = {
    "verdict": "rejected",
    "state": "rejected",
    "backend": "mail",
    "kind": "claimed",
    "inherited": json.dumps({"total_centihours": "410000"}),
    "facts": json.dumps({"covered_s": 61}),
    "claims": json.dumps({"covered_s": 61}),
    "proof": json.dumps({"covered_s": 61}),
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
    SignedPage: lambda row: (f"certificate {row.certificate.serial}", f"file number {row.pk}:"),
    Credential: lambda row: (f"credential of {row.certificate.serial}:", f"certificate:{row.certificate_id}:"),
    RuleSet: lambda row: (f"rule set {row.region_id} {row.label}:", f"rule set number {row.pk}"),
    Requirement: lambda row: (f"rule set {row.region_id} {row.label}:", f"rule set {row.region_id} {row.label}, "),
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
        return OTHERS[field.attname]
    if isinstance(value, int):
        return not value if isinstance(value, bool) else value + 1_000
    if isinstance(value, str):
        other = OTHERS.get(field.attname, "")
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
    called = {
        "serial": (f"certificate {value}:",),
        "sequence": (f"audit log {value}:",),
        "region_id": (f"rule set {value} ",),
        "year": (f" {value}-",),
        "version": (f"-{value}:",),
    }
    return called.get(field.attname, ())


def without_guards(found: list[str]) -> list[str]:
    """Leave out that the triggers were missing: so they are put back after such an act."""
    return [difference for difference in found if not difference.startswith("table ")]


def put_in(row: models.Model, **others: Any) -> Any:
    """Insert a copy of a row past the verbs; nothing forbids to insert."""
    facts = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    copy = type(row)(**(facts | others))
    type(row)._default_manager.bulk_create([copy])
    return copy
