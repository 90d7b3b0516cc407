"""The audit desk in a browser: ranges of rows, and what is said when a row does not come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DemoSite, sign_in

pytestmark = pytest.mark.browser


def test_shift_x_ticks_every_row_from_the_last_one_selected(page: Page, demo_site: DemoSite) -> None:
    sign_in(page, demo_site, "auditor@demo.test", prefix="/en")
    page.goto(f"{demo_site.url}/en/base/kaifeng-university/audit/?f=clean")
    boxes = page.locator("[data-row] input[name=pick]")
    page.locator("[data-row] a.p").first.focus()

    for key in ("x", "j", "j", "Shift+X"):
        page.keyboard.press(key)

    assert [box.is_checked() for box in boxes.all()[:4]] == [True, True, True, False]
    expect(page.locator("[data-act]")).to_contain_text("Approve 3 selected")


def test_shift_click_clears_a_range(page: Page, demo_site: DemoSite) -> None:
    sign_in(page, demo_site, "auditor@demo.test", prefix="/en")
    page.goto(f"{demo_site.url}/en/base/kaifeng-university/audit/?f=clean&select=page")
    boxes = page.locator("[data-row] input[name=pick]")

    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])

    assert [box.is_checked() for box in boxes.all()[:4]] == [False, False, False, True]


def test_a_row_that_does_not_come_is_said_and_the_ticks_stay(page: Page, demo_site: DemoSite) -> None:
    sign_in(page, demo_site, "auditor@demo.test", prefix="/en")
    page.goto(f"{demo_site.url}/en/base/kaifeng-university/audit/?f=clean&select=page")
    ticked = page.locator("[data-row] input[name=pick]:checked").count()
    page.route("**/audit/?*", lambda route: route.abort())

    page.locator("[data-row] a.p").nth(1).click()

    expect(page.locator("[data-offline]")).to_be_visible()
    assert page.locator("[data-row] input[name=pick]:checked").count() == ticked > 1
