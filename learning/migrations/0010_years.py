"""What follows a year: figures of the rule, waived and carried hours, and when a year was closed."""

from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

APPEND_ONLY = ("learning_evidence", "learning_creditentry")
#: event → which versions of a requirement must lie in an open set, as in migration 0005
REQUIREMENT = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def guard_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the triggers anew: SQLite changes a table by copying it, and drops them with the old one."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for table in APPEND_ONLY:
        for operation in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{operation.lower()} BEFORE {operation} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'append-only: {operation} on {table} is refused'); END"
            )
    for operation, sides in REQUIREMENT.items():
        name = f"learning_requirement_no_{operation}"
        issued = " OR ".join(
            f"(SELECT state FROM learning_ruleset WHERE id = {side}.rule_set_id) NOT IN ('draft', 'submitted')"  # noqa: S608 -- our own words
            for side in sides
        )
        schema_editor.execute(
            f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {operation.upper()} ON learning_requirement FOR EACH ROW "
            f"WHEN ({issued}) BEGIN SELECT RAISE(ABORT, 'append-only: {name} refuses, its rule set is issued'); END"
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("learning", "0009_signed_pages")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="requirement",
            name="grace_days",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="pending hours are still decided after the year"
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="makeup_until_on",
            field=models.DateField(blank=True, null=True, verbose_name="make-up window for a missed year"),
        ),
        migrations.AddField(
            model_name="requirement",
            name="carry_public_centihours",
            field=models.PositiveIntegerField(
                db_default=0, default=0, verbose_name="surplus public hours carried into the next year, at most"
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="carry_professional_centihours",
            field=models.PositiveIntegerField(
                db_default=0, default=0, verbose_name="surplus professional hours carried into the next year, at most"
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="prorates_part_year",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="waives a twelfth for each full month before joining"
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="leave_from_months",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="leave waives a twelfth for each full month, from"
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="leave_whole_months",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="leave waives the whole year from"
            ),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("makeup_until_on__isnull", True),
                    ("makeup_until_on__gt", models.F("cutoff_on")),
                    _connector="OR",
                ),
                name="requirement_makeup_after_cutoff",
            ),
        ),
        migrations.AddField(
            model_name="annualrecord",
            name="waived_public_centihours",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="annualrecord",
            name="waived_professional_centihours",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="annualrecord",
            name="carried_public_centihours",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="annualrecord",
            name="carried_professional_centihours",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="annualrecord",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="annualrecord",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["year", "id"], name="annual_record_unclosed"
            ),
        ),
        migrations.AlterField(
            model_name="creditentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("earned", "earned"),
                    ("claimed", "claimed"),
                    ("reversal", "reversal"),
                    ("carried", "carried over"),
                    ("waived", "waived"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["carried", "waived"]), _negated=True),
                    models.Q(("auditor", models.F("bureau")), ("enrolment__isnull", True)),
                    _connector="OR",
                ),
                name="credit_entry_unstudied_is_the_bureaus",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="kind",
            field=models.CharField(
                choices=[
                    ("watched", "watched"),
                    ("passed", "passed"),
                    ("claimed", "claimed"),
                    ("waiver", "waiver asked for"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "waiver")), fields=("person", "digest"), name="evidence_waiver_once"
            ),
        ),
        migrations.RemoveConstraint(model_name="evidence", name="evidence_names_its_subject"),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("enrolment__isnull", False), ("kind", "watched"), ("lesson__isnull", False)),
                    models.Q(("enrolment__isnull", False), ("kind", "passed"), ("lesson__isnull", True)),
                    models.Q(
                        ("enrolment__isnull", True), ("kind__in", ["claimed", "waiver"]), ("lesson__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="evidence_names_its_subject",
            ),
        ),
        migrations.AlterField(
            model_name="confirmationrunleft",
            name="why",
            field=models.CharField(
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
        migrations.RunPython(guard_again, guard_again),
    ]
