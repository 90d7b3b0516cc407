"""Viewing policies: written once, like the ledger that names them."""

from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "tracking_viewingpolicy"


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create one trigger per operation; PostgreSQL's function is learning's."""
    for operation in ("UPDATE", "DELETE"):
        act = (
            "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
            if schema_editor.connection.vendor == "postgresql"
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {TABLE} is refused'); END"
        )
        schema_editor.execute(f"CREATE TRIGGER {TABLE}_no_{operation.lower()} BEFORE {operation} ON {TABLE} {act}")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("tracking", "0002_append_only"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ViewingPolicy",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="digest")),
                ("facts", models.JSONField(verbose_name="facts")),
            ],
            options={
                "verbose_name": "viewing policy",
                "verbose_name_plural": "viewing policies",
            },
        ),
        migrations.AddField(
            model_name="coverage",
            name="put_off_ms",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        # Dropping the table drops its triggers.
        migrations.RunPython(forbid_changes, migrations.RunPython.noop),
    ]
