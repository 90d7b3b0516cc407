"""Rows written past the ORM, a table at a time: COPY on PostgreSQL, `executemany` on SQLite.

Writes every column of a model, defaults included, so that a column that comes later needs no word
here. Asks no `save`, sends no signal; the database's own constraints and triggers hold as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from django.core.management.color import no_style
from django.db import connection, models

#: Fields whose values a database wants in a form of its own.
_CONVERTED: Final[dict[str, tuple[type[models.Field[Any, Any]], ...]]] = {
    "postgresql": (models.JSONField,),
    "sqlite": (models.JSONField, models.DateField),
}


def write(rows: Sequence[models.Model]) -> int:
    """Write rows of one table and return how many; rows without a number get one from the database."""
    if not rows:
        return 0
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not (field.primary_key and rows[0].pk is None)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    if connection.vendor == "postgresql":
        _copy(f'COPY "{meta.db_table}" ({names}) FROM STDIN', _values(rows, fields))
    else:
        marks = ", ".join(["%s"] * len(fields))
        _insert(f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({marks})', _values(rows, fields))  # noqa: S608 -- names are the model's own
    return len(rows)


def _copy(statement: str, values: Iterable[list[Any]]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as out:
        for row in values:
            out.write_row(row)


def _insert(statement: str, values: Iterable[list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(values))


def _values(rows: Iterable[models.Model], fields: Sequence[models.Field[Any, Any]]) -> Iterator[list[Any]]:
    read = attrgetter(*(field.attname for field in fields))
    kinds = _CONVERTED[connection.vendor]
    converted = [(place, field) for place, field in enumerate(fields) if isinstance(field, kinds)]
    for row in rows:
        values = list(read(row))
        for place, field in converted:
            values[place] = field.get_db_prep_save(values[place], connection)
        yield values


def first_free(model: type[models.Model]) -> int:
    """Return the number after the highest one a row has."""
    highest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return int(highest or 0) + 1


def follow(written: Iterable[type[models.Model]]) -> None:
    """Let the database number on after what was written with numbers of its own."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(written)):
            cursor.execute(statement)


def let_the_planner_know() -> None:
    """Tell the database what the tables hold, as its own sweep would within the minute."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
