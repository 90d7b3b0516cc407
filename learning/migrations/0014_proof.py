"""Signed files and issued rules hang on chains of the ledger too; nobody empties a table that is written once."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

LINKS = "learning_ledgerlink"
#: What a set's digest covered when there were sets without one.
FIGURES = (
    "total_centihours",
    "public_centihours",
    "professional_share",
    "cutoff_on",
    "hour_seconds",
    "rounding_centihours",
    "daily_cap_centihours",
    "lesson_slack_s",
    "first_rate_percent",
    "review_rate_percent",
    "has_presence_checks",
    "check_min_s",
    "check_max_s",
    "check_answer_s",
    "missed_check",
    "asks_content_questions",
    "counts_hidden",
    "counts_picture_in_picture",
)
BATCH = 1_000
#: One row to link: person (None: the house's chain), kind, row, digest.
Fact = tuple[int | None, str, int, str]


def guard_links_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the links' triggers anew: SQLite changes a column by copying the table, and drops them with it."""
    if schema_editor.connection.vendor == "sqlite":
        for operation in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {LINKS}_no_{operation.lower()} BEFORE {operation} ON {LINKS} BEGIN "
                f"SELECT RAISE(ABORT, 'append-only: {operation} on {LINKS} is refused'); END"
            )


def forbid_emptying(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse TRUNCATE, which fires no row trigger, wherever DELETE is refused; SQLite has no such statement."""
    for table in _guarded(schema_editor):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hourbook_refuse_change()"
        )


def allow_emptying(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop those triggers."""
    for table in _guarded(schema_editor):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")


def _guarded(schema_editor: BaseDatabaseSchemaEditor) -> list[str]:
    if schema_editor.connection.vendor != "postgresql":
        return []
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger "
            "WHERE starts_with(tgname, 'learning_') AND tgname = tgrelid::regclass::text || '_no_delete' ORDER BY 1"
        )
        return [table for (table,) in cursor.fetchall()]


def link_what_stands(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Hang every signed file and every issued rule set there is on its chain, as known from now on."""
    link = apps.get_model("learning", "LedgerLink").objects.using(schema_editor.connection.alias)
    last, linked_ms = link.order_by("-number").values_list("number", "linked_ms").first() or (0, 0)
    linked_ms = max(linked_ms, int(timezone.now().timestamp() * 1_000), _open_ms(apps))
    ends: dict[int | None, tuple[int, str]] = {}
    batch = []
    for number, (person_id, kind, row, digest) in enumerate((*_rule_sets(apps), *_files(apps)), start=last + 1):
        if person_id not in ends:
            known = link.filter(person_id=person_id).order_by("-sequence").values_list("sequence", "head")
            ends[person_id] = known.first() or (0, "0" * 64)
        sequence, head = ends[person_id]
        text = f"led1|{number}|{person_id or 0}|{sequence + 1}|{kind}|{row}|{digest}|{linked_ms}"
        head = hashlib.sha256(bytes.fromhex(head) + text.encode()).hexdigest()
        ends[person_id] = sequence + 1, head
        batch.append(
            link.model(
                number=number,
                person_id=person_id,
                sequence=sequence + 1,
                kind=kind,
                subject_id=row,
                digest=digest,
                head=head,
                linked_ms=linked_ms,
            )
        )
    link.bulk_create(batch, BATCH)


def _open_ms(apps: StateApps) -> int:
    """Return the first instant that no signed day covers; days are Beijing's."""
    day = apps.get_model("learning", "LedgerRoot").objects.order_by("-day").values_list("day", flat=True).first()
    if day is None:
        return 0
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - timedelta(hours=8)
    return int(end.timestamp()) * 1_000


def _files(apps: StateApps) -> Iterator[Fact]:
    pages = apps.get_model("learning", "SignedPage").objects.select_related("certificate__book").order_by("pk")
    for page in pages.iterator(BATCH):
        digest = _digest(
            certificate=page.certificate_id,
            name=page.name,
            digest=page.digest,
            size_bytes=page.size_bytes,
            signer=page.signer,
            signed_at=_instant(page.signed_at),
        )
        yield page.certificate.book.person_id, "file", page.pk, digest


def _rule_sets(apps: StateApps) -> Iterator[Fact]:
    sets = apps.get_model("learning", "RuleSet").objects.filter(issued_at__isnull=False)
    for row in sets.order_by("issued_at", "pk").iterator(BATCH):
        digest = _digest(
            digest=row.digest or _words(apps, row),
            drafted_by=row.drafted_by_id,
            issued_by=row.issued_by_id,
            drafted_at=_instant(row.drafted_at),
            submitted_at=_instant(row.submitted_at),
            issued_at=_instant(row.issued_at),
        )
        yield None, "rule_set", row.pk, digest


def _words(apps: StateApps, rule_set: Any) -> str:
    """Return the digest of a set that got none, as it was issued before there were officers to sign it."""
    rows = {}
    for row in apps.get_model("learning", "Requirement").objects.filter(rule_set=rule_set):
        values = {name: str(getattr(row, name)) for name in FIGURES if name != "professional_share"}
        values["professional_share"] = f"({row.professional_share_numerator}, {row.professional_share_denominator})"
        figures = {name: [value, row.inherited.get(name, row.region_id)] for name, value in values.items()}
        rows[row.title_level] = {**figures, "article": [row.article_zh, row.article_en]}
    return _digest(
        region=rule_set.region_id,
        label=f"{rule_set.year}-{rule_set.version}",
        effective_on=rule_set.effective_on.isoformat(),
        source=rule_set.source,
        accounting=rule_set.accounting,
        point_centihours=rule_set.point_centihours or 0,
        rows=rows,
    )


def _digest(**facts: object) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(at: datetime | None) -> str | None:
    return at and at.astimezone(UTC).isoformat(timespec="microseconds")


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0013_undo")]

    operations: ClassVar[list[Any]] = [
        migrations.AlterField(
            model_name="ledgerlink",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerlink",
            name="sequence",
            field=models.PositiveIntegerField(verbose_name="place in the chain, from 1"),
        ),
        migrations.AlterField(
            model_name="ledgerlink",
            name="kind",
            field=models.CharField(
                choices=[
                    ("entry", "entry"),
                    ("decision", "decision"),
                    ("issue", "issue"),
                    ("replacement", "replacement"),
                    ("revocation", "revocation"),
                    ("file", "file"),
                    ("rule_set", "rule_set"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person", None)), fields=("sequence",), name="ledger_link_house_sequence_once"
            ),
        ),
        migrations.AlterField(
            model_name="ledgerroot",
            name="first_number",
            field=models.PositiveBigIntegerField(verbose_name="first number"),
        ),
        migrations.AlterField(
            model_name="ledgerroot",
            name="last_number",
            field=models.PositiveBigIntegerField(verbose_name="last number"),
        ),
        migrations.RunPython(guard_links_again, guard_links_again),
        migrations.RunPython(forbid_emptying, allow_emptying),
        # Last: PostgreSQL alters no table while its new rows' keys are still to be looked at.
        migrations.RunPython(link_what_stands, migrations.RunPython.noop),
    ]
