"""Partitions of the ledger on PostgreSQL: one a Beijing month, and a default for what has none.

Knows the statements; when to run them is `actions.partitions` and `actions.archives`. Every
change of shape waits two seconds for its lock at most, since whoever waits for one holds up all
who come after. Source: TRACKING §4 Size, RELIABILITY R17.
"""
# ruff: noqa: S608 -- the names put into statements are this module's own

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction

from tracking.rules.months import Month

LEDGER: Final = "tracking_viewingentry"
_DEFAULT: Final = f"{LEDGER}_default"
_LOCK_WAIT: Final = "2s"
#: An advisory lock's name: two workers do not shape the ledger at once.
_SHAPING: Final = 0x484F5552


def are_kept() -> bool:
    """Say whether this database keeps the ledger in partitions: SQLite has one table, PostgreSQL had before 0005."""
    if connection.vendor != "postgresql":
        return False
    return bool(_column("SELECT 1 FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'p'", LEDGER))


@contextmanager
def shaping() -> Iterator[None]:
    """Change the ledger's shape in one transaction, alone, and with little patience.

    Raises: OperationalError, when a lock is not to be had in time; nothing has changed then.
    """
    with transaction.atomic():
        _run(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'", f"SELECT pg_advisory_xact_lock({_SHAPING})")
        yield


def months() -> set[Month]:
    """Return the months that have a partition."""
    names = _column(
        f"SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid "
        f"WHERE inhparent = '{LEDGER}'::regclass AND child.relname ~ '^{LEDGER}_[0-9]{{4}}_[0-9]{{2}}$'"
    )
    return {Month.parse(name.removeprefix(f"{LEDGER}_").replace("_", "-")) for name in names}


def name_of(month: Month) -> str:
    """Return the name of a month's partition."""
    return f"{LEDGER}_{_suffix(month)}"


def archived_name_of(month: Month) -> str:
    """Return the name of the table a month's partition becomes when it is detached."""
    return f"{LEDGER}_archived_{_suffix(month)}"


def make(month: Month) -> None:
    """Make a month's partition; inside `shaping`.

    NB: attached rather than created in place, which would keep every reader and writer waiting;
    so only the default partition, which is scanned for the month's rows, is locked.
    Raises: IntegrityError, when the default partition holds rows of the month.
    """
    name = name_of(month)
    _run(
        f"CREATE TABLE {name} (LIKE {LEDGER} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
        _no_truncate(name),
        f"ALTER TABLE {LEDGER} ATTACH PARTITION {name} FOR VALUES FROM ({month.from_ms}) TO ({month.until_ms})",
    )


def count_in_default(*, limit: int | None) -> int:
    """Return how many rows have no month, counting no further than `limit`."""
    return int(_column(f"SELECT count(*) FROM (SELECT 1 FROM {_DEFAULT} LIMIT %s) AS strays", limit)[0])


def months_in_default(earliest: Month, latest: Month) -> set[Month]:
    """Return the months of the rows that have no month of their own, asked month by month."""
    found: set[Month] = set()
    month = earliest
    while month <= latest:
        sql = f"SELECT min(start_ms) FROM {_DEFAULT} WHERE start_ms >= %s AND start_ms < %s"
        (at_ms,) = _column(sql, month.from_ms, latest.until_ms)
        if at_ms is None:
            break
        found.add(Month.of(at_ms))
        month = Month.of(at_ms).plus(1)
    return found


def move_out_of_default(missing: set[Month]) -> int:
    """Make the missing months' partitions and let every row of the default one find its place; return how many moved.

    No row is updated or deleted: the old default partition is detached, copied back through the
    parent, counted, and dropped whole. Inside `shaping`; readers wait while the rows are copied.
    """
    old = f"{_DEFAULT}_old"
    _run(
        f"ALTER TABLE {LEDGER} DETACH PARTITION {_DEFAULT}",
        f"ALTER TABLE {_DEFAULT} RENAME TO {old}",
        f"ALTER INDEX {_DEFAULT}_pkey RENAME TO {old}_pkey",
        f"CREATE TABLE {_DEFAULT} PARTITION OF {LEDGER} DEFAULT",
        _no_truncate(_DEFAULT),
    )
    for month in sorted(missing):
        make(month)
    _run("SET CONSTRAINTS ALL IMMEDIATE")  # a check put off would forbid the drop
    held = int(_column(f"SELECT count(*) FROM {old}")[0])
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {LEDGER} SELECT * FROM {old}")
        copied = cursor.rowcount
    if copied != held:
        raise RuntimeError(f"{held} rows were to be moved, {copied} were.")
    _run(f"DROP TABLE {old}")
    return held - count_in_default(limit=None)


def hold_still(month: Month) -> None:
    """Let nobody write to a month's partition until the transaction ends; inside `shaping`."""
    _run(f"LOCK TABLE ONLY {name_of(month)} IN SHARE MODE")


def count_in(month: Month) -> int:
    """Return how many rows a month's partition holds."""
    return int(_column(f"SELECT count(*) FROM ONLY {name_of(month)}")[0])


def detach(month: Month) -> str:
    """Take a month's partition out of the ledger and return its table's name; inside `shaping`.

    The table keeps its rows and, made anew, its triggers: to drop it is its owner's own act.
    """
    name, archived = name_of(month), archived_name_of(month)
    _run(
        f"ALTER TABLE {LEDGER} DETACH PARTITION {name}",
        f"ALTER TABLE {name} RENAME TO {archived}",
        *(
            f"CREATE TRIGGER {LEDGER}_no_{operation.lower()} BEFORE {operation} ON {archived} "
            "FOR EACH ROW EXECUTE FUNCTION hourbook_refuse_change()"
            for operation in ("UPDATE", "DELETE")
        ),
    )
    return archived


def _suffix(month: Month) -> str:
    return str(month).replace("-", "_")


def _no_truncate(table: str) -> str:
    """Return the one trigger that a partition does not get from its parent."""
    return (
        f"CREATE TRIGGER {LEDGER}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION hourbook_refuse_emptying()"
    )


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _column(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]
