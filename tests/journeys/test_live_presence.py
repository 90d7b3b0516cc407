"""A base watches its learners: the figures renew themselves, and say so when they could not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DemoSite, sign_in
from tests.journeys.walk import WATCHING, told

pytestmark = pytest.mark.browser
ADDRESS = "/en/base/kaifeng-university/live/"
#: What a browser says when somebody comes back to the page; nobody waits here for the poll's 15 s.
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"


def come_back(page: Page) -> int:
    """Come back to the page, wait until the figures are new, and return the status of the renewal."""
    page.evaluate("document.getElementById('now').dataset.before = 'yes'")
    with page.expect_response(lambda response: ADDRESS in response.url) as renewal:
        page.evaluate(COME_BACK)
    # htmx gives a new element its triggers only when it has settled.
    expect(page.locator("#now:not([data-before]):not(.htmx-added)")).to_have_count(1)
    return int(renewal.value.status)


def test_the_page_renews_itself_keeps_the_focus_and_owns_up_when_it_cannot(page: Page, demo_site: DemoSite) -> None:
    told(demo_site, WATCHING)
    sign_in(page, demo_site, "auditor@demo.test", prefix="/en")
    page.goto(f"{demo_site.url}{ADDRESS}?order=name")
    expect(page.get_by_role("link", name="Zhao Lei")).to_be_visible()
    page.focus("#o-name")

    assert come_back(page) == 200
    assert page.evaluate("document.activeElement.id") == "o-name"
    assert page.url.endswith("?order=name")

    page.context.set_offline(True)
    page.evaluate(COME_BACK)
    expect(page.locator("[data-stale]")).to_contain_text("The last attempt to renew failed")
    page.context.set_offline(False)
    assert come_back(page) == 200
    expect(page.locator("[data-stale]")).to_be_empty()

    # Signed out meanwhile: the sign-in page must not take the figures' place.
    page.context.clear_cookies()
    page.evaluate(COME_BACK)
    expect(page.locator("[data-stale]")).to_contain_text("The last attempt to renew failed")
    expect(page.locator("h1")).to_contain_text("watching now")


def test_the_page_works_without_javascript(page: Page, demo_site: DemoSite) -> None:
    told(demo_site, WATCHING)
    sign_in(page, demo_site, "auditor@demo.test", prefix="/en")
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    still = plain.new_page()

    still.goto(f"{demo_site.url}{ADDRESS}")
    still.get_by_role("link", name="Playing").click()
    still.get_by_role("link", name="Refresh").click()

    assert "doing=playing" in still.url
    expect(still.locator("#now")).to_be_visible()
    plain.close()
