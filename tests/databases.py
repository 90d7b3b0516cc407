"""The test database: migrated once, copied for each worker, put back after each test that committed.

Migrating takes ten seconds and Django's own flush a fifth of one, after each such test; a copy takes
neither. The template lasts until a migration, a rule it may call or a dependency changes. What a
test committed is undone to the row: on SQLite the template's pages are written over it, triggers and
all; on PostgreSQL, where connections must live on, tables are emptied and what the migrations laid
is laid again from a schema of its own. Knows nothing of what the tables mean.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "var" / "tests"
#: Laid by `migrate` itself, changed by no test.
STANDING = ("django_migrations", "django_content_type", "auth_permission")
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
    ORDER BY relname
"""


def lay() -> None:
    """Give this worker a database of its own, under its own name."""
    creation: Any = connection.creation
    test, name = connection.settings_dict["TEST"], creation._get_test_db_name()
    test["TEMPLATE"] = template()
    if connection.vendor == "sqlite":
        # NB: the journal of a run that was killed would be played into the copy.
        for leftover in (f"{name}-wal", f"{name}-shm"):
            Path(leftover).unlink(missing_ok=True)
        shutil.copyfile(test["TEMPLATE"], name)
    else:
        creation._create_test_db(verbosity=0, autoclobber=True)
    _turn_to(name)


def template() -> str:
    """Return the name of the migrated database; who asks first makes it."""
    digest = _digest()
    with _turn():
        return _sqlite_template(digest) if connection.vendor == "sqlite" else _postgresql_template(digest)


def put_back() -> None:
    """Undo what a test committed."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        template = f"file:{connection.settings_dict['TEST']['TEMPLATE']}?mode=ro&immutable=1"
        with closing(sqlite3.connect(template, uri=True)) as laid:
            laid.backup(connection.connection, progress=_gives_up_on_a_lock)
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_putting_back())


def _gives_up_on_a_lock(status: int, _left: int, _total: int) -> None:
    """The connection has waited as long as it waits; `backup` by itself would wait for ever."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise RuntimeError("a thread of the test holds the database")


@cache
def _putting_back() -> str:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name not in STANDING]
        cursor.execute(TABLES.replace("public", "laid"))
        laid = [name for (name,) in cursor.fetchall()]
    return ";\n".join(
        [
            "SET LOCAL lock_timeout = '20s'",
            # No trigger fires: neither the guards of what is append-only nor the references.
            "SET LOCAL session_replication_role = replica",
            *(f'DELETE FROM "{name}"' for name in tables),  # noqa: S608
            *(f'INSERT INTO "{name}" SELECT * FROM laid."{name}"' for name in laid),  # noqa: S608
        ]
    )


def _sqlite_template(digest: str) -> str:
    made, draft = TEMPLATES / f"migrated_{digest}.sqlite3", TEMPLATES / f"migrating_{digest}.sqlite3"
    if not made.exists():
        with _migrated(str(draft)):
            pass
        draft.rename(made)
    return str(made)


def _postgresql_template(digest: str) -> str:
    creation: Any = connection.creation
    made, draft = f"migrated_{digest}", f"migrating_{digest}"
    with creation._nodb_cursor() as cursor:
        if not creation._database_exists(cursor, made):
            with _migrated(draft):
                _keep_what_was_laid()
            cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{made}"')
    return made


@contextmanager
def _migrated(draft: str) -> Iterator[None]:
    """Migrate a database under a name of its own, so that one half made is never taken for a template."""
    test, before = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(test, "NAME", draft)
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        yield
    _turn_to(before)


def _keep_what_was_laid() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name not in STANDING]
        cursor.execute("CREATE SCHEMA laid")
        for name in tables:
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{name}")')  # noqa: S608
            if cursor.fetchone() == (True,):
                cursor.execute(f'CREATE TABLE laid."{name}" AS TABLE "{name}"')


def _turn_to(name: str | Path) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _digest() -> str:
    """Return what the migrations and all they may call come to."""
    sources = sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/rules/*.py"), ROOT / "uv.lock"])
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


@contextmanager
def _turn() -> Iterator[None]:
    """Wait while another worker makes the template."""
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    with (TEMPLATES / f"{connection.vendor}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
