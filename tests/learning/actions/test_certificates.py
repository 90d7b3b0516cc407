"""Issuing, replacing, revoking; drawing is in test_certificate_pages."""

from __future__ import annotations

import datetime as dt
import threading
from unittest import mock

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from learning.actions import certificates, credits
from learning.models import AuditLogEntry, Certificate, CreditEntry
from learning.rules import check_codes, signatures
from learning.rules.digests import digest_of
from learning.rules.requirements import TitleLevel
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=30)


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def test_issue_freezes_and_signs_the_facts(year: Year) -> None:
    page = year.certificate

    assert page.digest == digest_of(page.facts)
    assert certificates.is_genuine(page)
    assert page.facts["holder_name"] == "陈慧"
    assert (page.facts["public_centihours"], page.facts["professional_centihours"]) == (2_600, 6_200)
    assert [entry["number"] for entry in page.facts["entries"]] == [entry.pk for entry in year.entries]
    assert page.facts["code"] == page.code
    assert check_codes.read(page.code).is_wellformed


def test_issue_never_holds_the_id_number(year: Year) -> None:
    assert "410203198802032626" not in str(Certificate.objects.values().get(pk=year.certificate.pk))


def test_issue_does_not_follow_later_edits(year: Year) -> None:
    year.person.full_name = "陈改名"
    year.person.save()

    assert year.certificate.facts["holder_name"] == "陈慧"


def test_a_page_states_the_level_its_year_was_judged_at() -> None:
    year = fulfilled_year(stop_at="audited")
    asked = year.requirement.title_level
    year.person.title_level = TitleLevel.SENIOR_FULL
    year.person.save()
    for entry in year.entries:
        credits.confirm(entry=CreditEntry.objects.get(pk=entry.pk), by=year.officer, now=NOON)

    assert asked != TitleLevel.SENIOR_FULL
    assert year.certificate.facts["title_level"] == asked


def test_pages_of_one_instant_are_listed_the_last_one_first(year: Year) -> None:
    first = year.certificate
    second = certificates.reissue(certificate=first, by=year.officer, reason="name_corrected", now=first.issued_at)

    assert first.issued_at == second.issued_at
    assert list(Certificate.objects.all()) == [second, first]


def test_issue_if_due_called_again_adds_nothing(year: Year) -> None:
    again = certificates.issue_if_due(person=year.person, year=2026, bureau=year.bureau, by=year.officer, now=LATER)

    assert again is None
    assert Certificate.objects.count() == 1
    assert AuditLogEntry.objects.filter(action="certificate.issue").count() == 1


def test_issue_draws_a_taken_code_again(year: Year) -> None:
    taken = year.certificate.code
    with mock.patch.object(certificates, "new_code", side_effect=[taken, taken, "NEW2-NEW2-NEW2-NEW2"]):
        other = _reissue(year)

    assert other.code == "NEW2-NEW2-NEW2-NEW2"


def test_issue_gives_up_after_five_taken_codes(year: Year) -> None:
    with (
        mock.patch.object(certificates, "new_code", return_value=year.certificate.code),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        _reissue(year)

    assert year.certificate.state == Certificate.State.VALID


def _reissue(year: Year) -> Certificate:
    return certificates.reissue(certificate=year.certificate, by=year.officer, reason="name_corrected", now=LATER)


def test_two_valid_pages_of_one_year_are_refused_by_the_database(year: Year) -> None:
    page = year.certificate
    page.pk, page.serial, page.code = None, "another", "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        page.save(force_insert=True)


def test_issue_lost_to_another_officer_returns_none(year: Year) -> None:
    record = year.certificate.record
    type(record).objects.filter(pk=record.pk).update(state="met", confirmed_at=None)

    again = certificates.issue_if_due(person=year.person, year=2026, bureau=year.bureau, by=year.officer, now=LATER)

    assert again is None
    assert Certificate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_issue_one_page() -> None:
    year = fulfilled_year(stop_at="audited")
    barrier = threading.Barrier(2)

    def confirm(entry: CreditEntry) -> None:
        barrier.wait()
        credits.confirm(entry=entry, by=year.officer, now=NOON)
        connection.close()

    threads = [threading.Thread(target=confirm, args=(entry,)) for entry in year.entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [entry["centihours"] for entry in year.certificate.facts["entries"]] == [2_600, 6_200]
    assert AuditLogEntry.objects.filter(action="certificate.issue").count() == 1


def test_reissue_links_old_and_new(year: Year) -> None:
    old = year.certificate
    year.person.full_name = "陈蕙"
    year.person.save()
    fresh = certificates.reissue(certificate=old, by=year.officer, reason="name_corrected", now=LATER)

    old.refresh_from_db()
    assert (old.state, old.replaced_by, old.replaced_at) == (Certificate.State.REPLACED, fresh, LATER)
    assert (fresh.state, fresh.serial) == (Certificate.State.VALID, f"{old.serial}-2")
    assert (old.facts["holder_name"], fresh.facts["holder_name"]) == ("陈慧", "陈蕙")
    assert certificates.is_genuine(old)
    assert certificates.is_genuine(fresh)


def test_reissue_refuses_what_is_not_valid(year: Year) -> None:
    page = year.certificate
    certificates.revoke(certificate=page, by=year.officer, reason="issued_in_error", now=LATER)

    with pytest.raises(certificates.NotValid):
        certificates.reissue(certificate=page, by=year.officer, reason="other", now=LATER)
    assert Certificate.objects.count() == 1


def test_revoke_happens_once(year: Year) -> None:
    page = year.certificate
    certificates.revoke(certificate=page, by=year.officer, reason="fraud", now=LATER)

    with pytest.raises(certificates.NotValid):
        certificates.revoke(certificate=page, by=year.officer, reason="issued_in_error", now=LATER)

    page.refresh_from_db()
    assert (page.state, page.revocation_reason) == (Certificate.State.REVOKED, "fraud")
    assert AuditLogEntry.objects.filter(action="certificate.revoke").count() == 1


@pytest.mark.parametrize("column", ["facts", "digest", "signature", "serial", "code", "year", "issued_at"])
def test_what_a_page_says_cannot_be_updated(column: str, year: Year) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE learning_certificate SET {column} = {column}")  # noqa: S608 -- our own words


@pytest.mark.parametrize(
    "change",
    ["revoked_at = NULL, revocation_reason = ''", "revocation_reason = 'issued_in_error'", "revoked_at = issued_at"],
)
def test_a_revocation_cannot_be_undone(change: str, year: Year) -> None:
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=LATER)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE learning_certificate SET {change}")  # noqa: S608 -- our own words


def test_a_replacement_cannot_be_undone(year: Year) -> None:
    certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=LATER)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE learning_certificate SET replaced_at = NULL, replaced_by_id = NULL, replacement_reason = ''"
        )


def test_a_page_cannot_be_deleted(year: Year) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM learning_certificate WHERE id = %s", [year.certificate.pk])


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"holder_name": "李强"}},
        {"code": "2222-2222-2222-2222"},
        {"serial": "other"},
        {"year": 2025},
        {"signature": "00" * 64},
        {"issued_at": LATER},
    ],
    ids=lambda change: next(iter(change)),
)
def test_is_genuine_refuses_every_change(change: dict[str, object], year: Year) -> None:
    page = year.certificate
    for name, value in change.items():
        setattr(page, name, {**page.facts, **value} if isinstance(value, dict) else value)

    assert not certificates.is_genuine(page)


def test_is_genuine_refuses_facts_with_a_digest_to_match(year: Year) -> None:
    page = year.certificate
    page.facts = {**page.facts, "public_centihours": 9_900}
    page.digest = digest_of(page.facts)

    assert not certificates.is_genuine(page)


def test_is_genuine_accepts_pages_signed_before_a_change_of_key(year: Year, settings: object) -> None:
    page, old = year.certificate, signatures.public_key(settings.SIGNING_SEED)  # type: ignore[attr-defined]
    settings.SIGNING_SEED = "another seed of this installation"  # type: ignore[attr-defined]
    assert not certificates.is_genuine(page)

    settings.RETIRED_SIGNING_PUBLIC_KEYS = [old]  # type: ignore[attr-defined]
    assert certificates.is_genuine(page)
