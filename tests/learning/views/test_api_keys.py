"""An office's interface keys: for those who keep them, shown once, revoked here."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from learning.actions import api_keys
from learning.models import ApiKey, Organisation, Person, Role
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import member

pytestmark = pytest.mark.django_db
ADDRESS = "/bureau/keys/"


@pytest.fixture
def officer(bureau: Organisation) -> Person:
    return member(bureau, Role.OFFICER)


def as_person(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def form(bureau: Organisation, **changes: str) -> dict[str, str]:
    usual = {"do": "make", "organisation": str(bureau.pk), "label": "职称评审", "scope": "title_review", "days": "90"}
    return usual | changes


def test_made_key_is_shown_once_and_opens_its_door(officer: Person, bureau: Organisation) -> None:
    client = as_person(officer)
    html = client.post(ADDRESS, form(bureau)).content.decode()
    found = re.search(r'value="(hourbook_[^"]+)"', html)

    assert found
    assert api_keys.presented(found[1], scope="title_review", now=NOON) == ApiKey.objects.get()
    assert found[1] not in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    "changes", [{"label": ""}, {"days": "9999"}, {"scope": "everything"}, {"organisation": "0"}], ids=str
)
def test_form_that_is_wrong_makes_no_key(changes: dict[str, str], officer: Person, bureau: Organisation) -> None:
    response = as_person(officer).post(ADDRESS, form(bureau, **changes))

    assert response.status_code == 422
    assert not ApiKey.objects.exists()


def test_another_offices_key_is_neither_made_nor_revoked(officer: Person, bureau: Organisation) -> None:
    other = make.BureauFactory(slug="another-bureau")
    theirs = member(other, Role.OFFICER)
    as_person(theirs).post(ADDRESS, form(other))
    key = ApiKey.objects.get()

    assert as_person(officer).post(ADDRESS, form(other)).status_code == 422
    assert as_person(officer).post(ADDRESS, {"do": "revoke", "key": key.name}).status_code == 404
    assert key.name not in as_person(officer).get(ADDRESS).content.decode()
    key.refresh_from_db()
    assert key.revoked_at is None


def test_revoking_twice_changes_nothing(officer: Person, bureau: Organisation) -> None:
    client = as_person(officer)
    client.post(ADDRESS, form(bureau))
    key = ApiKey.objects.get()

    answers = [client.post(ADDRESS, {"do": "revoke", "key": key.name}) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    key.refresh_from_db()
    assert (key.revoked_by, key.revoked_at) == (officer, NOON)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CLERK, Role.EMPLOYEE])
def test_page_is_not_there_for_others(role: Role, bureau: Organisation) -> None:
    assert as_person(member(bureau, role)).get(ADDRESS).status_code == 404


def test_administrator_of_a_base_keeps_no_keys() -> None:
    base = make.BaseFactory(slug="a-base")

    assert as_person(member(base, Role.ADMINISTRATOR)).get(ADDRESS).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_with_more_keys(
    count: int, officer: Person, bureau: Organisation, django_assert_num_queries: Any
) -> None:
    client = as_person(officer)
    for _number in range(count):
        client.post(ADDRESS, form(bureau))

    with django_assert_num_queries(9):
        client.get(ADDRESS)
