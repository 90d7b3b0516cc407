"""Forged pages and swapped files, by a hand with the database's password: found, and called by their serial.

Each is looked for by the check of the house, by the verifier that stands alone over the exported bundle, and by a
visitor at the public door.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from learning import tasks
from learning.actions import audit_log, certificate_pages, certificates, ledger_links, pdf_signatures
from learning.ledger_check import bundle
from learning.models import Certificate, SignedPage
from learning.settings._pdf_signing import local_certificate
from tests.factories import ledger
from tests.factories.learning import NOON, PersonFactory
from tests.factories.years import Year, fulfilled_year
from tests.learning.ledger_check.hands import differences, put_in, without_guards
from tests.learning.ledger_check.strangers import verify

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Pages:
    """Two people's pages of one bureau, drawn and signed for good."""

    ours: Year
    other: Year
    media: Path

    @property
    def page(self) -> Certificate:
        return self.ours.certificate

    @property
    def file(self) -> Path:
        return self.media / self.page.pdf_name


@pytest.fixture
def pages(tmp_path: Path, settings: Any) -> Pages:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path / "media"
    ours = fulfilled_year()
    other = fulfilled_year(person=PersonFactory(full_name="李强"), base=ours.base, bureau=ours.bureau)
    tasks.draw_due_certificates()
    return Pages(ours, other, tmp_path / "media")


def others_page(pages: Pages, _settings: Any) -> bytes:
    return (pages.media / pages.other.certificate.pdf_name).read_bytes()


def one_byte_other(pages: Pages, _settings: Any) -> bytes:
    content = bytearray(pages.file.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


def signed_by_a_stranger(pages: Pages, settings: Any) -> bytes:
    """Draw the same page, and sign it as whoever runs this software elsewhere can: the signature is valid."""
    path = local_certificate(pages.media)
    settings.PDF_SIGNING = {**settings.PDF_SIGNING, "pkcs12": "", "key": path, "certificate": path}
    return pdf_signatures.sign(certificate_pages.render(pages.page), place=pages.page.facts["issuer_zh"]).content


SWAPS: list[Callable[[Pages, Any], bytes]] = [others_page, one_byte_other, signed_by_a_stranger]
swapped = pytest.mark.parametrize("swap", SWAPS, ids=lambda swap: swap.__name__)


def bundled(folder: Path) -> Path:
    bundle.write(folder, year=None, now=NOON)
    return folder


def look(client: Client, content: bytes, code: str = "") -> tuple[int, str]:
    """Drop a file at the public door: its digest is asked for, and the code it says it has."""
    asked = {"digest": hashlib.sha256(content).hexdigest(), "code": code}
    answer = client.post("/en/verify/file/", asked)
    return answer.status_code, answer.content.decode()


@swapped
def test_the_check_names_a_swapped_file(pages: Pages, settings: Any, swap: Callable[[Pages, Any], bytes]) -> None:
    pages.file.write_bytes(swap(pages, settings))

    name = f"certificate {pages.page.serial}, file {pages.file.name}"
    assert differences() == [f"{name}: the file is not the one that was signed"]


@pytest.mark.parametrize("swap", SWAPS[1:], ids=lambda swap: swap.__name__)
def test_the_check_names_a_swapped_file_whose_row_was_made_to_match(
    pages: Pages, settings: Any, swap: Callable[[Pages, Any], bytes]
) -> None:
    content = swap(pages, settings)
    pages.file.write_bytes(content)
    row = SignedPage.objects.get(name=pages.page.pdf_name)
    with ledger.lifted("learning_signedpage"):
        ledger.execute(
            "UPDATE learning_signedpage SET digest = %s, size_bytes = %s WHERE id = %s",
            hashlib.sha256(content).hexdigest(),
            len(content),
            row.pk,
        )
        found = without_guards(differences())

    assert any(f"file of certificate {pages.page.serial}: digest by link " in words for words in found), found
    assert any(words.startswith(f"certificate {pages.page.serial}, file ") for words in found), found


def test_the_check_names_a_file_that_was_put_in_beside_the_issued_one(pages: Pages, settings: Any) -> None:
    content = signed_by_a_stranger(pages, settings)
    name = "certificates/2026/forged.pdf"
    (pages.media / name).write_bytes(content)
    row = SignedPage.objects.get(name=pages.page.pdf_name)
    put_in(row, id=None, name=name, digest=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    Certificate.objects.filter(pk=pages.page.pk).update(pdf_name=name)

    found = differences()

    assert f"file of certificate {pages.page.serial}: has no link: its file hangs on no chain" in found
    named = f"certificate {pages.page.serial}, file forged.pdf: act in the audit log is None"
    assert any(words.startswith(named) for words in found), found


@swapped
def test_the_verifier_tells_an_issued_file_from_a_swapped_one(
    pages: Pages, settings: Any, tmp_path: Path, swap: Callable[[Pages, Any], bytes]
) -> None:
    folder, suspect = bundled(tmp_path / "bundle"), tmp_path / "suspect.pdf"
    suspect.write_bytes(swap(pages, settings))

    _code, words = verify(folder, "--pdf", str(pages.file), "--pdf", str(suspect))

    assert f"{pages.file.name}: is the file of certificate {pages.page.serial}" in words
    if swap is others_page:
        assert f"suspect.pdf: is the file of certificate {pages.other.certificate.serial}" in words
    else:
        assert "DIFFERENCE  suspect.pdf: is no file that was issued" in words


def test_a_visitor_with_anothers_page_sees_whose_it_is(client: Client, pages: Pages) -> None:
    status, html = look(client, others_page(pages, None), pages.page.code)

    assert status == 200
    assert pages.other.certificate.code in html
    assert "李*" in html
    assert pages.page.code not in html


@pytest.mark.parametrize("swap", SWAPS[1:], ids=lambda swap: swap.__name__)
def test_a_visitor_with_a_forged_file_is_told_not_to_rely_on_it(
    client: Client, pages: Pages, settings: Any, swap: Callable[[Pages, Any], bytes]
) -> None:
    content = swap(pages, settings)

    status, html = look(client, content, pages.page.code)
    assert status == 409
    assert "Do not rely on this file." in html
    assert "changed after it was signed, or written anew by another program" in html

    # A forger may leave the code out: then the file is nobody's.
    status, html = look(client, content)
    assert status == 404
    assert "This file is not one that was issued here" in html


def test_a_visitor_is_not_deceived_by_a_row_that_was_put_in(client: Client, pages: Pages, settings: Any) -> None:
    content = signed_by_a_stranger(pages, settings)
    row = SignedPage.objects.get(name=pages.page.pdf_name)
    put_in(row, id=None, name="forged.pdf", digest=hashlib.sha256(content).hexdigest())

    status, html = look(client, content)

    assert status == 409
    assert "The stored record does not fit its signature" in html
    assert "88.0" not in html


@pytest.fixture
def forged(pages: Pages) -> Certificate:
    """A page of somebody's own making, in the place of ours: all in its right form, signed with a key of their own."""
    page, ours = pages.page, pages.ours
    facts = certificates.frozen_facts(
        person=ours.person, record=page.record, bureau=ours.bureau, book=page.book, edition=2, now=NOON
    )
    facts["public_centihours"] = 9_900
    with override_settings(SIGNING_SEED="a key of their own"):
        made = certificates.signed_page(
            facts=facts, book=page.book, record=page.record, bureau=ours.bureau, by=ours.officer, now=NOON
        )
    Certificate.objects.filter(pk=page.pk).update(replaced_at=NOON, replacement_reason="other")
    made.save()
    return made


def test_the_check_names_a_forged_page(forged: Certificate) -> None:
    found = differences()

    assert f"certificate {forged.serial}: signature is not genuine" in found
    assert f"certificate {forged.serial}: has no link: its issue hangs on no chain" in found
    assert f"certificate {forged.serial}: public_centihours is 9900, expected 2600" in found
    act = f"certificate {forged.serial}: act in the audit log is None"
    assert any(words.startswith(act) for words in found), found


def test_the_check_names_a_forged_page_that_was_linked_and_logged(forged: Certificate) -> None:
    """Whoever holds the database can do the acts as well, but for the signature."""
    ledger_links.append(ledger_links.of_issue(forged, person_id=forged.book.person_id), now=NOON)
    audit_log.append(
        action="certificate.issue",
        subject=f"certificate:{forged.pk}",
        actor=forged.issued_by,
        organisation=forged.issuer,
        facts={"digest": forged.digest},
        now=NOON,
    )

    assert f"certificate {forged.serial}: signature is not genuine" in differences()


def test_the_verifier_names_a_forged_page_that_was_linked(forged: Certificate, tmp_path: Path) -> None:
    ledger_links.append(ledger_links.of_issue(forged, person_id=forged.book.person_id), now=NOON)

    code, words = verify(bundled(tmp_path / "bundle"))

    assert code == 1
    assert f"DIFFERENCE  certificate {forged.serial}: its signature is not genuine" in words
    assert f"DIFFERENCE  certificate {forged.serial}: states 9900 public, its entries give 2600" in words


def test_a_visitor_sees_nothing_of_a_forged_page(client: Client, forged: Certificate) -> None:
    answer = client.get(f"/en/verify/{forged.code}/")

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "The stored record does not fit its signature" in html
    for hidden in ("99.0", "陈*", forged.serial):
        assert hidden not in html


def test_no_file_is_drawn_for_a_forged_page(forged: Certificate, caplog: pytest.LogCaptureFixture) -> None:
    tasks.draw_due_certificates()

    forged.refresh_from_db()
    assert forged.pdf_name == ""
    assert f"certificate {forged.serial} was not drawn" in caplog.text


def test_sound_pages_pass_everywhere(client: Client, pages: Pages, tmp_path: Path) -> None:
    _code, words = verify(bundled(tmp_path / "bundle"), "--pdf", str(pages.file))

    assert differences() == []
    assert "DIFFERENCE" not in words
    assert look(client, pages.file.read_bytes(), pages.page.code)[0] == 200
