"""The cast, the clock and the database's two oddities; everything else is a factory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

# NB: not from .operations, which is a circle on PostgreSQL.
from django.db.backends.sqlite3.base import DatabaseOperations  # type: ignore[attr-defined]

from learning.models import Membership, Organisation, Person, Role
from tests.factories import learning as make


@pytest.fixture(scope="session", autouse=True)
def _flush_lifts_the_append_only_guard() -> Iterator[None]:
    """Let the test runner empty append-only tables on SQLite, whose flush is a DELETE.

    The triggers are dropped and put back in the same call: no test ever runs
    without them. PostgreSQL truncates, which fires no row trigger.
    """
    original = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            original(self, sql_list)
            for _name, sql in triggers:
                cursor.execute(sql)

    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign,assignment]
    yield
    DatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture
def noon() -> dt.datetime:
    return make.NOON


@pytest.fixture
def ada(db: None) -> Person:
    """ada learns."""
    return make.PersonFactory(full_name="阿达", full_name_en="Ada", email="ada@example.test")


@pytest.fixture
def unit(db: None) -> Organisation:
    """The organisation ada works for."""
    return make.OrganisationFactory(slug="adas-unit")


@pytest.fixture
def ben(unit: Organisation, ada: Person) -> Person:
    """ben manages ada's organisation."""
    ben = make.PersonFactory(full_name="本", full_name_en="Ben", email="ben@example.test", title_level="")
    Membership.objects.create(person=ada, organisation=unit, role=Role.EMPLOYEE)
    Membership.objects.create(person=ben, organisation=unit, role=Role.ADMINISTRATOR)
    return ben


@pytest.fixture
def cy(db: None) -> Person:
    """cy is an outsider and must see nothing."""
    return make.PersonFactory(full_name="赛", full_name_en="Cy", email="cy@example.test")


@pytest.fixture
def requirement(db: None) -> Any:
    """Kaifeng's rule of 2026 for the intermediate level."""
    return make.RequirementFactory()


@pytest.fixture
def bureau(db: None) -> Organisation:
    """Kaifeng's bureau, which confirms ada's hours."""
    return make.BureauFactory(slug="kaifeng")
