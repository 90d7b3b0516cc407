"""Many rows by one statement: how a batch of rows reaches either database.

PostgreSQL takes a column of the whole batch as one array; Django's own way, a literal for every
value, costs more than the update itself. SQLite runs one prepared statement row by row. Knows no
table and no rule. Source: TRACKING §2 Storage.
"""

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from struct import pack_into
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

if TYPE_CHECKING:
    from psycopg import Connection

#: A column of whole numbers, none of them NULL: travels packed.
NUMBER: Final = "bigint"
NUMBER_OR_NULL: Final = "bigint or null"
#: A column of single letters, none of them NULL: travels as one word.
LETTER: Final = "letter"
TEXT: Final = "text"
BYTES: Final = "bytea"
BOOLEAN: Final = "boolean"

_ARRAY_OF: Final = {NUMBER: "%b::bigint[]", LETTER: "string_to_array(%t, NULL)"}

Row = tuple[Any, ...]
#: Names and kinds, in the order in which a row holds its values.
Columns = tuple[tuple[str, str], ...]

_INT8_OID: Final = 20
_INT8_ARRAY_OID: Final = 1016
_INT8_BYTES: Final = 8
_HEAD_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in both databases' words; in each, a row is named `new`."""

    columns: Columns
    on_sqlite: str
    on_postgresql: str


def updating(table: str, columns: Columns, *, sets: str, where: str) -> Statement:
    """Return an update; `sets` and `where` say `{column}` for a row's value and `live` for the stored row."""
    head = f"UPDATE {table} AS live SET {sets}"  # noqa: S608 -- names are the models' own
    return _in_both(columns, f"{head} WHERE {where}", f"{head} FROM {_unnested(columns)} WHERE {where}")


def inserting(table: str, columns: Columns, *, on_conflict: str) -> Statement:
    """Return an insert; `on_conflict` says what becomes of a row that is there already."""
    names = ", ".join(name for name, _kind in columns)
    values = ", ".join(f"{{{name}}}" for name, _kind in columns)
    head, tail = f"INSERT INTO {table} ({names})", f"ON CONFLICT {on_conflict}"
    selected = f"SELECT {values} FROM {_unnested(columns)}"  # noqa: S608 -- as above
    return _in_both(columns, f"{head} VALUES ({values}) {tail}", f"{head} {selected} {tail}")


def write(statement: Statement, rows: Sequence[Row]) -> int:
    """Run the statement for all rows, inside the caller's transaction; return how many rows it wrote.

    Raises: Error.
    """
    if not rows:
        return 0
    if connection.vendor == "postgresql":
        return _write_as_arrays(statement, rows)
    with connection.cursor() as cursor:
        cursor.executemany(statement.on_sqlite, rows)
        return int(cursor.rowcount)


def _in_both(columns: Columns, on_sqlite: str, on_postgresql: str) -> Statement:
    """Put in how each database names a value of the row."""
    names = [name for name, _kind in columns]
    return Statement(
        columns,
        on_sqlite.format(**{name: f"?{number}" for number, name in enumerate(names, 1)}),
        on_postgresql.format(**{name: f"new.{name}" for name in names}),
    )


def _unnested(columns: Columns) -> str:
    """Return the batch as PostgreSQL sees it: an array for each column, side by side."""
    arrays = ", ".join(_ARRAY_OF.get(kind, f"%t::{kind.split()[0]}[]") for _name, kind in columns)
    return f"unnest({arrays}) AS new ({', '.join(name for name, _kind in columns)})"


# PostgreSQL -----------------------------------------------------------------------


def _write_as_arrays(statement: Statement, rows: Sequence[Row]) -> int:
    """Send the batch column by column, to a statement the server keeps prepared."""
    import psycopg  # noqa: PLC0415 -- an extra of production; SQLite runs without it

    columns = zip(*rows, strict=True)
    sent = [_sent(column, kind) for column, (_name, kind) in zip(columns, statement.columns, strict=True)]
    raw: Connection[Any] = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        cursor.adapters.register_dumper(array, _packing_dumper())
        cursor.execute(statement.on_postgresql.encode(), sent, prepare=True)
        return cursor.rowcount


def _sent(column: Row, kind: str) -> Any:
    """Return a column as its parameter."""
    if kind is NUMBER:
        return array("q", column)
    return "".join(column) if kind is LETTER else list(column)


@cache
def _packing_dumper() -> Any:
    """Return the class by which psycopg sends an `array('q')` as a bigint[]."""
    from psycopg.adapt import Dumper  # noqa: PLC0415 -- as above
    from psycopg.pq import Format  # noqa: PLC0415 -- as above

    class PackingDumper(Dumper):
        format, oid = Format.BINARY, _INT8_ARRAY_OID

        def dump(self, obj: "array[int]") -> bytearray:
            return packed(obj)

    return PackingDumper


def packed(numbers: "array[int]") -> bytearray:
    """Return whole numbers as PostgreSQL's binary bigint[]: a head, then length and value of each.

    Copied in three strides of four bytes, since a call for each number would cost more than its update.
    Source: PostgreSQL, array_recv (one dimension, no NULL, from index 1).
    """
    size = len(numbers)
    out = bytearray(_HEAD_BYTES + (4 + _INT8_BYTES) * size)
    pack_into(">iiIii", out, 0, 1, 0, _INT8_OID, size, 1)
    values, lengths = array("q", numbers), array("i", [_INT8_BYTES]) * size
    if sys.byteorder == "little":
        values.byteswap()
        lengths.byteswap()
    body, halves = memoryview(out)[_HEAD_BYTES:].cast("i"), memoryview(values).cast("B").cast("i")
    body[0::3], body[1::3], body[2::3] = memoryview(lengths), halves[0::2], halves[1::2]
    return out
