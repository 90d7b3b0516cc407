"""What the offices owe, as figures of the rule sets; and proposals of flag policies, which a second officer issues."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OPEN = "('draft', 'submitted')"
#: As 0005 laid them: event → which versions of the row must lie in an open set.
ROW_TRIGGERS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
PROPOSAL = "learning_flagproposal"
#: What a proposal says.
SAID = (
    "peers_min, network_people_min, night_from_hour, night_hours, night_s_min, answers_min, answer_spread_ms_max, "
    "overlap_s_min, missed_checks_min, missed_percent_min, exam_percent_of_usual_max, office_id, base_id, "
    "reason_text, drafted_by_id, drafted_at"
)
#: name → (event, condition): what is said is not touched, nor anything of a proposal that has ended.
PROPOSAL_TRIGGERS = {
    "delete": ("DELETE", "TRUE"),
    "update": ("UPDATE", "OLD.ended_at IS NOT NULL"),
    "rewording": (f"UPDATE OF {SAID}", "TRUE"),
}


def guard_requirements_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lay the rules' triggers anew, where SQLite added a column by copying the table: they went with the old one."""
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


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Guard proposals; the function is 0002's."""
    for name, (event, condition) in PROPOSAL_TRIGGERS.items():
        act = (
            "EXECUTE FUNCTION hourbook_refuse_change()"
            if schema_editor.connection.vendor == "postgresql"
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {name} on {PROPOSAL} is refused'); END"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {PROPOSAL}_no_{name} BEFORE {event} ON {PROPOSAL} FOR EACH ROW WHEN ({condition}) {act}"
        )


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the proposals' triggers."""
    on_table = f" ON {PROPOSAL}" if schema_editor.connection.vendor == "postgresql" else ""
    for name in PROPOSAL_TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {PROPOSAL}_no_{name}{on_table}")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("learning", "0015_scale")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="requirement",
            name="audit_working_days",
            field=models.PositiveSmallIntegerField(db_default=5, default=5, verbose_name="a base audits within"),
        ),
        migrations.AddField(
            model_name="requirement",
            name="confirm_working_days",
            field=models.PositiveSmallIntegerField(
                db_default=10, default=10, verbose_name="the bureau confirms within"
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="second_officer_above",
            field=models.PositiveIntegerField(
                db_default=50, default=50, verbose_name="a second officer signs runs of more than"
            ),
        ),
        migrations.CreateModel(
            name="FlagProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting for a second officer"),
                            ("issued", "issued"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reason_text", models.CharField(max_length=500, verbose_name="reason")),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("end_text", models.CharField(blank=True, max_length=500, verbose_name="why it was withdrawn")),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.flagpolicy"
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.organisation"
                    ),
                ),
                (
                    "policy",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="learning.flagpolicy",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal of a flag policy",
                "verbose_name_plural": "proposals of flag policies",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("state",), name="flag_proposal_one_waits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "issued"), _negated=True),
                            models.Q(("ended_by", models.F("drafted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="flag_proposal_issued_by_a_second",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("end_text", ""),
                                ("ended_at", None),
                                ("ended_by", None),
                                ("policy", None),
                                ("state", "waiting"),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                ("policy__isnull", False),
                                ("state", "issued"),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                ("policy", None),
                                ("state", "withdrawn"),
                                models.Q(("end_text", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="flag_proposal_state_has_its_facts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("night_from_hour__lt", 24), ("night_hours__gt", 0), ("night_hours__lt", 24)
                        ),
                        name="flag_proposal_night_is_one",
                    ),
                ],
            },
        ),
        migrations.RunPython(guard_requirements_again, guard_requirements_again),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
