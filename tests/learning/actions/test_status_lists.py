"""Status lists: what left use is set at once, nothing else is, and nobody is named."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from openbadgeslib.ob3.status import decode_encoded_list, set_indices

from learning.actions import certificates, credentials, status_lists
from learning.models import Credential
from learning.rules.status_lists import LENGTH, Purpose
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year
from tests.validators import open_badges

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


@pytest.fixture
def credential(year: Year) -> Credential:
    return credentials.of_certificate(certificate=year.certificate, by=None, now=NOON)


def prepared(year: Year, purpose: Purpose, now: dt.datetime = NOON) -> dict[str, Any]:
    return status_lists.prepared(issuer_id=year.bureau.pk, number=0, purpose=purpose, now=now)


def places(year: Year) -> dict[Purpose, set[int]]:
    """Return the set bits as another library reads them."""
    lists = {purpose: prepared(year, purpose)["credentialSubject"]["encodedList"] for purpose in Purpose}
    return {purpose: set(set_indices(decode_encoded_list(text))) for purpose, text in lists.items()}


def test_valid_page_is_set_in_neither_list(year: Year, credential: Credential) -> None:
    assert places(year) == {Purpose.REVOCATION: set(), Purpose.MESSAGE: set()}


def test_revocation_is_set_at_once(year: Year, credential: Credential) -> None:
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)

    assert places(year) == {Purpose.REVOCATION: {credential.position}, Purpose.MESSAGE: set()}


def test_replacement_is_a_message_at_once(year: Year, credential: Credential) -> None:
    fresh = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=NOON)
    newer = credentials.of_certificate(certificate=fresh, by=None, now=NOON)

    assert places(year) == {Purpose.REVOCATION: set(), Purpose.MESSAGE: {credential.position}}
    assert newer.position != credential.position


def test_what_stands_for_a_page_is_revoked_for_both(year: Year, credential: Credential) -> None:
    """A credential kept from before the name was corrected must not outlive the page that took its place."""
    second = certificates.reissue(certificate=year.certificate, by=year.officer, reason="name_corrected", now=NOON)
    third = certificates.reissue(certificate=second, by=year.officer, reason="other", now=NOON)
    newer = credentials.of_certificate(certificate=third, by=None, now=NOON)
    later = NOON + dt.timedelta(days=3)
    certificates.revoke(certificate=third, by=year.officer, reason="hours_insufficient", now=later)

    assert places(year) == {
        Purpose.REVOCATION: {credential.position, newer.position},
        Purpose.MESSAGE: {credential.position},
    }
    assert prepared(year, Purpose.REVOCATION, later)["validFrom"] == "2026-11-22T04:00:00Z"


def test_list_is_long_and_names_nobody(year: Year, credential: Credential) -> None:
    document = prepared(year, Purpose.REVOCATION)

    assert len(decode_encoded_list(document["credentialSubject"]["encodedList"])) * 8 == LENGTH == 131_072
    said = json.dumps(document, ensure_ascii=False)
    for hidden in ("陈", year.certificate.serial, year.certificate.code, year.certificate.book.number):
        assert hidden not in said


def test_list_is_signed_by_the_issuer(year: Year, credential: Credential) -> None:
    document = status_lists.signed(prepared(year, Purpose.MESSAGE))

    open_badges.accept_proof(document)
    assert document["issuer"] == credential.claims["issuer"]["id"]
    document["credentialSubject"]["encodedList"] = prepared(year, Purpose.REVOCATION)["validUntil"]
    with pytest.raises(open_badges.Refused):
        open_badges.accept_proof(document)


def test_what_a_caller_does_to_a_signed_list_reaches_nobody_else(year: Year, credential: Credential) -> None:
    first = status_lists.signed(prepared(year, Purpose.MESSAGE))
    first["credentialSubject"]["encodedList"] = first["proof"]["proofValue"] = "u"

    open_badges.accept_proof(status_lists.signed(prepared(year, Purpose.MESSAGE)))


def test_list_is_the_same_until_the_day_or_a_bit_changes(year: Year, credential: Credential) -> None:
    first = prepared(year, Purpose.REVOCATION)

    assert prepared(year, Purpose.REVOCATION, NOON + dt.timedelta(hours=2)) == first
    assert prepared(year, Purpose.REVOCATION, NOON + dt.timedelta(days=1)) != first
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=NOON)
    assert prepared(year, Purpose.REVOCATION)["validFrom"] == "2026-11-19T04:00:00Z"


def test_another_issuer_has_no_such_list(year: Year, credential: Credential) -> None:
    for issuer_id, number in ((year.bureau.pk + 1, 0), (year.bureau.pk, 1)):
        with pytest.raises(status_lists.NoSuchList):
            status_lists.prepared(issuer_id=issuer_id, number=number, purpose=Purpose.REVOCATION, now=NOON)
