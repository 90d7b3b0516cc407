"""Persons: an ID number is found and never legible in the database."""

import pytest
from django.db import connection
from django.test import override_settings

from learning.access import find_by_identifier
from learning.models import Person
from learning.models.person import open_id_number, seal_id_number
from tests.factories import learning as make

NUMBER = "41020219900815002X"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "identifier", ["ada@example.test", "ADA@example.test", "13800000001", "138-0000 0001", NUMBER, NUMBER.lower()]
)
def test_find_by_identifier_takes_each_of_the_three(identifier: str) -> None:
    ada = make.PersonFactory(email="ada@example.test", phone="13800000001")
    ada.set_id_number(NUMBER)
    ada.save()
    make.PersonFactory()

    assert find_by_identifier(identifier) == ada


@pytest.mark.django_db
@pytest.mark.parametrize("identifier", ["", " ", "nobody@example.test", "41020219900815003X"])
def test_find_by_identifier_finds_nobody_else(identifier: str) -> None:
    make.PersonFactory(phone=None)

    assert find_by_identifier(identifier) is None


@pytest.mark.django_db
def test_the_database_holds_no_legible_id_number() -> None:
    ada = make.PersonFactory()
    ada.set_id_number(NUMBER)
    ada.save()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM learning_person WHERE id = %s", [ada.pk])
        row = "|".join(map(str, cursor.fetchone()))
    assert NUMBER not in row
    assert Person.objects.get(pk=ada.pk).masked_id_number() == "410*************2X"


def test_seal_is_never_the_same_twice_and_opens_again() -> None:
    first, second = seal_id_number(NUMBER), seal_id_number(NUMBER.lower())

    assert first != second
    assert open_id_number(first) == open_id_number(second) == NUMBER


def test_a_retired_key_still_opens_and_a_lost_one_says_so() -> None:
    sealed = seal_id_number(NUMBER)

    from django.conf import settings  # noqa: PLC0415 -- read inside the override

    with override_settings(FIELD_ENCRYPTION_KEYS=["a-newer-key", *settings.FIELD_ENCRYPTION_KEYS]):
        assert open_id_number(sealed) == NUMBER
    with override_settings(FIELD_ENCRYPTION_KEYS=["another"]), pytest.raises(KeyError):
        open_id_number(sealed)
