"""The PDF: what it says, to eyes, to screen readers and to scanners."""

from __future__ import annotations

import threading
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp

from learning import tasks
from learning.actions import certificate_pages
from learning.models import Certificate
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


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def test_render_says_name_hours_codes_and_entries(year: Year) -> None:
    page = year.certificate
    text = text_of(certificate_pages.render(page))

    for said in ("陈慧", "Chen Hui", "26.0", "62.0", "88.0", "不少于 86.0", page.serial, page.code, "2026-1"):
        assert said in text
    for entry in year.entries:
        assert entry.title_zh.replace("课程", "课程 ") in text
    assert page.facts["holder_id_masked"] in text
    assert "410203198802032626" not in text
    assert "开封市人力资源和社会保障局" in text


def test_render_draws_a_qr_code_of_the_check_address(year: Year) -> None:
    document = pypdfium2.PdfDocument(certificate_pages.render(year.certificate))
    image = document[0].render(scale=3).to_pil()
    document.close()

    assert [code.text for code in zxingcpp.read_barcodes(image)] == [certificate_pages.verify_url(year.certificate)]


def test_verify_url_is_absolute_and_chinese_whatever_language_is_active(year: Year, settings: object) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://hourbook.kaifeng.example"  # type: ignore[attr-defined]

    assert certificate_pages.verify_url(year.certificate) == (
        f"https://hourbook.kaifeng.example/verify/{year.certificate.code}/"
    )


def test_render_is_tagged_and_titled(year: Year) -> None:
    document = pypdfium2.PdfDocument(certificate_pages.render(year.certificate))
    try:
        assert pdfium.FPDFCatalog_IsTagged(document.raw)
        assert year.certificate.serial in document.get_metadata_dict()["Title"]
        assert document[0].get_size() == pytest.approx((841.89, 595.28), abs=0.1)
    finally:
        document.close()


def test_render_carries_the_signed_facts(year: Year) -> None:
    document = pypdfium2.PdfDocument(certificate_pages.render(year.certificate))
    try:
        attachment = document.get_attachment(0)
        assert attachment.get_name() == "certificate.json"
        assert year.certificate.signature in bytes(attachment.get_data()).decode()
    finally:
        document.close()


def test_render_gives_the_same_bytes(year: Year) -> None:
    drawn = [certificate_pages.render(year.certificate)]
    thread = threading.Thread(target=lambda: drawn.append(certificate_pages.render(page)))
    page = year.certificate
    thread.start()
    thread.join()

    assert drawn[0] == drawn[1]


def test_draw_called_twice_leaves_one_file(year: Year, media: Path) -> None:
    first, second = year.certificate, year.certificate
    certificate_pages.draw(certificate=first, now=NOON)
    certificate_pages.draw(certificate=second, now=NOON)

    assert files(media) == [f"certificates/2026/{first.serial}.pdf"]
    assert year.certificate.pdf_name == f"certificates/2026/{first.serial}.pdf"


def test_sweep_run_twice_draws_each_page_once(year: Year, media: Path) -> None:
    tasks.draw_due_certificates()
    drawn = [(media / name).stat().st_mtime_ns for name in files(media)]
    tasks.draw_due_certificates()

    assert [(media / name).stat().st_mtime_ns for name in files(media)] == drawn
    assert len(drawn) == 1


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


def test_draw_refuses_a_name_the_fonts_lack_and_says_so(media: Path) -> None:
    page = fulfilled_year(person=PersonFactory(full_name=f"张{RARE}")).certificate
    certificate_pages.draw(certificate=page, now=NOON)

    page.refresh_from_db()
    assert (page.pdf_name, page.draw_problem) == ("", RARE)
    assert page.draw_after == NOON + certificate_pages.PROBLEM_RETRY_AFTER
    assert list(Certificate.objects.undrawable()) == [page]
    assert files(media) == []


@pytest.mark.parametrize("name", ["张龑", "㛃", "𬭎", "䶮", "𫖮"])
def test_missing_characters_finds_rare_names_drawable(name: str) -> None:
    assert certificate_pages.missing_characters(name) == ""


def test_draw_never_prints_a_row_that_was_changed(year: Year, media: Path) -> None:
    page = year.certificate
    page.facts = {**page.facts, "public_centihours": 9_900}

    with pytest.raises(certificate_pages.NotGenuine):
        certificate_pages.draw(certificate=page, now=NOON)
    assert files(media) == []


def test_draw_again_makes_the_lost_file_anew(year: Year, media: Path) -> None:
    tasks.draw_due_certificates()
    path = media / files(media)[0]
    bytes_before = path.read_bytes()
    path.unlink()

    certificate_pages.draw_again(certificate=year.certificate, now=NOON)
    tasks.draw_due_certificates()

    assert path.read_bytes() == bytes_before
