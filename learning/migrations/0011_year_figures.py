"""Tallies of a year's people; and the pace above which a rule says a year is at risk."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OPEN = "('draft', 'submitted')"
#: As 0005 laid them: event → which versions of the row must lie in an open set.
ROW_TRIGGERS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def guard_requirements_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the rules' triggers anew: SQLite adds a column by copying the table, and drops them with the old one."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for event, sides in ROW_TRIGGERS.items():
        name = f"learning_requirement_no_{event}"
        issued = " OR ".join(
            f"(SELECT state FROM learning_ruleset WHERE id = {side}.rule_set_id) NOT IN {OPEN}"  # noqa: S608 -- our own words
            for side in sides
        )
        schema_editor.execute(
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event.upper()} ON learning_requirement "
            f"FOR EACH ROW WHEN ({issued}) "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {name} refuses, its rule set is issued'); END"
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("learning", "0010_years")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="requirement",
            name="at_risk_weekly_centihours",
            field=models.PositiveIntegerField(
                default=800,
                help_text="Hours needed for each week left; more than this, and a year is told to be at risk.",
                verbose_name="at risk above, a week",
            ),
        ),
        migrations.RunPython(guard_requirements_again, guard_requirements_again),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                (
                    "counted_on",
                    models.DateField(help_text="The day here, by the server's clock.", verbose_name="counted on"),
                ),
                ("counted_at", models.DateTimeField(null=True, verbose_name="counted at")),
                ("took_ms", models.PositiveIntegerField(default=0, verbose_name="time taken, ms")),
            ],
            options={
                "verbose_name": "tally",
                "verbose_name_plural": "tallies",
                "constraints": [models.UniqueConstraint(fields=("year", "counted_on"), name="tally_once_a_day")],
            },
        ),
        migrations.CreateModel(
            name="QueueTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("earned", "earned"),
                            ("audited", "audited"),
                            ("returned", "returned"),
                            ("confirmed", "confirmed"),
                            ("rejected", "rejected"),
                            ("reversed", "reversed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("entries", models.PositiveIntegerField()),
                ("centihours", models.BigIntegerField()),
                ("oldest_at", models.DateTimeField()),
                ("week_entries", models.PositiveIntegerField(default=0)),
                ("fortnight_entries", models.PositiveIntegerField(default=0)),
                (
                    "auditor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.organisation"
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.organisation"
                    ),
                ),
                (
                    "tally",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="queues", to="learning.tally"
                    ),
                ),
            ],
            options={
                "verbose_name": "tally of a queue",
                "verbose_name_plural": "tallies of queues",
                "constraints": [
                    models.UniqueConstraint(fields=("tally", "bureau", "auditor", "state"), name="queue_tally_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BaseTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("people", models.PositiveIntegerField()),
                ("qualified", models.PositiveIntegerField(default=0)),
                ("awaiting", models.PositiveIntegerField(default=0)),
                ("on_track", models.PositiveIntegerField(default=0)),
                ("at_risk", models.PositiveIntegerField(default=0)),
                ("missed", models.PositiveIntegerField(default=0)),
                ("not_started", models.PositiveIntegerField(default=0)),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.organisation"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.region"
                    ),
                ),
                (
                    "tally",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bases", to="learning.tally"
                    ),
                ),
            ],
            options={
                "verbose_name": "tally of a base",
                "verbose_name_plural": "tallies of bases",
                "constraints": [
                    models.UniqueConstraint(fields=("tally", "base", "region"), name="base_tally_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "people",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.Value(0),
                                                        "+",
                                                        models.F("qualified"),
                                                    ),
                                                    "+",
                                                    models.F("awaiting"),
                                                ),
                                                "+",
                                                models.F("on_track"),
                                            ),
                                            "+",
                                            models.F("at_risk"),
                                        ),
                                        "+",
                                        models.F("missed"),
                                    ),
                                    "+",
                                    models.F("not_started"),
                                ),
                            )
                        ),
                        name="base_tally_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="YearTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("people", models.PositiveIntegerField()),
                ("qualified", models.PositiveIntegerField(default=0)),
                ("awaiting", models.PositiveIntegerField(default=0)),
                ("on_track", models.PositiveIntegerField(default=0)),
                ("at_risk", models.PositiveIntegerField(default=0)),
                ("missed", models.PositiveIntegerField(default=0)),
                ("not_started", models.PositiveIntegerField(default=0)),
                ("title_level", models.CharField(max_length=16)),
                ("confirmed_centihours", models.BigIntegerField(default=0)),
                ("pending_centihours", models.BigIntegerField(default=0)),
                (
                    "employer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="learning.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.region"
                    ),
                ),
                (
                    "tally",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="years", to="learning.tally"
                    ),
                ),
            ],
            options={
                "verbose_name": "tally of a year",
                "verbose_name_plural": "tallies of years",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("employer__isnull", False)),
                        fields=("tally", "region", "title_level", "employer"),
                        name="year_tally_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("employer__isnull", True)),
                        fields=("tally", "region", "title_level"),
                        name="year_tally_once_without_employer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "people",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.Value(0),
                                                        "+",
                                                        models.F("qualified"),
                                                    ),
                                                    "+",
                                                    models.F("awaiting"),
                                                ),
                                                "+",
                                                models.F("on_track"),
                                            ),
                                            "+",
                                            models.F("at_risk"),
                                        ),
                                        "+",
                                        models.F("missed"),
                                    ),
                                    "+",
                                    models.F("not_started"),
                                ),
                            )
                        ),
                        name="year_tally_adds_up",
                    ),
                ],
            },
        ),
    ]
