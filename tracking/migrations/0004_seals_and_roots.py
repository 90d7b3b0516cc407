"""Seals, daily roots and anchors: written once; their head goes forward only."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("tracking_seal", "tracking_dailyroot", "tracking_anchor")
HEAD = "tracking_sealhead"
GOES_BACK = (
    "NEW.number < OLD.number OR NEW.session_floor < OLD.session_floor "
    "OR (OLD.closed_on IS NOT NULL AND (NEW.closed_on IS NULL OR NEW.closed_on < OLD.closed_on))"
)
#: Name, table, event and condition of each trigger.
TRIGGERS = (
    *((f"{table}_no_{event.lower()}", table, event, "") for table in TABLES for event in ("UPDATE", "DELETE")),
    (f"{HEAD}_no_delete", HEAD, "DELETE", ""),
    (f"{HEAD}_no_return", HEAD, "UPDATE", f"WHEN ({GOES_BACK})"),
)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers; PostgreSQL's function is learning's."""
    for name, table, event, condition in TRIGGERS:
        act = (
            "EXECUTE FUNCTION hourbook_refuse_change()"
            if schema_editor.connection.vendor == "postgresql"
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} on {table} is refused'); END"
        )
        schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition} {act}")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for name, table, _event, _condition in TRIGGERS:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


class Migration(migrations.Migration):
    """Makes the tables and guards them."""

    dependencies: ClassVar = [("tracking", "0003_viewing_policies")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SealHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("closed_on", models.DateField(null=True)),
                ("session_floor", models.PositiveBigIntegerField(default=0)),
            ],
            options={"verbose_name": "head of the seals", "verbose_name_plural": "heads of the seals"},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seal", to="tracking.viewingsession"
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        help_text="The last head of the session's chain.", max_length=64, verbose_name="digest"
                    ),
                ),
                ("line_count", models.PositiveIntegerField(verbose_name="lines")),
                ("new_s", models.PositiveIntegerField(verbose_name="new seconds")),
                ("record_digest", models.CharField(max_length=64, verbose_name="digest of the record")),
                ("given_ms", models.BigIntegerField(verbose_name="given, ms")),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "ordering": ["number"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(number__gte=1), name="seal_number_from_one"),
                    models.CheckConstraint(condition=models.Q(line_count__gte=1), name="seal_has_lines"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyRoot",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="day")),
                ("first_number", models.PositiveBigIntegerField(verbose_name="first seal")),
                ("last_number", models.PositiveBigIntegerField(verbose_name="last seal")),
                ("tree_root", models.CharField(max_length=64, verbose_name="root of the tree")),
                ("records_digest", models.CharField(max_length=64, verbose_name="digest of the records")),
                ("previous_digest", models.CharField(max_length=64, verbose_name="root of the day before")),
                ("signed_ms", models.BigIntegerField(verbose_name="signed, ms")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="digest")),
                ("signature", models.CharField(max_length=128, verbose_name="signature")),
                ("public_key", models.CharField(max_length=64, verbose_name="public key")),
            ],
            options={
                "verbose_name": "daily root",
                "verbose_name_plural": "daily roots",
                "ordering": ["day"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(first_number__gte=1, last_number__gte=models.F("first_number") - 1),
                        name="daily_root_range_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "root",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="anchors",
                        to="tracking.dailyroot",
                        verbose_name="daily root",
                    ),
                ),
                ("backend", models.CharField(max_length=20, verbose_name="where")),
                ("receipt", models.TextField(verbose_name="receipt")),
                ("anchored_ms", models.BigIntegerField(verbose_name="anchored, ms")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
            ],
            options={
                "verbose_name": "anchor",
                "verbose_name_plural": "anchors",
                "ordering": ["root", "backend"],
                "constraints": [
                    models.UniqueConstraint(fields=("root", "backend"), name="anchor_once_a_backend"),
                ],
            },
        ),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
