"""Who may sign in how often: wrong passwords are counted, right ones are not."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from learning.models import Person
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


@pytest.mark.parametrize(("front", "language"), [("", "zh-Hans"), ("/en", "en")])
def test_a_password_changed_too_often_is_refused_in_the_reader_s_words(front: str, language: str, ada: Person) -> None:
    client = Client()
    client.force_login(ada)
    typed = {"oldpassword": make.PASSWORD, "password1": "short", "password2": "short"}

    answers = [client.post(f"{front}/accounts/password/", typed) for _try in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    page = answers[5].content.decode()
    assert f'<html lang="{language}"' in page
    assert f'href="{front}/me/"' in page
