"""Flags on entries: policies, what was measured, what was raised, who looked; written once, like what they are about."""

import datetime as dt
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("learning_flagpolicy", "learning_creditscreening", "learning_creditflag", "learning_creditflaglook")
#: The thresholds to begin with are the columns' defaults.
FIRST_ISSUED_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create one trigger per table and operation; the function is 0002's."""
    for table in TABLES:
        for operation in ("UPDATE", "DELETE"):
            act = (
                "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
                if schema_editor.connection.vendor == "postgresql"
                else f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {table} is refused'); END"
            )
            schema_editor.execute(f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} {act}")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for table in TABLES:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        for operation in ("UPDATE", "DELETE"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{operation.lower()}{on_table}")


def issue_first_policy(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the first version in force."""
    apps.get_model("learning", "FlagPolicy").objects.create(version=1, issued_at=FIRST_ISSUED_AT)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0007_credentials"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="FlagPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(unique=True, verbose_name="version")),
                (
                    "peers_min",
                    models.PositiveSmallIntegerField(default=5, verbose_name="learners needed for a comparison"),
                ),
                (
                    "network_people_min",
                    models.PositiveSmallIntegerField(default=5, verbose_name="people on one network in one exam"),
                ),
                (
                    "night_from_hour",
                    models.PositiveSmallIntegerField(default=23, verbose_name="hour at which the night begins"),
                ),
                (
                    "night_hours",
                    models.PositiveSmallIntegerField(default=6, verbose_name="length of the night in hours"),
                ),
                (
                    "night_s_min",
                    models.PositiveIntegerField(default=10800, verbose_name="seconds of study in one night"),
                ),
                (
                    "answers_min",
                    models.PositiveSmallIntegerField(default=10, verbose_name="answers needed to compare their times"),
                ),
                (
                    "answer_spread_ms_max",
                    models.PositiveIntegerField(default=300, verbose_name="milliseconds between the answers' times"),
                ),
                (
                    "overlap_s_min",
                    models.PositiveIntegerField(default=60, verbose_name="seconds shared with other study"),
                ),
                (
                    "missed_checks_min",
                    models.PositiveSmallIntegerField(default=3, verbose_name="presence checks missed"),
                ),
                (
                    "missed_percent_min",
                    models.PositiveSmallIntegerField(default=50, verbose_name="share of the checks missed, percent"),
                ),
                (
                    "exam_percent_of_usual_max",
                    models.PositiveSmallIntegerField(
                        default=25, verbose_name="exam time as a share of the usual, percent"
                    ),
                ),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
            ],
            options={
                "verbose_name": "flag policy",
                "verbose_name_plural": "flag policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("night_from_hour__lt", 24), ("night_hours__gt", 0), ("night_hours__lt", 24)
                        ),
                        name="flag_policy_night_is_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("identity", "identity"),
                            ("outside_scope", "outside_scope"),
                            ("overlapping", "overlapping"),
                            ("same_network", "same_network"),
                            ("quick_exam", "quick_exam"),
                            ("night_marathon", "night_marathon"),
                            ("missed_checks", "missed_checks"),
                            ("even_timing", "even_timing"),
                        ],
                        max_length=20,
                        verbose_name="flag",
                    ),
                ),
                ("facts", models.JSONField(verbose_name="facts")),
                ("computed_at", models.DateTimeField(verbose_name="computed at")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="learning.creditentry"
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.flagpolicy"
                    ),
                ),
            ],
            options={
                "verbose_name": "flag on an entry",
                "verbose_name_plural": "flags on entries",
                "ordering": ["entry_id", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CreditFlagLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flag_looks",
                        to="learning.creditdecision",
                    ),
                ),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="looks", to="learning.creditflag"
                    ),
                ),
            ],
            options={
                "verbose_name": "look at a flag",
                "verbose_name_plural": "looks at flags",
                "ordering": ["flag_id", "pk"],
                "constraints": [models.UniqueConstraint(fields=("flag", "decision"), name="credit_flag_look_once")],
            },
        ),
        migrations.CreateModel(
            name="CreditScreening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("figures", models.JSONField(verbose_name="figures")),
                ("screened_at", models.DateTimeField(verbose_name="measured at")),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.edition",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="screenings",
                        to="learning.creditentry",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.flagpolicy"
                    ),
                ),
            ],
            options={
                "verbose_name": "screening of an entry",
                "verbose_name_plural": "screenings of entries",
                "indexes": [models.Index(fields=["edition", "-id"], name="credit_screening_peers")],
                "constraints": [models.UniqueConstraint(fields=("entry", "policy"), name="credit_screening_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="creditflag",
            constraint=models.UniqueConstraint(fields=("entry", "code"), name="credit_flag_once"),
        ),
        migrations.RunPython(issue_first_policy, migrations.RunPython.noop),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
