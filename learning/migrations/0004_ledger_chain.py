"""The chains of the ledger: what stands in it hangs on them, and nothing on them changes."""

import hashlib
import heapq
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

TABLES = ("learning_ledgerlink", "learning_ledgerroot", "learning_ledgeranchor", "learning_ledgerverification")
#: One act as it is linked: person, time, rank among acts of one instant, row, kind, digest.
Act = tuple[int, datetime, int, int, str, str]
BATCH = 1_000


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create one trigger per table and operation, as in 0002."""
    for table in TABLES:
        for operation in ("UPDATE", "DELETE"):
            act = (
                "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
                if schema_editor.connection.vendor == "postgresql"
                else f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {table} is refused'); END"
            )
            schema_editor.execute(f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} {act}")


def guard_decisions_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the decisions' triggers anew: SQLite changes a constraint by copying the table, and drops them with it."""
    if schema_editor.connection.vendor == "sqlite":
        for operation in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS learning_creditdecision_no_{operation.lower()} "
                f"BEFORE {operation} ON learning_creditdecision BEGIN "
                f"SELECT RAISE(ABORT, 'append-only: {operation} on learning_creditdecision is refused'); END"
            )


def link_what_stands(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Hang every act there is on its person's chain, oldest first, as known from now on."""
    link = apps.get_model("learning", "LedgerLink")
    links = _links(link, _acts(apps), linked_ms=int(timezone.now().timestamp() * 1_000))
    while batch := list(islice(links, BATCH)):
        link.objects.using(schema_editor.connection.alias).bulk_create(batch)


def _links(link: Any, acts: Iterator[Act], *, linked_ms: int) -> Iterator[Any]:
    number = 0
    for person_id, chain in groupby(acts, key=lambda act: act[0]):
        head = "0" * 64
        for sequence, (_person, _at, _rank, row, kind, digest) in enumerate(chain, start=1):
            number += 1
            text = f"led1|{number}|{person_id}|{sequence}|{kind}|{row}|{digest}|{linked_ms}"
            head = hashlib.sha256(bytes.fromhex(head) + text.encode()).hexdigest()
            yield link(
                number=number,
                person_id=person_id,
                sequence=sequence,
                kind=kind,
                subject_id=row,
                digest=digest,
                head=head,
                linked_ms=linked_ms,
            )


def _acts(apps: StateApps) -> Iterator[Act]:
    """Yield every act, person by person, oldest first."""
    entries = apps.get_model("learning", "CreditEntry").objects.order_by("person_id", "earned_at", "pk")
    decisions = apps.get_model("learning", "CreditDecision").objects.order_by("entry__person_id", "decided_at", "pk")
    pages = apps.get_model("learning", "Certificate").objects.select_related("book")
    issued = pages.order_by("book__person_id", "issued_at", "pk")
    replaced = pages.filter(replaced_at__isnull=False).order_by("book__person_id", "replaced_at", "pk")
    revoked = pages.filter(revoked_at__isnull=False).order_by("book__person_id", "revoked_at", "pk")
    return heapq.merge(
        ((row.person_id, row.earned_at, 0, row.pk, "entry", row.digest) for row in entries.iterator(BATCH)),
        (
            (row.entry.person_id, row.decided_at, 1, row.pk, "decision", _decided(row))
            for row in decisions.select_related("entry").iterator(BATCH)
        ),
        ((row.book.person_id, row.issued_at, 2, row.pk, "issue", _issued(row)) for row in issued.iterator(BATCH)),
        (
            (row.book.person_id, row.replaced_at, 3, row.pk, "replacement", _replaced(row))
            for row in replaced.iterator(BATCH)
        ),
        (
            (row.book.person_id, row.revoked_at, 4, row.pk, "revocation", _revoked(row))
            for row in revoked.iterator(BATCH)
        ),
    )


def _digest(**facts: object) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _decided(row: Any) -> str:
    return _digest(
        entry=row.entry_id,
        sequence=row.sequence,
        verdict=row.verdict,
        actor=row.actor_id,
        organisation=row.organisation_id,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        decided_at=_instant(row.decided_at),
    )


def _issued(row: Any) -> str:
    return _digest(
        record=row.record_id,
        book=row.book_id,
        year=row.year,
        serial=row.serial,
        code=row.code,
        digest=row.digest,
        signature=row.signature,
        issuer=row.issuer_id,
        issued_by=row.issued_by_id,
        issued_at=_instant(row.issued_at),
    )


def _replaced(row: Any) -> str:
    return _digest(replaced_by=row.replaced_by_id, reason=row.replacement_reason, replaced_at=_instant(row.replaced_at))


def _revoked(row: Any) -> str:
    return _digest(reason=row.revocation_reason, revoked_at=_instant(row.revoked_at))


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0003_viewing_rules"),
    ]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="creditdecision", name="credit_decision_refusal_has_reason"),
        migrations.AlterField(
            model_name="creditdecision",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("approved", "approved"),
                    ("returned", "returned"),
                    ("resubmitted", "resubmitted"),
                    ("confirmed", "confirmed"),
                    ("sent_back", "sent_back"),
                    ("rejected", "rejected"),
                    ("reversed", "reversed"),
                ],
                max_length=12,
                verbose_name="verdict",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verdict__in", ["returned", "sent_back", "rejected", "reversed"]), _negated=True),
                    models.Q(("reason_code", ""), _negated=True),
                    _connector="OR",
                ),
                name="credit_decision_refusal_has_reason",
            ),
        ),
        migrations.RunPython(guard_decisions_again, guard_decisions_again),
        migrations.CreateModel(
            name="LedgerLink",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("sequence", models.PositiveIntegerField(verbose_name="place in the person's chain, from 1")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("entry", "entry"),
                            ("decision", "decision"),
                            ("issue", "issue"),
                            ("replacement", "replacement"),
                            ("revocation", "revocation"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("subject_id", models.PositiveBigIntegerField(verbose_name="number of the row")),
                ("digest", models.CharField(max_length=64, verbose_name="digest of the row")),
                ("head", models.CharField(max_length=64, verbose_name="head of the chain")),
                ("linked_ms", models.BigIntegerField(verbose_name="linked, ms")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "link of the ledger",
                "verbose_name_plural": "links of the ledger",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "sequence"), name="ledger_link_sequence_once"),
                    models.UniqueConstraint(fields=("kind", "subject_id"), name="ledger_link_subject_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("sequence__gte", 1)), name="ledger_link_from_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerRoot",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="day")),
                ("tree_root", models.CharField(max_length=64, verbose_name="root of the tree")),
                ("previous_digest", models.CharField(max_length=64, verbose_name="root of the day before")),
                ("signed_ms", models.BigIntegerField(verbose_name="signed, ms")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="digest")),
                ("signature", models.CharField(max_length=128, verbose_name="signature")),
                ("public_key", models.CharField(max_length=64, verbose_name="public key")),
                ("first_number", models.PositiveBigIntegerField(verbose_name="first link")),
                ("last_number", models.PositiveBigIntegerField(verbose_name="last link")),
            ],
            options={
                "verbose_name": "daily root of the ledger",
                "verbose_name_plural": "daily roots of the ledger",
                "ordering": ["day"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_number__gte", 1),
                            (
                                "last_number__gte",
                                models.expressions.CombinedExpression(models.F("first_number"), "-", models.Value(1)),
                            ),
                        ),
                        name="ledger_root_range_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerAnchor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("backend", models.CharField(max_length=20, verbose_name="where")),
                ("receipt", models.TextField(verbose_name="receipt")),
                ("anchored_ms", models.BigIntegerField(verbose_name="anchored, ms")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                (
                    "root",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="anchors",
                        to="learning.ledgerroot",
                        verbose_name="daily root",
                    ),
                ),
            ],
            options={
                "verbose_name": "anchor of the ledger",
                "verbose_name_plural": "anchors of the ledger",
                "ordering": ["root", "backend"],
                "constraints": [
                    models.UniqueConstraint(fields=("root", "backend"), name="ledger_anchor_once_a_backend")
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerVerification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField(verbose_name="began at")),
                ("link_number", models.PositiveBigIntegerField(verbose_name="last link")),
                ("link_head", models.CharField(max_length=64, verbose_name="head of the last link")),
                ("line_sequence", models.PositiveBigIntegerField(verbose_name="last line of the audit log")),
                ("line_digest", models.CharField(max_length=64, verbose_name="digest of the last line")),
                ("is_full", models.BooleanField(verbose_name="looked at everything")),
            ],
            options={
                "verbose_name": "verification of the ledger",
                "verbose_name_plural": "verifications of the ledger",
                "ordering": ["-pk"],
            },
        ),
        migrations.RunPython(forbid_changes, migrations.RunPython.noop),
        # Last: PostgreSQL alters no table while its new rows' keys are still to be looked at.
        migrations.RunPython(link_what_stands, migrations.RunPython.noop),
    ]
