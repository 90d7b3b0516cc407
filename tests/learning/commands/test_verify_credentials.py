"""The independent check of credentials: silent on what the verbs leave, loud on what a hand in SQL changes."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from django.db import connection

from learning import ledger_check
from learning.actions import certificates, credentials
from learning.models import Credential, Person
from learning.rules import data_integrity, signatures, status_lists
from tests.factories.learning import NOON
from tests.factories.waivers import MINUTE, Bureau
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def year() -> Year:
    year = fulfilled_year()
    credentials.of_certificate(certificate=year.certificate, by=year.person, now=NOON)
    return year


def tamper(statement: str, *values: str) -> None:
    """Change the credential past every guard, as a hand with the database's password could."""
    at = " ON learning_credential" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for trigger in ("no_update", "no_delete", "no_second_proof"):
            cursor.execute(f"DROP TRIGGER IF EXISTS learning_credential_{trigger}{at}")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


def say(**changes: Any) -> None:
    """Let the stored credential's subject say something else."""
    claims = Credential.objects.get().claims
    claims["credentialSubject"] |= changes
    tamper("UPDATE learning_credential SET claims = %s", json.dumps(claims, ensure_ascii=False))


def differences() -> list[str]:
    return [found for found in ledger_check.run().differences if "credential" in found or "certificate:" in found]


def test_finds_nothing_where_hours_were_waived_or_carried_over(ada: Person) -> None:
    """What was waived counts and is not earned; what was carried over was earned the year before."""
    bureau = Bureau()
    studied = fulfilled_year(
        person=ada, requirement=bureau.requirement, bureau=bureau.office,
        public_centihours=2_000, professional_centihours=4_500, now=NOON - MINUTE,
    )  # fmt: skip
    bureau.granted(ada)

    credential = credentials.of_certificate(certificate=studied.certificate, by=None, now=NOON + 5 * MINUTE)

    assert credential.claims["credentialSubject"]["creditsEarned"] == 65
    assert differences() == []


def test_finds_nothing_in_what_the_verbs_leave(year: Year, settings: Any) -> None:
    fresh = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=NOON)
    credentials.of_certificate(certificate=fresh, by=None, now=NOON)
    certificates.revoke(certificate=fresh, by=year.officer, reason="fraud", now=NOON)

    report = ledger_check.run()

    assert list(report.differences) == []
    assert report.counts["credentials"] == 2


def test_finds_nothing_in_a_credential_that_waits_for_its_signature() -> None:
    year = fulfilled_year()
    with mock.patch.object(data_integrity, "secured", side_effect=RuntimeError), pytest.raises(RuntimeError):
        credentials.of_certificate(certificate=year.certificate, by=None, now=NOON)

    assert differences() == []


def test_finds_nothing_after_a_change_of_key(year: Year, settings: Any) -> None:
    settings.RETIRED_SIGNING_PUBLIC_KEYS = [signatures.public_key(settings.SIGNING_SEED)]
    settings.SIGNING_SEED = "another seed of this installation"

    assert differences() == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"creditsEarned": 99}, "hours is 9900, expected 8800"),
        ({"licenseNumber": "410200-2026-99999999"}, "serial is 410200-2026-99999999"),
        ({"term": "2027"}, "year is 2027"),
        ({"identifier": []}, "name is None, expected 陈慧"),
        ({"role": "工程师"}, "key that made the proof"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_finds_a_word_that_was_changed(changes: dict[str, Any], named: str, year: Year) -> None:
    say(**changes)

    found = differences()
    assert any(named in difference for difference in found), found
    assert any("key that made the proof" in difference for difference in found), found
    assert any("act in the audit log" in difference for difference in found), found


def test_finds_a_credential_signed_by_another_key(year: Year) -> None:
    row = Credential.objects.get()
    forged = data_integrity.secured(row.claims, seed="a stranger", did=row.claims["issuer"]["id"], at=NOON)
    tamper("UPDATE learning_credential SET proof = %s", json.dumps(forged["proof"]))

    assert f"credential of {year.certificate.serial}: key that made the proof is" in differences()[0]


@pytest.mark.parametrize("claims", ["{}", "[]", '{"@context": ["https://elsewhere.example/"]}'])
def test_finds_what_is_no_credential(claims: str, year: Year) -> None:
    tamper("UPDATE learning_credential SET claims = %s", claims)

    found = differences()
    assert any("cannot be read as a credential" in difference for difference in found), found


def test_finds_another_keys_name_on_the_row(year: Year) -> None:
    tamper("UPDATE learning_credential SET public_key = %s", "00" * 32)

    assert any("key that made the proof is 0000" in found for found in differences())


def test_finds_a_place_that_was_moved(year: Year) -> None:
    tamper("UPDATE learning_credential SET position = (position + 1) %% 131072")

    assert any("places is" in found for found in differences())


def test_finds_a_revocation_that_is_not_published(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)
    nothing = status_lists.encoded([])
    monkeypatch.setattr("learning.actions.status_lists.status_lists.encoded", lambda _places: nothing)

    assert differences() == [
        f"credential of {year.certificate.serial}: published revocation bit is False, expected True"
    ]


def test_finds_a_credential_that_was_deleted(year: Year) -> None:
    tamper("DELETE FROM learning_credential")

    assert differences() == [
        f"certificate:{year.certificate.pk}: has a credential in the audit log but not in the register"
    ]
