"""Who is who, and who may do what."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from learning import access
from learning.models import Membership, Organisation, Person, Role
from tests.factories import learning as make
from tests.factories import years

pytestmark = pytest.mark.django_db
ID_NUMBER = "41020219850101002X"


@pytest.fixture
def chen() -> Person:
    return make.PersonFactory(email="Chen@example.test", phone="13800000001", full_name="陈慧")


@pytest.fixture
def identified(chen: Person) -> Person:
    chen.set_id_number(ID_NUMBER)
    chen.save()
    return chen


@pytest.mark.parametrize(
    "identifier",
    [
        "chen@example.test",
        " CHEN@EXAMPLE.TEST ",
        "13800000001",
        "138 0000 0001",
        "138-0000-0001",
        "+86 138 0000 0001",
        "１３８０００００００１",
        ID_NUMBER,
        ID_NUMBER.lower(),
    ],
)
def test_find_by_identifier_knows_every_name_of_a_person(identified: Person, identifier: str) -> None:
    assert access.find_by_identifier(identifier) == identified


@pytest.mark.parametrize("identifier", ["", "   ", "nobody@example.test", "13800000002", "陈慧", "1380000000"])
def test_find_by_identifier_finds_nobody_else(identified: Person, identifier: str) -> None:
    assert access.find_by_identifier(identifier) is None


def test_authenticate_asks_for_the_password(identified: Person) -> None:
    backend = access.IdentifierBackend()

    assert backend.authenticate(None, identifier=ID_NUMBER, password=make.PASSWORD) == identified
    assert backend.authenticate(None, identifier=ID_NUMBER, password="wrong") is None
    assert backend.authenticate(None, identifier="nobody@example.test", password=make.PASSWORD) is None


def test_authenticate_refuses_a_deactivated_person(identified: Person) -> None:
    Person.objects.filter(pk=identified.pk).update(is_active=False)

    assert access.IdentifierBackend().authenticate(None, identifier=ID_NUMBER, password=make.PASSWORD) is None


def test_signed_in_refuses_the_anonymous() -> None:
    request = RequestFactory().get("/")
    request.user = None  # type: ignore[assignment]

    with pytest.raises(PermissionDenied):
        access.signed_in(request)


def test_may_audit_and_confirm_only_in_the_right_office_and_never_ones_own() -> None:
    year = years.fulfilled_year(stop_at="earned")
    entry = year.entries[0]
    Membership.objects.create(person=year.person, organisation=year.base, role=Role.AUDITOR)
    other: Organisation = make.BaseFactory()
    stranger = years.member(other, Role.AUDITOR)

    assert access.may_audit(year.auditor, entry)
    assert not access.may_audit(year.person, entry)
    assert not access.may_audit(stranger, entry)
    assert access.may_confirm(year.officer, entry)
    assert not access.may_confirm(year.auditor, entry)


def test_may_resubmit_only_ones_own() -> None:
    year = years.fulfilled_year(stop_at="earned")

    assert access.may_resubmit(year.person, year.entries[0])
    assert not access.may_resubmit(year.auditor, year.entries[0])


def test_an_address_is_found_by_its_index_however_it_is_written(ada: Person) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = access.find_by_identifier("ADA@Example.TEST")

    assert found == ada
    assert "person_email_any_case" in _plan(asked[0]["sql"])


def _plan(sql: str) -> str:
    """Return how the database would answer, were the table long."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        return str(cursor.fetchall())
