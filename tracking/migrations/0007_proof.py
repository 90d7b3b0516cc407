"""Nobody empties a table of viewing that is written once, whatever a session says of itself."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: Tables whose rows nobody deletes, and which 0005 left out. Partitions bear their parent's name in theirs.
UNGUARDED = """
    SELECT tgrelid::regclass::text FROM pg_trigger AS kept
    WHERE starts_with(tgname, 'tracking_') AND tgname = tgrelid::regclass::text || '_no_delete' AND NOT EXISTS (
        SELECT 1 FROM pg_trigger WHERE tgrelid = kept.tgrelid AND tgname = tgrelid::regclass::text || '_no_truncate'
    ) ORDER BY 1
"""
#: Where 0005 forbade it.
BEFORE = "('tracking_viewingentry', 'tracking_viewingsession', 'tracking_watchedproof', 'tracking_viewingarchive')"
GUARDED_HERE = f"""
    SELECT tgrelid::regclass::text FROM pg_trigger
    WHERE starts_with(tgname, 'tracking_') AND tgname = tgrelid::regclass::text || '_no_truncate'
    AND tgrelid::regclass::text NOT IN {BEFORE} ORDER BY 1
"""  # noqa: S608 -- our own words
REFUSE = (
    "CREATE OR REPLACE FUNCTION hourbook_refuse_emptying() RETURNS trigger AS $$ BEGIN {unless}"
    "RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME; {end}END; $$ LANGUAGE plpgsql"
)
UNLESS = "IF coalesce(current_setting('hourbook.may_empty', true), '') <> 'on' THEN "


def forbid_emptying(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse TRUNCATE on the rest too, and to everybody: what asked for the exception of 0005 is gone."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(REFUSE.format(unless="", end=""), params=None)  # the % are RAISE's own
    for table in _tables(schema_editor, UNGUARDED):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hourbook_refuse_emptying()"
        )


def allow_emptying(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Go back to what 0005 left."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in _tables(schema_editor, GUARDED_HERE):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
    schema_editor.execute(REFUSE.format(unless=UNLESS, end="END IF; RETURN NULL; "), params=None)


def _tables(schema_editor: BaseDatabaseSchemaEditor, sql: str) -> list[str]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(sql)
        return [table for (table,) in cursor.fetchall()]


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("tracking", "0006_statement_exports")]

    operations: ClassVar[list[Any]] = [
        migrations.AlterField(
            model_name="dailyroot",
            name="first_number",
            field=models.PositiveBigIntegerField(verbose_name="first number"),
        ),
        migrations.AlterField(
            model_name="dailyroot",
            name="last_number",
            field=models.PositiveBigIntegerField(verbose_name="last number"),
        ),
        migrations.RunPython(forbid_emptying, allow_emptying),
    ]
