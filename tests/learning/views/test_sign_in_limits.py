"""Who may sign in how often: wrong passwords are counted, right ones are not."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import learning as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_try_is_remembered() -> None:
    cache.clear()


def test_a_whole_class_signs_in_from_one_address_within_a_minute() -> None:
    people = [make.PersonFactory(email=f"trainee{number}@example.test") for number in range(60)]

    answers = [
        Client().post("/accounts/login/", {"login": person.email, "password": make.PASSWORD}) for person in people
    ]

    assert {answer.status_code for answer in answers} == {302}


def test_wrong_passwords_for_many_accounts_are_counted_by_address() -> None:
    def guess(number: int) -> str:
        response = Client().post("/accounts/login/", {"login": f"someone{number}@example.test", "password": "wrong"})
        return str(response.content.decode())

    said = [guess(number) for number in range(31)]

    assert ["密码输错次数太多" in page for page in said] == [False] * 30 + [True]
