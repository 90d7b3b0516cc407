"""The public check by a file's digest: the same answers, and the file stays where it is."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from learning import tasks
from learning.actions import certificate_pages, certificates
from learning.models import Certificate
from learning.views import verification
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=30)
ADDRESS = "/verify/file/"


@pytest.fixture(autouse=True)
def _fresh(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    cache.clear()


@pytest.fixture
def year() -> Year:
    year = fulfilled_year()
    tasks.draw_due_certificates()
    return year


@pytest.fixture
def pdf(year: Year) -> bytes:
    return certificate_pages.path_of(year.certificate).read_bytes()


def look(client: Client, pdf: bytes, code: str = "", language: str = "") -> tuple[int, str]:
    """Ask as the browser does: by the digest, and by the code it found in the file."""
    asked = {"digest": hashlib.sha256(pdf).hexdigest(), "code": code}
    response: HttpResponse = client.post(language + ADDRESS, asked)  # type: ignore[assignment]
    return response.status_code, response.content.decode()


def test_the_issued_file_is_valid(client: Client, year: Year, pdf: bytes) -> None:
    status, html = look(client, pdf, year.certificate.code)

    assert status == 200
    assert "证书有效" in html
    assert "陈*" in html
    assert "陈慧" not in html


def test_the_issued_file_needs_no_code(client: Client, pdf: bytes) -> None:
    assert look(client, pdf, language="/en")[0] == 200
    assert "byte for byte, the one that was issued" in look(client, pdf, language="/en")[1]


def test_a_revoked_page_s_file_is_gone(client: Client, year: Year, pdf: bytes) -> None:
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=LATER)

    status, html = look(client, pdf)
    assert status == 410
    assert "证书已撤销" in html


def test_a_replaced_page_s_file_leads_to_the_newer_one(client: Client, year: Year, pdf: bytes) -> None:
    fresh = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=LATER)

    status, html = look(client, pdf)
    assert status == 200
    assert f'href="/verify/{fresh.code}/"' in html


def test_a_changed_file_is_not_the_one_that_was_issued(client: Client, year: Year, pdf: bytes) -> None:
    status, html = look(client, pdf + b"\n", year.certificate.code, "/en")

    assert status == 409
    assert "This file is not the one that was issued" in html
    assert f'href="/en/verify/{year.certificate.code}/"' in html
    for hidden in ("Chen", "陈*", "88.0"):
        assert hidden not in html


def test_a_stranger_s_file_is_unknown(client: Client, year: Year) -> None:
    status, html = look(client, b"%PDF-1.7 of somebody else", certificates.new_code(), "/en")

    assert status == 404
    assert "This file is not one that was issued here" in html


def test_the_file_of_a_row_that_was_changed_does_not_verify(client: Client, year: Year, pdf: bytes) -> None:
    page = year.certificate
    with connection.cursor() as cursor:
        at = " ON learning_certificate" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER learning_certificate_no_update{at}")
    Certificate.objects.filter(pk=page.pk).update(facts={**page.facts, "public_centihours": 9_900})

    status, html = look(client, pdf)
    assert status == 409
    assert "99.0" not in html


@pytest.mark.parametrize("digest", ["", "x" * 64, "%00", "A" * 5_000, "陈"])
def test_junk_is_unknown(digest: str, client: Client, year: Year) -> None:
    assert client.post(ADDRESS, {"digest": digest}).status_code == 404


def test_the_address_alone_leads_to_the_form(client: Client) -> None:
    response = client.get(ADDRESS)

    assert (response.status_code, response["Location"]) == (302, "/verify/")


def test_asking_needs_the_form_s_token(year: Year, pdf: bytes) -> None:
    assert look(Client(enforce_csrf_checks=True), pdf)[0] == 403


def test_answers_are_limited_and_kept_nowhere(
    client: Client, year: Year, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = client.post(ADDRESS, {"digest": hashlib.sha256(pdf).hexdigest()})
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")

    monkeypatch.setattr(verification, "LOOKS_MOST", 0)
    assert look(client, pdf)[0] == 429


def test_the_form_never_sends_the_file(client: Client) -> None:
    html = client.get("/verify/").content.decode()
    form = html[html.index("data-file-check") : html.index("</form>", html.index("data-file-check"))]

    assert "multipart" not in form
    assert 'type="file" id="pdf" accept' in form
    assert 'name="pdf"' not in form
