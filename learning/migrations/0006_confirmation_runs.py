"""Confirmation runs, and the triggers that keep what was frozen, judged and signed as it was."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

RUN, SAMPLE = "learning_confirmationrun", "learning_confirmationsample"
APPEND_ONLY = ("learning_confirmationrunitem", "learning_confirmationrunleft")
#: What a run is about; written with its set, in one transaction, and not touched again.
FROZEN_COLUMNS = (
    "bureau_id, officer_id, base_id, course_key, item_count, centihours, rules, snapshot, seed, seed_digest, "
    "second_officer_above, drafted_at"
)
#: A step that was taken is not taken back, and the work never goes backwards.
UNDOING = " OR ".join(
    [
        *(
            f"(OLD.{mark} IS NOT NULL AND (NEW.{mark} IS NULL OR NEW.{mark} <> OLD.{mark}))"
            for mark in ("drawn_at", "signed_at", "second_officer_id", "approved_at", "ended_at", "receipt_id")
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
    (SAMPLE, "delete", "DELETE", ""),
    (SAMPLE, "update", "UPDATE OF run_id, item_id, draw", ""),
    (SAMPLE, "undoing", "UPDATE", "OLD.is_good IS NOT NULL"),
)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers."""
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


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0005_rule_sets"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ConfirmationRun",
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
                ("seed", models.CharField(max_length=64)),
                ("seed_digest", models.CharField(max_length=64)),
                ("second_officer_above", models.PositiveIntegerField()),
                ("cursor", models.PositiveIntegerField(default=0)),
                ("confirmed_count", models.PositiveIntegerField(default=0)),
                ("confirmed_centihours", models.PositiveBigIntegerField(default=0)),
                ("left_count", models.PositiveIntegerField(default=0)),
                ("certificate_count", models.PositiveIntegerField(default=0)),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                ("drawn_at", models.DateTimeField(null=True, verbose_name="sample drawn at")),
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
                "verbose_name": "confirmation run",
                "verbose_name_plural": "confirmation runs",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ConfirmationRunItem",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="learning.confirmationrun"
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a confirmation run",
                "verbose_name_plural": "entries of confirmation runs",
                "ordering": ["run", "position"],
            },
        ),
        migrations.CreateModel(
            name="ConfirmationRunLeft",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="left",
                        to="learning.confirmationrunitem",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="left", to="learning.confirmationrun"
                    ),
                ),
            ],
            options={
                "verbose_name": "entry left by a confirmation run",
                "verbose_name_plural": "entries left by confirmation runs",
                "ordering": ["run", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ConfirmationSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("draw", models.PositiveSmallIntegerField()),
                ("is_good", models.BooleanField(null=True, verbose_name="as it should be")),
                ("judged_at", models.DateTimeField(null=True)),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sample",
                        to="learning.confirmationrunitem",
                    ),
                ),
                (
                    "judged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="samples",
                        to="learning.confirmationrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "sampled entry",
                "verbose_name_plural": "sampled entries",
                "ordering": ["run", "draw", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="confirmationrun",
            index=models.Index(fields=["state", "moved_at"], name="confirmation_run_due"),
        ),
        migrations.AddConstraint(
            model_name="confirmationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_officer__isnull", True),
                    models.Q(("second_officer", models.F("officer")), _negated=True),
                    _connector="OR",
                ),
                name="confirmation_run_two_officers",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cursor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("confirmed_count"), "+", models.F("left_count")
                        ),
                    ),
                    ("cursor__lte", models.F("item_count")),
                    ("item_count__gt", 0),
                ),
                name="confirmation_run_counts_agree",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrun",
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
                name="confirmation_run_runs_when_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("drawn_at__isnull", True), ("signed_at__isnull", True), ("state", "drafted")),
                    models.Q(
                        ("drawn_at__isnull", False),
                        ("signed_at__isnull", True),
                        ("state__in", ["sampling", "widened", "ready"]),
                    ),
                    models.Q(
                        ("approved_at__isnull", True),
                        ("drawn_at__isnull", False),
                        ("second_officer__isnull", True),
                        ("signed_at__isnull", False),
                        ("state", "second_approval"),
                    ),
                    models.Q(
                        ("drawn_at__isnull", False), ("signed_at__isnull", False), ("state__in", ["running", "done"])
                    ),
                    ("state", "stopped"),
                    _connector="OR",
                ),
                name="confirmation_run_state_has_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrun",
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
                name="confirmation_run_end_has_its_facts",
            ),
        ),
        migrations.AddConstraint(
            model_name="confirmationrunitem",
            constraint=models.UniqueConstraint(fields=("run", "position"), name="confirmation_run_item_place"),
        ),
        migrations.AddConstraint(
            model_name="confirmationrunitem",
            constraint=models.UniqueConstraint(fields=("run", "entry"), name="confirmation_run_item_once"),
        ),
        migrations.AddConstraint(
            model_name="confirmationsample",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_good__isnull", True), ("judged_at__isnull", True), ("judged_by__isnull", True)),
                    models.Q(("is_good__isnull", False), ("judged_at__isnull", False), ("judged_by__isnull", False)),
                    _connector="OR",
                ),
                name="confirmation_sample_judged_by_somebody",
            ),
        ),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
