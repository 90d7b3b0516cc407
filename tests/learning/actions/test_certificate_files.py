"""Drawing, signing, storing: each page once, whatever fails in between."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from django.db import DatabaseError, connection, transaction

from learning import tasks
from learning.actions import audit_log, certificate_files, certificate_pages, pdf_signatures, stored_files
from learning.models import AuditLogEntry, Certificate, SignedPage
from tests.factories.learning import NOON, PersonFactory
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
RARE = "\U0002a600"


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def files(media: Path) -> list[str]:
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


def test_draw_registers_the_file_by_its_digest(year: Year, media: Path) -> None:
    certificate_files.draw(certificate=year.certificate, now=NOON)
    page = year.certificate
    signed = SignedPage.objects.get(certificate=page)
    content = (media / page.pdf_name).read_bytes()

    assert files(media) == [page.pdf_name] == [signed.name]
    assert (signed.digest, signed.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert b"/ETSI.CAdES.detached" in content
    assert AuditLogEntry.objects.get(action="certificate.sign").facts["file"] == signed.digest


def test_qr_code_of_a_signed_page_is_read_by_another_decoder(year: Year, media: Path) -> None:
    certificate_files.draw(certificate=year.certificate, now=NOON)
    document = pypdfium2.PdfDocument((media / year.certificate.pdf_name).read_bytes())
    image = document[0].render(scale=2).to_pil()
    document.close()

    assert [code.text for code in zxingcpp.read_barcodes(image)] == [certificate_pages.verify_url(year.certificate)]


def test_draw_called_twice_leaves_one_file(year: Year, media: Path) -> None:
    first, second = year.certificate, year.certificate
    certificate_files.draw(certificate=first, now=NOON)
    certificate_files.draw(certificate=second, now=NOON)

    assert files(media) == [year.certificate.pdf_name]
    assert SignedPage.objects.count() == 1


def test_sweep_run_twice_draws_each_page_once(year: Year, media: Path) -> None:
    tasks.draw_due_certificates()
    drawn = [(media / name).stat().st_mtime_ns for name in files(media)]
    tasks.draw_due_certificates()

    assert [(media / name).stat().st_mtime_ns for name in files(media)] == drawn
    assert len(drawn) == 1


@pytest.mark.parametrize("step", ["sign", "write", "register"])
def test_sweep_finishes_what_a_crash_left(step: str, year: Year, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_args: object, **_facts: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if step == "sign":
            patch.setattr(pdf_signatures, "sign", killed)
        elif step == "write":
            patch.setattr(Path, "replace", killed)
        else:
            patch.setattr(audit_log, "append", killed)
        with pytest.raises(Killed):
            tasks.draw_due_certificates()
    assert (year.certificate.pdf_name, SignedPage.objects.count()) == ("", 0)

    tasks.draw_due_certificates()
    signed = SignedPage.objects.get()
    assert (media / signed.name).read_bytes() == stored_files.read(media / signed.name, digest=signed.digest)
    assert AuditLogEntry.objects.filter(action="certificate.sign").count() == 1


def test_sweep_passes_over_a_page_that_fails(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    other = fulfilled_year(person=PersonFactory(full_name="李强"), base=year.base, bureau=year.bureau).certificate
    render = certificate_pages.render

    def broken(page: Certificate) -> bytes:
        if page.pk == year.certificate.pk:
            message = "no"
            raise RuntimeError(message)
        return render(page)

    monkeypatch.setattr(certificate_pages, "render", broken)
    before = year.certificate.draw_after
    tasks.draw_due_certificates()

    other.refresh_from_db()
    assert other.pdf_name
    assert not year.certificate.pdf_name
    assert year.certificate.draw_after > before


def test_sweep_without_a_key_hands_out_nothing_and_waits(year: Year, media: Path, settings: object) -> None:
    settings.PDF_SIGNING = dict.fromkeys(settings.PDF_SIGNING, "")  # type: ignore[attr-defined]
    before = year.certificate.draw_after
    tasks.draw_due_certificates()

    assert files(media) == []
    assert year.certificate.pdf_name == ""
    assert year.certificate.draw_after > before


def test_draw_refuses_a_name_the_fonts_lack_and_says_so(media: Path) -> None:
    page = fulfilled_year(person=PersonFactory(full_name=f"张{RARE}")).certificate
    certificate_files.draw(certificate=page, now=NOON)

    page.refresh_from_db()
    assert (page.pdf_name, page.draw_problem) == ("", RARE)
    assert page.draw_after == NOON + certificate_files.PROBLEM_RETRY_AFTER
    assert list(Certificate.objects.undrawable()) == [page]
    assert files(media) == []


def test_draw_never_prints_a_row_that_was_changed(year: Year, media: Path) -> None:
    page = year.certificate
    page.facts = {**page.facts, "public_centihours": 9_900}

    with pytest.raises(certificate_files.NotGenuine):
        certificate_files.draw(certificate=page, now=NOON)
    assert files(media) == []


def test_draw_again_signs_a_new_file_and_the_old_one_stays_known(year: Year, media: Path) -> None:
    tasks.draw_due_certificates()
    lost = year.certificate.pdf_name
    (media / lost).unlink()

    certificate_pages.draw_again(certificate=year.certificate, now=NOON)
    tasks.draw_due_certificates()

    names = set(SignedPage.objects.filter(certificate=year.certificate).values_list("name", flat=True))
    assert names == {lost, year.certificate.pdf_name}
    assert files(media) == [year.certificate.pdf_name] != [lost]


def test_draw_again_leaves_a_file_that_was_drawn_meanwhile(year: Year, media: Path) -> None:
    tasks.draw_due_certificates()
    seen_by_two = year.certificate
    (media / seen_by_two.pdf_name).unlink()

    certificate_pages.draw_again(certificate=seen_by_two, now=NOON)
    tasks.draw_due_certificates()
    drawn = year.certificate.pdf_name
    certificate_pages.draw_again(certificate=seen_by_two, now=NOON)

    assert year.certificate.pdf_name == drawn != seen_by_two.pdf_name


@pytest.mark.parametrize("act", ["UPDATE learning_signedpage SET digest = digest", "DELETE FROM learning_signedpage"])
def test_a_signed_page_is_written_once(act: str, year: Year) -> None:
    certificate_files.draw(certificate=year.certificate, now=NOON)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)
