"""Indexes for what signing in, the desks and a sweep ask of a million people."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Upper


def tell_how_queues_lie(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let PostgreSQL count holder and state together: who holds nothing has no queue, which each alone does not say."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE STATISTICS IF NOT EXISTS credit_standing_queue_lies (mcv) ON holder_id, state "
            "FROM learning_creditstanding"
        )


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("learning", "0014_proof")]

    operations: ClassVar[list[Any]] = [
        migrations.AddIndex(
            model_name="auditlogentry",
            index=models.Index(fields=["organisation", "action", "sequence"], name="audit_log_acts_of_office"),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                fields=["issuer", "issued_at"],
                condition=models.Q(("pdf_name", ""), models.Q(("draw_problem", ""), _negated=True)),
                name="certificate_undrawable",
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["issuer", "-issued_at", "-id"], name="certificate_of_issuer"),
        ),
        migrations.AddIndex(
            model_name="creditdecision",
            index=models.Index(fields=["organisation", "verdict", "decided_at"], name="credit_decision_of_late"),
        ),
        migrations.RemoveIndex(model_name="creditstanding", name="credit_standing_queue"),
        migrations.AddIndex(
            model_name="creditstanding",
            index=models.Index(fields=["holder", "state", "since", "entry"], name="credit_standing_queue"),
        ),
        migrations.RunPython(tell_how_queues_lie, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="creditstanding",
            index=models.Index(
                condition=models.Q(("state", "earned")), fields=["entry"], name="credit_standing_unaudited"
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(Upper("email"), name="person_email_any_case"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["full_name"], opclasses=["varchar_pattern_ops"], name="person_name_begins"),
        ),
    ]
