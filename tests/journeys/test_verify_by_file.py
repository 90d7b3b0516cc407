"""A stranger checks the PDF in their hand: by choosing it, by dropping it, and it never leaves the browser."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.journeys.conftest import DemoSite
from tests.journeys.walk import told

pytestmark = pytest.mark.browser

PAGES = """
import json
from learning.models import Certificate
pages = Certificate.objects.standing().exclude(pdf_name="").order_by("pk")
print(json.dumps([[page.code, page.serial, page.pdf_name] for page in pages]))
"""
DRAWN_TIMEOUT_S = 60
#: As a person's hand does: a file let go over the page.
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "application/pdf" }));
  for (const type of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def drawn(site: DemoSite) -> list[tuple[str, str, Path]]:
    """Return code, number and file of the demo's valid certificates, once two are drawn."""
    deadline = time.monotonic() + DRAWN_TIMEOUT_S
    while time.monotonic() < deadline:
        pages = told(site, PAGES)
        if len(pages) > 1:
            return [(code, serial, site.var / "media" / name) for code, serial, name in pages]
        time.sleep(1)
    raise TimeoutError(DRAWN_TIMEOUT_S)


def choose(page: Page, site: DemoSite, content: bytes) -> None:
    """Choose a file and check it, by keyboard alone."""
    page.goto(f"{site.url}/en/verify/")
    field = page.get_by_label("Or the PDF itself")
    field.set_input_files(FilePayload(name="certificate.pdf", mimeType="application/pdf", buffer=content))
    field.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def drop(page: Page, site: DemoSite, content: bytes) -> None:
    page.goto(f"{site.url}/en/verify/")
    expect(page.get_by_label("Or the PDF itself")).to_be_visible()
    page.evaluate(DROP, ["certificate.pdf", base64.b64encode(content).decode()])


def test_issued_file_is_valid_and_is_never_sent(page: Page, demo_site: DemoSite) -> None:
    (code, _serial, path), *_others = drawn(demo_site)
    with page.expect_request(lambda request: request.method == "POST") as asked:
        choose(page, demo_site, path.read_bytes())

    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate valid")
    expect(page.get_by_text("byte for byte, the one that was issued")).to_be_visible()
    expect(page.get_by_text(code).first).to_be_visible()
    sent = asked.value
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert len(sent.post_data or "") < 400


def test_forged_file_is_told_apart_and_leads_to_the_register(page: Page, demo_site: DemoSite) -> None:
    (code, _serial, path), *_others = drawn(demo_site)

    drop(page, demo_site, path.read_bytes().replace(b"/ETSI.CAdES", b"/ETSI.XAdES"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Does not verify")
    expect(page.get_by_text("This file is not the one that was issued")).to_be_visible()
    page.get_by_role("link", name="See what the register says").click()
    page.wait_for_url(f"**/verify/{code}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate valid")


def test_swapped_file_speaks_for_its_own_page_only(page: Page, demo_site: DemoSite) -> None:
    (_code, serial, _path), (_other_code, other_serial, other_path), *_others = drawn(demo_site)

    drop(page, demo_site, other_path.read_bytes())

    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate valid")
    expect(page.get_by_text(other_serial)).to_be_visible()
    expect(page.get_by_text(serial)).to_have_count(0)


def test_what_is_no_certificate_is_told_so(page: Page, demo_site: DemoSite) -> None:
    choose(page, demo_site, b"%PDF-1.7 of somebody else")
    expect(page.get_by_text("This file is not one that was issued here")).to_be_visible()

    choose(page, demo_site, b"GIF89a")
    expect(page.get_by_role("alert")).to_have_text("This is not a PDF. Choose the file as it was downloaded.")

    page.goto(f"{demo_site.url}/en/verify/")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_have_text("Choose the PDF first.")


def test_without_scripts_the_code_does_the_same(browser: Browser, demo_site: DemoSite) -> None:
    (code, _serial, _path), *_others = drawn(demo_site)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{demo_site.url}/en/verify/")
    expect(page.get_by_label("Or the PDF itself")).to_be_hidden()
    page.get_by_label("Check code").fill(code)
    page.get_by_role("button", name="Check").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate valid")
    context.close()
