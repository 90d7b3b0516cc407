"""Reversal runs, entries judged again, and the triggers that keep both as they were."""

from typing import Any, ClassVar

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ENTRY, RUN = "learning_creditentry", "learning_reversalrun"
APPEND_ONLY = ("learning_reversalrunitem", "learning_reversalrunleft")
#: What a run is about; written with its set, in one transaction, and not touched again.
FROZEN_COLUMNS = (
    "bureau_id, officer_id, base_id, course_key, confirmation_run_id, reason_code, reason_text, is_again, item_count, "
    "centihours, rules, snapshot, people_count, short_count, revoke_count, replace_count, second_officer_above, "
    "drafted_at"
)
#: A step that was taken is not taken back, and the work never goes backwards.
UNDOING = " OR ".join(
    [
        *(
            f"(OLD.{mark} IS NOT NULL AND (NEW.{mark} IS NULL OR NEW.{mark} <> OLD.{mark}))"
            for mark in ("signed_at", "second_officer_id", "approved_at", "ended_at", "receipt_id")
        ),
        "NEW.cursor < OLD.cursor",
        "OLD.ended_at IS NOT NULL",
    ]
)
#: (table, name, event, condition)
TRIGGERS = (
    *((table, operation.lower(), operation, "") for table in APPEND_ONLY for operation in ("UPDATE", "DELETE")),
    (RUN, "delete", "DELETE", ""),
    (RUN, "update", f"UPDATE OF {FROZEN_COLUMNS}", "OLD.snapshot <> ''"),
    (RUN, "undoing", "UPDATE", UNDOING),
)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers; the function is migration 0002's."""
    for table, name, event, condition in TRIGGERS:
        act = (
            "EXECUTE FUNCTION hourbook_refuse_change()"
            if schema_editor.connection.vendor == "postgresql"
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {name} on {table} is refused'); END"
        )
        when = f"WHEN ({condition}) " if condition else ""
        schema_editor.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {event} ON {table} FOR EACH ROW {when}{act}")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for table, name, _event, _condition in TRIGGERS:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{name}{on_table}")


def guard_entries_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the entries' triggers anew: SQLite adds a column by copying the table, and drops them with the old one."""
    if schema_editor.connection.vendor == "sqlite":
        for operation in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {ENTRY}_no_{operation.lower()} BEFORE {operation} ON {ENTRY} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {ENTRY} is refused'); END"
            )


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0012_notices")]

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="ReversalRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("course_key", models.SlugField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("drafted", "drafted"),
                            ("sampling", "sample being checked"),
                            ("widened", "wider sample being checked"),
                            ("ready", "ready to sign"),
                            ("second_approval", "waiting for the second officer"),
                            ("running", "running"),
                            ("done", "done"),
                            ("stopped", "stopped"),
                        ],
                        default="drafted",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("item_count", models.PositiveIntegerField(verbose_name="entries")),
                ("centihours", models.PositiveBigIntegerField(verbose_name="credit in hundredths of an hour")),
                ("rules", models.JSONField(default=list)),
                ("snapshot", models.CharField(max_length=64)),
                ("second_officer_above", models.PositiveIntegerField()),
                ("cursor", models.PositiveIntegerField(default=0)),
                ("left_count", models.PositiveIntegerField(default=0)),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="signed at")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="approved at")),
                ("moved_at", models.DateTimeField(verbose_name="last moved at")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                (
                    "stop_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("sample_failed", "the wider sample failed too"),
                            ("withdrawn", "withdrawn by an officer"),
                            ("officer_left", "an officer who signed is no officer of the bureau any more"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "reason_code",
                    models.CharField(
                        choices=[
                            ("mistake", "mistake"),
                            ("scope", "scope"),
                            ("overlap", "overlap"),
                            ("identity", "identity"),
                            ("evidence", "evidence"),
                            ("hours", "hours"),
                            ("other", "other"),
                        ],
                        max_length=40,
                        verbose_name="reason",
                    ),
                ),
                ("reason_text", models.CharField(max_length=500, verbose_name="reason in words")),
                ("is_again", models.BooleanField(verbose_name="to be judged again")),
                ("people_count", models.PositiveIntegerField(default=0, verbose_name="people")),
                ("short_count", models.PositiveIntegerField(default=0, verbose_name="years that fall short again")),
                ("revoke_count", models.PositiveIntegerField(default=0, verbose_name="certificates to revoke")),
                ("replace_count", models.PositiveIntegerField(default=0, verbose_name="certificates to replace")),
                ("reversed_count", models.PositiveIntegerField(default=0)),
                ("reversed_centihours", models.PositiveBigIntegerField(default=0)),
                ("revoked_count", models.PositiveIntegerField(default=0)),
                ("replaced_count", models.PositiveIntegerField(default=0)),
                (
                    "base",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.organisation",
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.organisation",
                        verbose_name="bureau",
                    ),
                ),
                (
                    "confirmation_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal_runs",
                        to="learning.confirmationrun",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "receipt",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.auditlogentry",
                    ),
                ),
                (
                    "second_officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "reversal run",
                "verbose_name_plural": "reversal runs",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReversalRunItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("decision_count", models.PositiveSmallIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.creditentry"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="learning.reversalrun"
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a reversal run",
                "verbose_name_plural": "entries of reversal runs",
                "ordering": ["run", "position"],
            },
        ),
        migrations.CreateModel(
            name="ReversalRunLeft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("already_decided", "already_decided"),
                            ("changed", "changed"),
                            ("own_hours", "own_hours"),
                            ("altered", "altered"),
                            ("too_late", "too_late"),
                            ("signers_own", "signers_own"),
                            ("flagged", "flagged"),
                            ("failed_sample", "failed_sample"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.creditdecision",
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="left", to="learning.reversalrunitem"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="left", to="learning.reversalrun"
                    ),
                ),
            ],
            options={
                "verbose_name": "entry left by a reversal run",
                "verbose_name_plural": "entries left by reversal runs",
                "ordering": ["run", "pk"],
            },
        ),
        migrations.AddField(
            model_name="creditentry",
            name="restores",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="restored",
                to="learning.creditentry",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("restores__isnull", True), models.Q(("source_key__contains", "#"), _negated=True)),
                    models.Q(
                        ("restores__isnull", False),
                        ("source_key__contains", "#"),
                        models.Q(("kind", "reversal"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="credit_entry_restored_has_next_key",
            ),
        ),
        migrations.AddIndex(
            model_name="reversalrun",
            index=models.Index(fields=["state", "moved_at"], name="reversal_run_due"),
        ),
        migrations.AddConstraint(
            model_name="reversalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_officer__isnull", True),
                    models.Q(("second_officer", models.F("officer")), _negated=True),
                    _connector="OR",
                ),
                name="reversal_run_two_officers",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cursor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("reversed_count"), "+", models.F("left_count")
                        ),
                    ),
                    ("cursor__lte", models.F("item_count")),
                    ("item_count__gt", 0),
                ),
                name="reversal_run_counts_agree",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("signed_at__isnull", False),
                        ("state__in", ["running", "done"]),
                        models.Q(
                            ("item_count__lte", models.F("second_officer_above")),
                            models.Q(("approved_at__isnull", False), ("second_officer__isnull", False)),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        models.Q(("state__in", ["running", "done"]), _negated=True),
                        models.Q(("cursor", 0), ("state", "stopped"), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="reversal_run_runs_when_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False), ("state", "stopped"), models.Q(("stop_reason", ""), _negated=True)
                    ),
                    models.Q(
                        ("cursor", models.F("item_count")),
                        ("ended_at__isnull", False),
                        ("receipt__isnull", False),
                        ("state", "done"),
                        ("stop_reason", ""),
                    ),
                    models.Q(
                        models.Q(("state__in", ["stopped", "done"]), _negated=True),
                        ("ended_at__isnull", True),
                        ("stop_reason", ""),
                    ),
                    _connector="OR",
                ),
                name="reversal_run_end_has_its_facts",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at__isnull", True), ("state", "ready")),
                    models.Q(
                        ("approved_at__isnull", True),
                        ("second_officer__isnull", True),
                        ("signed_at__isnull", False),
                        ("state", "second_approval"),
                    ),
                    models.Q(("signed_at__isnull", False), ("state__in", ["running", "done"])),
                    ("state", "stopped"),
                    _connector="OR",
                ),
                name="reversal_run_state_has_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason_code", ""), _negated=True), models.Q(("reason_text", ""), _negated=True)
                ),
                name="reversal_run_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalrunitem",
            constraint=models.UniqueConstraint(fields=("run", "position"), name="reversal_run_item_place"),
        ),
        migrations.AddConstraint(
            model_name="reversalrunitem",
            constraint=models.UniqueConstraint(fields=("run", "entry"), name="reversal_run_item_once"),
        ),
        migrations.RunPython(guard_entries_again, guard_entries_again),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
