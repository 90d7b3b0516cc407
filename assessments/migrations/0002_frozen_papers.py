"""Triggers: a paper never changes after its start, a closed attempt and its answers never again (I7)."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FROZEN_COLUMNS = (
    "enrolment_id, number, paper, key, seed, paper_digest, extra_time_percent, started_at, deadline_at, max_points"
)
ATTEMPT_CLOSED = "EXISTS (SELECT 1 FROM assessments_attempt a WHERE a.id = {row}.attempt_id AND a.state <> 'open')"
#: name, event, table, when
TRIGGERS = (
    ("assessments_attempt_paper_frozen", f"UPDATE OF {FROZEN_COLUMNS}", "assessments_attempt", ""),
    ("assessments_attempt_closed_frozen", "UPDATE", "assessments_attempt", "OLD.state <> 'open'"),
    ("assessments_attempt_no_delete", "DELETE", "assessments_attempt", ""),
    ("assessments_answer_no_delete", "DELETE", "assessments_answer", ""),
    ("assessments_answer_insert_open", "INSERT", "assessments_answer", ATTEMPT_CLOSED.format(row="NEW")),
    ("assessments_answer_update_open", "UPDATE", "assessments_answer", ATTEMPT_CLOSED.format(row="OLD")),
    ("assessments_answer_move_open", "UPDATE OF attempt_id", "assessments_answer", ATTEMPT_CLOSED.format(row="NEW")),
)


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers. PostgreSQL forbids sub-queries in WHEN, so the function asks."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for name, event, table, when in TRIGGERS:
        if postgresql:
            body = (
                f"IF {when or 'TRUE'} THEN RAISE EXCEPTION '{name}: % on % is refused', TG_OP, TG_TABLE_NAME; END IF; "
            )
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body}"
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END; $$ LANGUAGE plpgsql",
                params=None,  # the % are RAISE's own
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
        else:
            clause = f"WHEN {when} " if when else ""
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} {clause}BEGIN "
                f"SELECT RAISE(ABORT, '{name}: {event.split()[0]} is refused'); END"
            )


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for name, _event, table, _when in TRIGGERS:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()")
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


class Migration(migrations.Migration):
    """Guards the exam evidence."""

    dependencies: ClassVar = [("assessments", "0001_initial")]

    operations: ClassVar = [migrations.RunPython(forbid_changes, allow_changes)]
