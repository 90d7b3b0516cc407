"""Credentials: prepared before they are signed, signed once, taken by validators that are not ours."""

from __future__ import annotations

import copy
import datetime as dt
import threading
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction

from learning.actions import certificates, credentials
from learning.models import AuditLogEntry, Certificate, Credential
from learning.rules import data_integrity, signatures
from learning.rules.status_lists import LENGTH
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year
from tests.validators import linked_data, open_badges

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def issued(year: Year, now: dt.datetime = NOON) -> Credential:
    return credentials.of_certificate(certificate=year.certificate, by=year.person, now=now)


FORGERIES: dict[str, Any] = {
    "more hours": lambda doc: doc["credentialSubject"].update(creditsEarned=99),
    "another name": lambda doc: doc["credentialSubject"]["identifier"][0].update(identityHash="李强"),
    "another year": lambda doc: doc["credentialSubject"].update(term="2027"),
    "another issuer": lambda doc: doc["issuer"].update(id="did:web:elsewhere.example"),
    "another issuer's name": lambda doc: doc["issuer"].update(name="兰考县人力资源和社会保障局"),
    "a word no context knows": lambda doc: doc["credentialSubject"].update(grade="A"),
    "another place in the list": lambda doc: doc["credentialStatus"][0].update(statusListIndex="7"),
    "no status": lambda doc: doc.pop("credentialStatus"),
    "no proof": lambda doc: doc.pop("proof"),
}


def forged(document: dict[str, Any], how: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    FORGERIES[how](changed)
    return changed


def signed_by_a_stranger(document: dict[str, Any]) -> dict[str, Any]:
    """Return a credential that claims our key's name and is signed by another."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    strange = data_integrity.secured(bare, seed="a stranger's seed", did=document["issuer"]["id"], at=NOON)
    strange["proof"]["verificationMethod"] = document["proof"]["verificationMethod"]
    return strange


def test_credential_says_what_the_page_says(year: Year) -> None:
    document = issued(year).document
    subject = document["credentialSubject"]

    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["id"] == f"http://127.0.0.1:8000/verify/{year.certificate.code}/"
    assert document["issuer"]["name"] == "开封市人力资源和社会保障局"
    assert document["validFrom"] == "2026-11-19T04:00:00Z"
    assert [item["identityHash"] for item in subject["identifier"]] == [
        "陈慧",
        year.certificate.facts["holder_id_masked"],
        year.certificate.book.number,
    ]
    assert (subject["creditsEarned"], subject["achievement"]["creditsAvailable"]) == (88, 86)
    assert [result["value"] for result in subject["result"]] == ["26.0", "62.0"]
    assert year.certificate.digest in document["evidence"][0]["description"]
    assert "410203198802032626" not in str(document)


def test_credential_is_taken_by_the_open_badges_validator(year: Year) -> None:
    badge = open_badges.accept(issued(year).document, now=NOON)

    assert badge.issuer.name == "开封市人力资源和社会保障局"
    assert badge.achievement.achievement_type == "CertificateOfCompletion"


@pytest.mark.parametrize("how", FORGERIES)
def test_forged_credential_is_refused_by_the_open_badges_validator(how: str, year: Year) -> None:
    document = forged(issued(year).document, how)

    with pytest.raises((open_badges.Refused, KeyError)):
        open_badges.accept(document, now=NOON)


def test_credential_signed_by_a_stranger_is_refused(year: Year) -> None:
    with pytest.raises(open_badges.Refused, match="signature mismatch"):
        open_badges.accept(signed_by_a_stranger(issued(year).document), now=NOON)


def test_revoked_credential_is_refused_at_once(year: Year) -> None:
    document = issued(year).document
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)

    with pytest.raises(open_badges.Refused, match="'revocation' is set"):
        open_badges.accept(document, now=NOON)


def test_replaced_credential_stays_genuine(year: Year) -> None:
    document = issued(year).document
    certificates.reissue(certificate=year.certificate, by=year.officer, reason="name_corrected", now=NOON)

    assert open_badges.accept(document, now=NOON)


def test_page_revoked_before_it_was_asked_for_gets_a_revoked_credential(year: Year) -> None:
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)

    with pytest.raises(open_badges.Refused, match="'revocation' is set"):
        open_badges.accept(issued(year).document, now=NOON)


def test_credential_of_an_odd_name_and_parts_of_an_hour_is_taken() -> None:
    document = issued(odd_year()).document

    assert document["credentialSubject"]["creditsEarned"] == 88.5
    assert open_badges.accept(document, now=NOON)


def odd_year() -> Year:
    person = make.PersonFactory(full_name='欧阳𠮷·"娜"\\é', full_name_en="Ouyang Ji")
    return fulfilled_year(person=person, professional_centihours=6_250)


@pytest.mark.slow
def test_reference_verifier_of_another_language_agrees() -> None:
    year = odd_year()
    document = issued(year).document

    assert linked_data.judge(document, now=NOON) == {
        "verified": True,
        "statuses": {"revocation": False, "message": False},
        "error": "",
    }
    for how in ("more hours", "another name", "a word no context knows", "no proof"):
        assert not linked_data.judge(forged(document, how), now=NOON)["verified"], how
    assert not linked_data.judge(signed_by_a_stranger(document), now=NOON)["verified"]
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)
    assert linked_data.judge(document, now=NOON)["statuses"] == {"revocation": True, "message": False}


def test_second_call_returns_the_same_credential(year: Year) -> None:
    first, second = issued(year), issued(year, LATER)

    assert first.document == second.document
    assert second.signed_at == NOON
    assert AuditLogEntry.objects.filter(action="credential.sign").count() == 1


def test_credential_prepared_before_a_crash_is_signed_as_it_was_prepared(year: Year) -> None:
    with mock.patch.object(data_integrity, "secured", side_effect=RuntimeError), pytest.raises(RuntimeError):
        issued(year)
    prepared = Credential.objects.get()
    assert (prepared.proof, prepared.signed_at, prepared.public_key) == (None, None, "")

    held = issued(year, LATER)

    assert (held.pk, held.position, held.claims) == (prepared.pk, prepared.position, prepared.claims)
    assert open_badges.accept(held.document, now=LATER)


def test_taken_place_is_drawn_again(year: Year) -> None:
    taken = issued(year).position
    fresh = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=NOON)
    with mock.patch("learning.actions.credentials.secrets.randbelow", side_effect=[taken, taken, (taken + 1) % LENGTH]):
        other = credentials.of_certificate(certificate=fresh, by=None, now=NOON)

    assert other.position == (taken + 1) % LENGTH


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_sign_one_credential() -> None:
    year = fulfilled_year()
    certificate = year.certificate
    barrier = threading.Barrier(2)
    documents: list[dict[str, Any]] = []

    def ask() -> None:
        barrier.wait()
        documents.append(credentials.of_certificate(certificate=certificate, by=None, now=NOON).document)
        connection.close()

    threads = [threading.Thread(target=ask) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert documents[0] == documents[1]
    assert AuditLogEntry.objects.filter(action="credential.sign").count() == 1


def test_page_that_was_changed_gets_no_credential(year: Year) -> None:
    page = year.certificate
    page.facts = {**page.facts, "public_centihours": 9_900}

    with pytest.raises(credentials.NotGenuine):
        credentials.of_certificate(certificate=page, by=None, now=NOON)
    assert not Credential.objects.exists()


def test_credential_signed_before_a_change_of_key_stays_valid(year: Year, settings: Any) -> None:
    document, old = issued(year).document, signatures.public_key(settings.SIGNING_SEED)
    settings.SIGNING_SEED = "another seed of this installation"
    with pytest.raises(open_badges.Refused):
        open_badges.accept(document, now=NOON)

    settings.RETIRED_SIGNING_PUBLIC_KEYS = [old]
    assert open_badges.accept(document, now=NOON)
    assert issued(year, LATER).document == document


@pytest.mark.parametrize("column", ["certificate_id", "list_number", "position", "claims", "prepared_at", "proof"])
def test_what_was_signed_cannot_be_updated(column: str, year: Year) -> None:
    issued(year)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE learning_credential SET {column} = {column}")  # noqa: S608 -- our own words


def test_credential_cannot_be_deleted(year: Year) -> None:
    issued(year)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM learning_credential WHERE id > 0")


def test_credential_is_visible_to_holder_and_issuing_officer_alone(year: Year) -> None:
    held = issued(year)

    seen = {person: list(Credential.objects.visible_to(person)) for person in (year.person, year.officer, year.auditor)}

    assert seen == {year.person: [held], year.officer: [held], year.auditor: []}
    assert Certificate.objects.count() == 1
