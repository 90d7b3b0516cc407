"""Rule sets hold the requirements of a region and year; what is issued is not touched again (D4)."""

import datetime as dt
from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: What an issued set says, and who said it.
SET_COLUMNS = (
    "region_id, year, version, effective_on, source, accounting, point_centihours, drafted_by_id, drafted_at, "
    "submitted_at, issued_by_id, issued_at, digest"
)
OPEN = "('draft', 'submitted')"
#: The ways onward from each state after the issue; every other is refused.
WRONG_WAY = (
    f"OLD.state NOT IN {OPEN} AND NEW.state <> OLD.state "
    "AND NOT (OLD.state = 'issued' AND NEW.state IN ('in_force', 'withdrawn')) "
    "AND NOT (OLD.state = 'in_force' AND NEW.state = 'superseded')"
)
#: trigger → (table, event, condition on the set itself)
SET_TRIGGERS = {
    "learning_ruleset_no_update": (f"UPDATE OF {SET_COLUMNS}", f"OLD.state NOT IN {OPEN}"),
    "learning_ruleset_no_way_back": ("UPDATE OF state", WRONG_WAY),
    "learning_ruleset_no_delete": ("DELETE", "TRUE"),
}
#: trigger → (event, which versions of the row must lie in an open set)
ROW_TRIGGERS = {
    "learning_requirement_no_insert": ("INSERT", ("NEW",)),
    "learning_requirement_no_update": ("UPDATE", ("OLD", "NEW")),
    "learning_requirement_no_delete": ("DELETE", ("OLD",)),
}
FUNCTION = "hourbook_refuse_issued_rule"


def gather(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Gather the rows of each region, year and version into an issued set; the highest is the one in force."""
    RuleSet = apps.get_model("learning", "RuleSet")
    Requirement = apps.get_model("learning", "Requirement")
    newest = {}
    for row in Requirement.objects.order_by("region_id", "year", "version", "pk"):
        issued_at = midnight(row.issued_on)
        rule_set, _made = RuleSet.objects.get_or_create(
            region_id=row.region_id,
            year=row.year,
            version=row.version,
            defaults={
                "state": "in_force",
                "effective_on": row.issued_on,
                "source": row.source,
                "issued_at": issued_at,
                "in_force_at": issued_at,
                "moved_at": issued_at,
            },
        )
        Requirement.objects.filter(pk=row.pk).update(rule_set=rule_set)
        newest[row.region_id, row.year] = rule_set.pk
    RuleSet.objects.exclude(pk__in=newest.values()).update(state="superseded")


def midnight(day):
    """Return the beginning of a day, in UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Guard issued sets and their rows."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    if is_postgresql:
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger AS $$ BEGIN "  # noqa: S608 -- our own words
            "IF (TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM learning_ruleset "
            f"WHERE id = OLD.rule_set_id AND state NOT IN {OPEN})) "
            "OR (TG_OP <> 'DELETE' AND EXISTS (SELECT 1 FROM learning_ruleset "
            f"WHERE id = NEW.rule_set_id AND state NOT IN {OPEN})) THEN "
            "RAISE EXCEPTION 'append-only: % on % is refused, its rule set is issued', TG_OP, TG_TABLE_NAME; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END; $$ LANGUAGE plpgsql",
            params=None,  # the % are RAISE's own
        )
    for name, (event, condition) in SET_TRIGGERS.items():
        refuse = (
            "EXECUTE FUNCTION hourbook_refuse_change()"
            if is_postgresql
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {name} refuses'); END"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON learning_ruleset FOR EACH ROW WHEN ({condition}) {refuse}"
        )
    for name, (event, sides) in ROW_TRIGGERS.items():
        if is_postgresql:
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON learning_requirement "
                f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
            )
            continue
        issued = " OR ".join(
            f"(SELECT state FROM learning_ruleset WHERE id = {side}.rule_set_id) NOT IN {OPEN}"  # noqa: S608 -- our own words
            for side in sides
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON learning_requirement FOR EACH ROW WHEN ({issued}) "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {name} refuses, its rule set is issued'); END"
        )


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for table, names in (("learning_ruleset", SET_TRIGGERS), ("learning_requirement", ROW_TRIGGERS)):
        for name in names:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{f' ON {table}' if is_postgresql else ''}")
    if is_postgresql:
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {FUNCTION}()")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("learning", "0004_ledger_chain"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="RuleSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "waiting for a second officer"),
                            ("issued", "issued, not yet in force"),
                            ("in_force", "in force"),
                            ("superseded", "superseded"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("effective_on", models.DateField(verbose_name="in force from")),
                ("source", models.CharField(blank=True, max_length=60, verbose_name="document number")),
                (
                    "accounting",
                    models.CharField(
                        choices=[("hours", "hours"), ("points", "points")],
                        default="hours",
                        max_length=8,
                        verbose_name="accounting",
                    ),
                ),
                (
                    "point_centihours",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="hours in a point"),
                ),
                ("drafted_at", models.DateTimeField(null=True)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("in_force_at", models.DateTimeField(null=True)),
                ("moved_at", models.DateTimeField(null=True)),
                ("reason_text", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="learning.region", verbose_name="region"
                    ),
                ),
            ],
            options={
                "verbose_name": "rule set",
                "verbose_name_plural": "rule sets",
                "ordering": ["-year", "region", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("region", "year", "version"), name="rule_set_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "submitted", "issued"))),
                        fields=("region", "year"),
                        name="rule_set_one_coming_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(issued_by__isnull=True)
                        | models.Q(drafted_by__isnull=True)
                        | ~models.Q(issued_by=models.F("drafted_by")),
                        name="rule_set_issued_by_a_second",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(issued_at__isnull=True)
                        | models.Q(drafted_by__isnull=True)
                        | models.Q(issued_by__isnull=False),
                        name="rule_set_issue_is_signed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(accounting="hours", point_centihours__isnull=True)
                        | models.Q(accounting="points", point_centihours__isnull=False, point_centihours__gt=0),
                        name="rule_set_points_have_their_worth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(state="draft", submitted_at__isnull=True, issued_at__isnull=True)
                        | models.Q(state="submitted", submitted_at__isnull=False, issued_at__isnull=True)
                        | models.Q(state="issued", issued_at__isnull=False, in_force_at__isnull=True)
                        | models.Q(
                            state__in=("in_force", "superseded"), issued_at__isnull=False, in_force_at__isnull=False
                        )
                        | models.Q(state="withdrawn", in_force_at__isnull=True) & ~models.Q(reason_text=""),
                        name="rule_set_state_has_its_times",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="requirement",
            name="rule_set",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requirements",
                to="learning.ruleset",
                verbose_name="rule set",
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="inherited",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Figure → code of the region that states it.",
                verbose_name="taken from above",
            ),
        ),
        migrations.AlterField(
            model_name="requirement",
            name="issued_on",
            field=models.DateField(blank=True, null=True, verbose_name="issued on"),
        ),
        migrations.RunPython(gather, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="requirement",
            name="rule_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requirements",
                to="learning.ruleset",
                verbose_name="rule set",
            ),
        ),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
