"""Rows past the ORM: what is written is what the models said, by either way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from learning.management.load import rows
from learning.models import Evidence, Membership, Person
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db

FACTS = {"title_zh": "职业\t道德\n与\\学术", "centihours": 1_200, "list": [1, None, "’"], "flag": True}
LATE = dt.datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=dt.UTC)


def evidence(person: Person, number: int, **facts: Any) -> Evidence:
    said: dict[str, Any] = {"kind": "claimed", "facts": FACTS, "digest": "0" * 63 + str(number), "recorded_at": LATE}
    return Evidence(pk=number, person_id=person.pk, **(said | facts))


def columns(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_what_is_written_is_read_again() -> None:
    person = make.PersonFactory()
    held = [evidence(person, 7), evidence(person, 8, facts={}, recorded_at=NOON)]

    assert rows.write(held) == 2

    assert [columns(row) for row in Evidence.objects.order_by("pk")] == [columns(row) for row in held]


def test_copy_writes_what_an_insert_writes() -> None:
    person = make.PersonFactory()
    by_copy, by_insert = [evidence(person, 7)], [evidence(person, 8)]
    rows.write(by_copy)
    Evidence.objects.bulk_create(by_insert)

    found = [columns(row) | {"id": 0, "digest": ""} for row in Evidence.objects.order_by("pk")]
    assert found[0] == found[1]


def test_rows_without_a_number_get_one_and_nothing_is_written_of_nothing() -> None:
    person, body = make.PersonFactory(), make.OrganisationFactory()

    assert rows.write([]) == 0
    rows.write([Membership(person_id=person.pk, organisation_id=body.pk, role=role) for role in ("clerk", "auditor")])

    assert Membership.objects.filter(pk__gt=0).count() == 2


def test_the_database_numbers_on_after_what_was_written() -> None:
    person = make.PersonFactory()
    first = rows.first_free(Evidence)
    rows.write([evidence(person, first), evidence(person, first + 1)])
    rows.follow([Evidence])

    fresh = Evidence.objects.create(person=person, kind="claimed", facts={}, digest="f" * 64, recorded_at=NOON)

    assert fresh.pk == rows.first_free(Evidence) - 1 == first + 2


def test_the_database_still_refuses_a_second_row_of_one_number() -> None:
    person = make.PersonFactory()

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.write([evidence(person, 1), evidence(person, 1)])


def test_the_database_still_refuses_a_row_that_points_at_nobody() -> None:
    rows.write([evidence(Person(pk=4_711), 1)])

    with pytest.raises(IntegrityError):
        connection.check_constraints()

    connection.set_rollback(rollback=True)
