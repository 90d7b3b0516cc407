"""Which network a sitting began on, as a keyed digest; fixed at its start like the paper."""

from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE, NAME = "assessments_attempt", "assessments_attempt_network_frozen"


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the trigger; on PostgreSQL its function is that of the frozen paper, which refuses every call."""
    act = (
        "FOR EACH ROW EXECUTE FUNCTION assessments_attempt_paper_frozen()"
        if schema_editor.connection.vendor == "postgresql"
        else f"BEGIN SELECT RAISE(ABORT, '{NAME}: UPDATE is refused'); END"
    )
    schema_editor.execute(f"CREATE TRIGGER {NAME} BEFORE UPDATE OF network_key ON {TABLE} {act}")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the trigger."""
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}{on_table}")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("assessments", "0002_frozen_papers")]

    operations: ClassVar = [
        # NB: nullable, so that SQLite adds the column without copying the table, which would drop its triggers.
        migrations.AddField(
            model_name="attempt",
            name="network_key",
            field=models.BinaryField(max_length=16, null=True, verbose_name="network, as a keyed digest"),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(network_key__isnull=False), fields=["network_key"], name="attempt_network"
            ),
        ),
        migrations.RunPython(forbid_changes, allow_changes),
    ]
