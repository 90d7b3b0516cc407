"""Triggers: what is evidence cannot be changed or deleted, whoever asks (D6, I4)."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = (
    "learning_evidence",
    "learning_creditentry",
    "learning_creditentryevidence",
    "learning_creditdecision",
    "learning_auditlogentry",
    "learning_lesson",
)

#: An edition's state may change; what it was when published may not.
EDITION_COLUMNS = (
    "course_key, version, base_id, subject_kind, topic_id, title_zh, title_en, approved_centihours, hour_seconds, "
    "lesson_slack_s, exam_required, exam_question_count, exam_minutes, pass_mark_percent, attempts_max, "
    "target_levels, digest, published_at, published_by_id"
)
#: A certificate is drawn, replaced or revoked later; what it says is not touched again.
CERTIFICATE_COLUMNS = (
    "book_id, record_id, year, serial, code, facts, digest, signature, issuer_id, issued_by_id, issued_at"
)
#: What was done to a page once is not undone or done otherwise.
CERTIFICATE_ENDS = " OR ".join(
    f"(OLD.{mark} IS NOT NULL AND (NEW.{mark} IS NULL OR NEW.{mark} <> OLD.{mark} OR {also}))"
    for mark, also in (
        ("replaced_at", "NEW.replacement_reason <> OLD.replacement_reason"),
        ("replaced_by_id", "FALSE"),
        ("revoked_at", "NEW.revocation_reason <> OLD.revocation_reason"),
    )
)
TRIGGERS = (
    *((table, operation, operation) for table in TABLES for operation in ("UPDATE", "DELETE")),
    ("learning_edition", "UPDATE", f"UPDATE OF {EDITION_COLUMNS}"),
    ("learning_edition", "DELETE", "DELETE"),
    ("learning_certificate", "UPDATE", f"UPDATE OF {CERTIFICATE_COLUMNS}"),
    ("learning_certificate", "DELETE", "DELETE"),
)
UNDOING = "learning_certificate_no_undoing"


def forbid_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create one trigger per table and operation."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION hourbook_refuse_change() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME; "
            "END; $$ LANGUAGE plpgsql",
            params=None,  # the % are RAISE's own
        )
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
        else "BEGIN SELECT RAISE(ABORT, 'append-only: undoing on learning_certificate is refused'); END"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {UNDOING} BEFORE UPDATE ON learning_certificate FOR EACH ROW WHEN ({CERTIFICATE_ENDS}) {act}"
    )


def allow_changes(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers."""
    for table, operation, _event in TRIGGERS:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{operation.lower()}{on_table}")
    on_table = " ON learning_certificate" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {UNDOING}{on_table}")


class Migration(migrations.Migration):
    """Guards the ledger."""

    dependencies: ClassVar = [("learning", "0001_initial")]

    operations: ClassVar = [migrations.RunPython(forbid_changes, allow_changes)]
