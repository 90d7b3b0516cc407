"""Credentials as files: the name only for those who may read it, keys and lists for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from learning.actions import certificates, credentials
from learning.models import Certificate, Credential, Person
from learning.rules import signatures
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year
from tests.validators import open_badges

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def as_person(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(year: Year) -> str:
    return f"/me/certificates/{year.certificate.serial}.json"


def list_address(year: Year, purpose: str = "revocation") -> str:
    return f"/credentials/issuers/{year.bureau.pk}/status/0/{purpose}.json"


@pytest.mark.parametrize("role", ["person", "officer"])
def test_holder_and_issuing_officer_take_the_credential(role: str, year: Year) -> None:
    response = as_person(getattr(year, role)).get(address(year))

    assert (response.status_code, response["Content-Type"]) == (200, "application/vc")
    assert response["Content-Disposition"] == f'attachment; filename="{year.certificate.serial}.json"'
    assert response["Cache-Control"] == "no-store, private"
    assert open_badges.accept(json.loads(response.content), now=NOON)


def test_credential_is_the_same_in_both_languages(year: Year) -> None:
    client = as_person(year.person)

    assert client.get(address(year)).content == client.get(f"/en{address(year)}").content


def test_credential_is_nobody_elses(year: Year, cy: Person) -> None:
    assert as_person(cy).get(address(year)).status_code == 404
    assert as_person(year.auditor).get(address(year)).status_code == 404
    assert Client().get(address(year)).status_code == 302
    assert not Credential.objects.exists()


def test_page_that_was_changed_has_no_credential(year: Year) -> None:
    with connection.cursor() as cursor:
        at = " ON learning_certificate" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER learning_certificate_no_update{at}")
    page = year.certificate
    Certificate.objects.filter(pk=page.pk).update(facts={**page.facts, "public_centihours": 9_900})

    assert as_person(year.person).get(address(year)).status_code == 404


def test_certificate_page_offers_the_credential(year: Year) -> None:
    html = as_person(year.person).get(f"/me/certificates/{year.certificate.serial}/").content.decode()

    assert f'href="{address(year)}"' in html


def test_did_document_lists_the_present_key_and_retired_ones(year: Year, settings: Any) -> None:
    retired = signatures.public_key("an older seed")
    settings.RETIRED_SIGNING_PUBLIC_KEYS = [retired]
    response = Client().get(f"/credentials/issuers/{year.bureau.pk}/did.json")
    document = json.loads(response.content)

    assert (response.status_code, response["Content-Type"]) == (200, "application/did+json")
    assert document["id"] == f"did:web:127.0.0.1%3A8000:credentials:issuers:{year.bureau.pk}"
    assert len(document["verificationMethod"]) == 2
    assert document["assertionMethod"] == [method["id"] for method in document["verificationMethod"]]


def test_only_bureaus_issue(year: Year) -> None:
    assert Client().get(f"/credentials/issuers/{year.base.pk}/did.json").status_code == 404


def test_status_list_is_asked_for_again_and_answered_shortly(year: Year) -> None:
    credentials.of_certificate(certificate=year.certificate, by=None, now=NOON)
    first = Client().get(list_address(year))
    again = Client().get(list_address(year), headers={"If-None-Match": first["ETag"]})
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)
    changed = Client().get(list_address(year), headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    for response in (first, again, changed):
        assert response["Cache-Control"] == "public, no-cache"
        assert response["Access-Control-Allow-Origin"] == "*"


def test_status_list_costs_the_same_whatever_is_set(year: Year, django_assert_num_queries: Any) -> None:
    for _number in range(3):
        page = Certificate.objects.standing().get()
        credentials.of_certificate(certificate=page, by=None, now=NOON)
        certificates.reissue(certificate=page, by=year.officer, reason="other", now=NOON)

    with django_assert_num_queries(2):
        Client().get(list_address(year, "message"))


@pytest.mark.parametrize("purpose", ["suspension", "x"])
def test_there_is_no_list_of_another_purpose(purpose: str, year: Year) -> None:
    credentials.of_certificate(certificate=year.certificate, by=None, now=NOON)

    assert Client().get(list_address(year, purpose)).status_code == 404


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_keys_are_listed_with_the_time_they_signed(prefix: str, year: Year, settings: Any) -> None:
    credentials.of_certificate(certificate=year.certificate, by=None, now=NOON)
    old = signatures.public_key(settings.SIGNING_SEED)
    settings.SIGNING_SEED, settings.RETIRED_SIGNING_PUBLIC_KEYS = "another seed", [old]
    html = Client().get(f"{prefix}/verify/keys/").content.decode()

    assert signatures.public_key("another seed") in html
    assert old in html
    assert "2026-11-19" in html
    assert f"did:web:127.0.0.1%3A8000:credentials:issuers:{year.bureau.pk}" in html


def test_public_check_leads_to_the_keys_and_not_to_the_credential(year: Year) -> None:
    html = Client().get(f"/verify/{year.certificate.code}/").content.decode()

    assert 'href="/verify/keys/"' in html
    assert ".json" not in html
