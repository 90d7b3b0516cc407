"""The book and its pages: seen by the holder and the issuing bureau, by nobody else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client

from learning import tasks
from learning.actions import certificates, reversals
from learning.models import Certificate, Person
from tests.factories.learning import NOON, PersonFactory
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


@pytest.fixture
def certificate(year: Year) -> Certificate:
    return year.certificate


def as_person(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def addresses(certificate: Certificate) -> list[str]:
    return [f"/me/certificates/{certificate.serial}/", f"/me/certificates/{certificate.serial}.pdf"]


def test_holder_reads_their_page(year: Year, certificate: Certificate) -> None:
    html = as_person(year.person).get(addresses(certificate)[0]).content.decode()

    for said in ("2026 年度合格，证书已发", "陈慧", "88.0", certificate.serial, certificate.code, "正在制作 PDF"):
        assert said in html
    assert 'hx-trigger="every 2s"' in html


def test_page_in_english_names_the_holder_in_latin_letters(year: Year, certificate: Certificate) -> None:
    html = as_person(year.person).get(f"/en/me/certificates/{certificate.serial}/").content.decode()

    assert "2026 fulfilled, certificate issued" in html
    assert "Chen Hui" in html
    assert "Kaifeng HR Bureau" in html


def test_officer_of_the_issuing_bureau_reads_it(year: Year, certificate: Certificate) -> None:
    tasks.draw_due_certificates()
    client = as_person(year.officer)

    assert [client.get(address).status_code for address in addresses(certificate)] == [200, 200]


@pytest.mark.parametrize("address", [0, 1], ids=["page", "pdf"])
def test_outsiders_find_nothing(address: int, cy: Person, year: Year, certificate: Certificate) -> None:
    tasks.draw_due_certificates()

    assert as_person(cy).get(addresses(certificate)[address]).status_code == 404
    assert as_person(year.auditor).get(addresses(certificate)[address]).status_code == 404


@pytest.mark.parametrize("path", ["/me/certificates/", "/me/certificates/x/", "/me/certificates/x.pdf"])
def test_visitors_are_asked_to_sign_in(path: str, client: Client) -> None:
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_pdf_is_sent_as_a_file_nobody_keeps(year: Year, certificate: Certificate) -> None:
    tasks.draw_due_certificates()
    response = as_person(year.person).get(addresses(certificate)[1])

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{certificate.serial}.pdf"'
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.django_db(transaction=True)
async def test_pdf_is_sent_by_the_async_door(year: Year, certificate: Certificate) -> None:
    await sync_to_async(tasks.draw_due_certificates)()
    client = AsyncClient()
    await client.aforce_login(year.person)
    response = await client.get(addresses(certificate)[1])

    assert response.content.startswith(b"%PDF-")


def test_pdf_not_drawn_yet_leads_to_the_page_that_says_so(year: Year, certificate: Certificate) -> None:
    response = as_person(year.person).get(addresses(certificate)[1])

    assert (response.status_code, response["Location"]) == (302, addresses(certificate)[0])


def test_lost_pdf_is_drawn_again(year: Year, certificate: Certificate, tmp_path: Path) -> None:
    tasks.draw_due_certificates()
    certificate.refresh_from_db()
    (tmp_path / certificate.pdf_name).unlink()
    client = as_person(year.person)

    assert client.get(addresses(certificate)[0]).status_code == 200
    assert client.get(addresses(certificate)[1]).status_code == 302
    tasks.draw_due_certificates()
    assert client.get(addresses(certificate)[1]).status_code == 200


def test_swapped_pdf_is_never_sent(year: Year, certificate: Certificate, tmp_path: Path) -> None:
    tasks.draw_due_certificates()
    certificate.refresh_from_db()
    (tmp_path / certificate.pdf_name).write_bytes(b"%PDF-1.7 of somebody else")
    client = as_person(year.person)

    assert client.get(addresses(certificate)[1]).status_code == 302
    tasks.draw_due_certificates()
    assert b"somebody else" not in client.get(addresses(certificate)[1]).content


def test_drawn_page_offers_the_file_and_stops_asking(year: Year, certificate: Certificate) -> None:
    tasks.draw_due_certificates()
    html = as_person(year.person).get(addresses(certificate)[0]).content.decode()

    assert f'href="/me/certificates/{certificate.serial}.pdf"' in html
    assert "hx-trigger" not in html


def test_page_says_which_characters_the_fonts_lack() -> None:
    person = PersonFactory(full_name="张\U0002a600")
    certificate = fulfilled_year(person=person).certificate
    tasks.draw_due_certificates()
    html = as_person(person).get(addresses(certificate)[0]).content.decode()

    assert "证书字库里还没有“\U0002a600”字" in html
    assert "hx-trigger" not in html


def test_earlier_page_says_what_became_of_it(year: Year, certificate: Certificate) -> None:
    fresh = certificates.reissue(certificate=certificate, by=year.officer, reason="name_corrected", now=LATER)
    client = as_person(year.person)

    old_html = client.get(addresses(certificate)[0]).content.decode()
    assert "2026 年度证书已换发" in old_html
    assert f'href="/me/certificates/{fresh.serial}/"' in old_html
    assert certificate.serial in client.get(addresses(fresh)[0]).content.decode()


def test_revoked_page_says_since_when_and_why(year: Year, certificate: Certificate) -> None:
    certificates.revoke(certificate=certificate, by=year.officer, reason="issued_in_error", now=LATER)
    html = as_person(year.person).get(addresses(certificate)[0]).content.decode()

    assert "从 2026年12月19日" in html
    assert "起不能再用，原因：发证有误" in html


@pytest.mark.parametrize("problem", ["", "𰻝"], ids=["not drawn yet", "cannot be drawn"])
def test_a_page_that_ended_before_it_was_drawn_is_called_valid_nowhere(
    year: Year, certificate: Certificate, problem: str
) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(draw_problem=problem)
    certificates.revoke(certificate=certificate, by=year.officer, reason="issued_in_error", now=LATER)

    html = as_person(year.person).get(f"/en/me/certificates/{certificate.serial}/").content.decode()

    assert "was revoked" in html
    for lie in ("valid already", "valid all the same", "is being drawn", 'hx-trigger="every 2s"'):
        assert lie not in html


def test_revoked_page_promises_no_file(year: Year, certificate: Certificate) -> None:
    certificates.revoke(certificate=certificate, by=year.officer, reason="issued_in_error", now=LATER)
    html = as_person(year.person).get(addresses(certificate)[0]).content.decode()

    assert "正在制作 PDF" not in html
    assert "证书已经生效" not in html
    assert "hx-trigger" not in html


def test_replaced_page_is_not_called_valid_while_it_is_drawn(year: Year, certificate: Certificate) -> None:
    certificates.reissue(certificate=certificate, by=year.officer, reason="other", now=LATER)
    html = as_person(year.person).get(addresses(certificate)[0]).content.decode()

    assert "正在制作 PDF" in html
    assert "证书已经生效" not in html


def test_page_out_of_use_is_not_printed_as_a_sheet(year: Year, certificate: Certificate) -> None:
    client = as_person(year.person)
    before = client.get(addresses(certificate)[0]).content.decode()
    certificates.revoke(certificate=certificate, by=year.officer, reason="fraud", now=LATER)
    html = client.get(addresses(certificate)[0]).content.decode()

    for promise in ("certpage", "data-print", "打印件可以交单位"):
        assert promise in before
        assert promise not in html


def test_undrawable_page_out_of_use_is_not_called_valid() -> None:
    year = fulfilled_year(person=PersonFactory(full_name="张\U0002a600"))
    page = year.certificate
    tasks.draw_due_certificates()
    certificates.revoke(certificate=page, by=year.officer, reason="issued_in_error", now=LATER)
    html = as_person(year.person).get(addresses(page)[0]).content.decode()

    assert "证书字库里还没有" not in html


def test_page_that_does_not_verify_promises_no_file(year: Year, certificate: Certificate) -> None:
    with connection.cursor() as cursor:
        at = " ON learning_certificate" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER learning_certificate_no_update{at}")
    Certificate.objects.filter(pk=certificate.pk).update(facts={**certificate.facts, "public_centihours": 9_900})
    html = as_person(year.person).get(addresses(certificate)[0]).content.decode()

    assert "正在制作 PDF" not in html


def test_book_lists_the_pages(year: Year, certificate: Certificate) -> None:
    html = as_person(year.person).get("/me/certificates/").content.decode()

    assert certificate.facts["book"] in html
    assert f'href="/me/certificates/{certificate.serial}/"' in html


def test_book_without_pages_says_what_is_missing() -> None:
    year = fulfilled_year(stop_at="audited")
    html = as_person(year.person).get("/me/certificates/").content.decode()

    assert "还没有年度页" in html
    assert "0.0 / 86.0" in html
    assert "0.0 / 26.0" in html
    assert "<dd>88.0</dd>" in html


def test_book_says_what_is_missing_once_the_page_was_revoked(year: Year, certificate: Certificate) -> None:
    entry = year.entries[0]
    reversals.reverse(entry=entry, by=year.officer, reason_code="fraud", reason_text="复核", now=LATER)
    certificate.refresh_from_db()
    html = as_person(year.person).get("/me/certificates/").content.decode()

    assert certificate.state == Certificate.State.REVOKED
    assert "62.0 / 86.0" in html


def test_book_shows_nobody_elses_pages(cy: Person, certificate: Certificate) -> None:
    assert certificate.serial not in as_person(cy).get("/me/certificates/").content.decode()


def test_book_of_somebody_without_a_rule_opens(db: None) -> None:
    person = PersonFactory(title_level="", region=None)

    assert as_person(person).get("/me/certificates/").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_book_costs_the_same_for_more_pages(
    number: int, year: Year, certificate: Certificate, django_assert_max_num_queries: object
) -> None:
    for turn in range(number):
        certificate = certificates.reissue(
            certificate=certificate, by=year.officer, reason="other", now=LATER + dt.timedelta(days=turn)
        )
    client = as_person(year.person)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get("/me/certificates/")
