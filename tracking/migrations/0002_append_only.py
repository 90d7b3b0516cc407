"""Triggers: the ledger of viewing is written once, and what a session was measured against stands."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("tracking_viewingentry", "tracking_watchedproof")

#: A session ends and is sealed; what it was when it opened may not change.
SESSION_COLUMNS = (
    "key, person_id, enrolment_id, lesson_id, duration_s, rate_percent, cap_ms, answer_s, missed_check, "
    "policy_digest, media_digest, learner_commitment, software_version, header_digest, device, device_label, opened_ms"
)
SEALED = "tracking_viewingsession_sealed"
TRIGGERS = (
    *((table, operation, operation) for table in TABLES for operation in ("UPDATE", "DELETE")),
    ("tracking_viewingsession", "UPDATE", f"UPDATE OF {SESSION_COLUMNS}"),
    ("tracking_viewingsession", "DELETE", "DELETE"),
)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create one trigger per table and operation; PostgreSQL's function is learning's."""
    for table, operation, event in TRIGGERS:
        name = f"{table}_no_{operation.lower()}"
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'append-only: {operation} on {table} is refused'); END"
            )
    act = (
        "EXECUTE FUNCTION hourbook_refuse_change()"
        if schema_editor.connection.vendor == "postgresql"
        else "BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on a sealed session is refused'); END"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {SEALED} BEFORE UPDATE ON tracking_viewingsession FOR EACH ROW "
        f"WHEN (OLD.sealed_ms IS NOT NULL) {act}"
    )


def leave_room(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep half of each page of the hot table free, so that PostgreSQL updates its rows in place."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE tracking_liveviewing SET (fillfactor = 50)")


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for table, operation, _event in TRIGGERS:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{operation.lower()}{on_table}")
    on_table = " ON tracking_viewingsession" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {SEALED}{on_table}")


class Migration(migrations.Migration):
    """Guards the ledger."""

    dependencies: ClassVar = [("tracking", "0001_initial"), ("learning", "0002_append_only")]

    operations: ClassVar = [
        migrations.RunPython(forbid_changes, allow_changes),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
