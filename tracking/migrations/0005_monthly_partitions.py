"""The ledger of viewing by months on PostgreSQL; which month is kept in which archive bundle.

The rows that exist are copied into the month they lie in, under one lock: at the time of writing
no installation holds more than a rehearsal's. SQLite keeps its one table. The names of the
constraints stay as Django knows them, so that later migrations find them; but the primary key is
the line's place in its ledger, since every key of a partitioned table must hold what it is
partitioned by. `id` goes on counting and has no index of its own.
"""
# ruff: noqa: S608 -- the names put into statements are this module's own

from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from tracking.rules.months import Month

LEDGER = "tracking_viewingentry"
WHOLE = f"{LEDGER}_whole"
SEQUENCE = f"{LEDGER}_id_seq"
ARCHIVE = "tracking_viewingarchive"
ARCHIVE_FACTS = "month, file_name, digest, session_count, line_count, later_line_count, written_at"
#: Nobody empties these; partitions get the trigger as they are made, since it is not inherited.
NEVER_EMPTIED = ("tracking_viewingsession", "tracking_watchedproof", ARCHIVE)
OPENED = "viewing_session_opened_brin"


def _rows(schema_editor: BaseDatabaseSchemaEditor, sql: str) -> list[tuple]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _run(schema_editor: BaseDatabaseSchemaEditor, *statements: str) -> None:
    for statement in statements:
        schema_editor.execute(statement, params=None)


def _set_aside(schema_editor: BaseDatabaseSchemaEditor) -> list[str]:
    """Rename the table and return the statements that give its successor its triggers and foreign key."""
    triggers = _rows(
        schema_editor,
        f"SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = '{LEDGER}'::regclass AND NOT tgisinternal "
        "ORDER BY tgname",
    )
    keys = _rows(
        schema_editor,
        f"SELECT format('ALTER TABLE {LEDGER} ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) "
        f"FROM pg_constraint WHERE conrelid = '{LEDGER}'::regclass AND contype = 'f' ORDER BY conname",
    )
    _run(schema_editor, f"ALTER TABLE {LEDGER} RENAME TO {WHOLE}")
    return [row[0] for row in (*keys, *triggers)]


def _months_held(schema_editor: BaseDatabaseSchemaEditor) -> list[Month]:
    """Return the months of the rows, asked month by month and not row by row."""
    months: list[Month] = []
    after_ms = 0
    while True:
        ((next_ms,),) = _rows(schema_editor, f"SELECT min(start_ms) FROM {WHOLE} WHERE start_ms >= {after_ms}")
        if next_ms is None:
            return months
        try:
            month = Month.of(next_ms)
        except OverflowError:
            return months  # no calendar knows it; the default partition takes it
        months.append(month)
        after_ms = month.until_ms


def by_months(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put a partitioned table in the place of the whole one."""
    if schema_editor.connection.vendor != "postgresql":
        return
    _run(schema_editor, "SET LOCAL lock_timeout = '10s'", f"LOCK TABLE {LEDGER} IN ACCESS EXCLUSIVE MODE")
    guards = _set_aside(schema_editor)
    _run(
        schema_editor,
        f"CREATE TABLE {LEDGER} (LIKE {WHOLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (start_ms)",
        f"CREATE TABLE {LEDGER}_default PARTITION OF {LEDGER} DEFAULT",
        *(
            f"CREATE TABLE {LEDGER}_{str(month).replace('-', '_')} PARTITION OF {LEDGER} "
            f"FOR VALUES FROM ({month.from_ms}) TO ({month.until_ms})"
            for month in _months_held(schema_editor)
        ),
        f"INSERT INTO {LEDGER} SELECT * FROM {WHOLE}",
        # NB: goes with the table, and with it the sequence of that name; nobody writes in between.
        f"DROP TABLE {WHOLE}",
        f"CREATE SEQUENCE {SEQUENCE} OWNED BY {LEDGER}.id",
        f"SELECT setval('{SEQUENCE}', coalesce(max(id), 0) + 1, false) FROM {LEDGER}",
        f"ALTER TABLE {LEDGER} ALTER COLUMN id SET DEFAULT nextval('{SEQUENCE}')",
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT viewing_entry_line_once PRIMARY KEY (session_id, line_index, start_ms)",
        *guards,
        # Sessions lie in the order they opened; this finds a month of them without an index to keep up.
        f"CREATE INDEX {OPENED} ON tracking_viewingsession USING brin (opened_ms)",
    )


def whole_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put one table in the place of the partitions; what was detached stays apart, in its bundle."""
    if schema_editor.connection.vendor != "postgresql":
        return
    _run(schema_editor, f"LOCK TABLE {LEDGER} IN ACCESS EXCLUSIVE MODE")
    ((highest,),) = _rows(schema_editor, f"SELECT coalesce(max(id), 0) + 1 FROM {LEDGER}")
    guards = _set_aside(schema_editor)
    _run(
        schema_editor,
        f"CREATE TABLE {LEDGER} (LIKE {WHOLE} INCLUDING CONSTRAINTS)",
        f"INSERT INTO {LEDGER} SELECT * FROM {WHOLE}",
        f"DROP SEQUENCE {SEQUENCE} CASCADE",  # what was detached still counts by it
        f"DROP TABLE {WHOLE}",
        f"ALTER TABLE {LEDGER} ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH {highest})",
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT {LEDGER}_pkey PRIMARY KEY (id)",
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT viewing_entry_line_once UNIQUE (session_id, line_index)",
        *guards,
        f"DROP INDEX {OPENED}",
    )


def forbid_emptying(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse TRUNCATE, which fires no row trigger; a test run says that it may (`hourbook.may_empty`)."""
    if schema_editor.connection.vendor != "postgresql":
        return
    partitions = _rows(
        schema_editor, f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{LEDGER}'::regclass"
    )
    _run(
        schema_editor,
        "CREATE OR REPLACE FUNCTION hourbook_refuse_emptying() RETURNS trigger AS $$ BEGIN "
        "IF coalesce(current_setting('hourbook.may_empty', true), '') <> 'on' THEN "
        "RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME; END IF; RETURN NULL; "
        "END; $$ LANGUAGE plpgsql",
        *(
            f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hourbook_refuse_emptying()"
            for name, table in (
                *((table, table) for table in NEVER_EMPTIED),
                *((LEDGER, table) for table in (LEDGER, *(row[0] for row in partitions))),
            )
        ),
    )


def allow_emptying(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers, wherever they stand."""
    if schema_editor.connection.vendor == "postgresql":
        _run(schema_editor, "DROP FUNCTION IF EXISTS hourbook_refuse_emptying() CASCADE")


def keep_archives(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let an archive's row be written once and detached once."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    guards = (
        ("UPDATE", f"UPDATE OF id, {ARCHIVE_FACTS}", "no_update", ""),
        ("DELETE", "DELETE", "no_delete", ""),
        ("UPDATE", "UPDATE", "detached_once", "WHEN (OLD.detached_at IS NOT NULL) "),
    )
    for operation, event, name, when in guards:
        act = (
            "EXECUTE FUNCTION hourbook_refuse_change()"
            if is_postgresql
            else f"BEGIN SELECT RAISE(ABORT, 'append-only: {operation} on {ARCHIVE} is refused'); END"
        )
        _run(
            schema_editor,
            f"CREATE TRIGGER {ARCHIVE}_{name} BEFORE {event} ON {ARCHIVE} FOR EACH ROW {when}{act}",
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tracking", "0004_seals_and_roots")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ViewingArchive",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.CharField(max_length=7, unique=True, verbose_name="month")),
                ("file_name", models.CharField(max_length=64, verbose_name="file name")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                ("session_count", models.PositiveIntegerField(verbose_name="sessions")),
                ("line_count", models.PositiveBigIntegerField(verbose_name="lines")),
                ("later_line_count", models.PositiveIntegerField(verbose_name="lines in the next month")),
                ("written_at", models.DateTimeField(verbose_name="written at")),
                ("detached_at", models.DateTimeField(blank=True, null=True, verbose_name="detached at")),
            ],
            options={
                "verbose_name": "viewing archive",
                "verbose_name_plural": "viewing archives",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("later_line_count__lte", models.F("line_count"))),
                        name="viewing_archive_later_lines_are_lines",
                    )
                ],
            },
        ),
        migrations.RunPython(keep_archives, migrations.RunPython.noop),
        migrations.RunPython(by_months, whole_again),
        migrations.RunPython(forbid_emptying, allow_emptying),
    ]
