"""The page as drawn: what it says, to eyes, to screen readers and to scanners; signing is in test_certificate_files."""

from __future__ import annotations

import json
import threading

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp

from learning.actions import certificate_pages
from learning.models import Organisation, Role
from tests.factories.learning import BureauFactory, MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


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


def test_render_keeps_the_codes_clear_of_a_long_office_name() -> None:
    person = PersonFactory(full_name="陈慧")
    office = "Kaifeng Municipal Bureau of Human Resources and Social Security"
    page = fulfilled_year(person=person, bureau=BureauFactory(region=person.region, name_en=office)).certificate
    document = pypdfium2.PdfDocument(certificate_pages.render(page))
    try:
        text = document[0].get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
        said = [text.get_text_bounded(*box) for box in boxes]
        code = boxes[next(number for number, words in enumerate(said) if page.code in words)]
        name = boxes[next(number for number, words in enumerate(said) if "Municipal Bureau" in words)]
    finally:
        document.close()

    assert code[2] < name[0]


def test_render_keeps_code_and_seal_on_the_sheet_of_a_very_long_name() -> None:
    person = PersonFactory(
        full_name="阿不都热合曼·买买提艾力" * 5,
        full_name_en="Abdurahman Memeteli " * 4,
        title_zh="主任医师" * 10,
        title_en="Chief doctor " * 4,
    )
    employer = OrganisationFactory(kind=Organisation.Kind.EMPLOYER, name_zh="乡中心卫生院" * 20)
    MembershipFactory(person=person, organisation=employer, role=Role.EMPLOYEE)
    page = fulfilled_year(person=person).certificate
    document = pypdfium2.PdfDocument(certificate_pages.render(page))
    try:
        sheet, hours = (page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()

    assert page.code in sheet
    assert "学时明细" in hours


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


def test_render_says_its_code_where_a_browser_can_read_it(year: Year) -> None:
    assert year.certificate.code.encode() in certificate_pages.render(year.certificate)


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


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", "\u2060", "\u202e", "\t", "\r\n", "\u2028"])
def test_render_passes_over_what_has_no_shape(unseen: str) -> None:
    page = fulfilled_year(person=PersonFactory(full_name=f"陈{unseen}慧")).certificate
    document = pypdfium2.PdfDocument(certificate_pages.render(page))
    try:
        text = document[0].get_textpage().get_text_bounded()
        facts = json.loads(bytes(document.get_attachment(0).get_data()))["facts"]
    finally:
        document.close()

    assert text.replace(" ", "").count("陈慧") == 1
    assert facts["holder_name"] == f"陈{unseen}慧"


@pytest.mark.parametrize("name", ["张龑", "㛃", "𬭎", "䶮", "𫖮"])
def test_missing_characters_finds_rare_names_drawable(name: str) -> None:
    assert certificate_pages.missing_characters(name) == ""
