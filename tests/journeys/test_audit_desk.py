"""The audit desk in a browser: ranges of rows, rows that come late or not at all, and what is pressed twice."""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.journeys.conftest import DemoSite, sign_in

pytestmark = pytest.mark.browser

#: What htmx asks for when a row is opened; the page itself never says which row comes next.
ASKED_FOR = re.compile(r"/audit/\?.*next=")
#: Long enough for a request to leave the page.
MOMENT_MS = 500


def _open_the_clean_ones(page: Page, site: DemoSite) -> list[str]:
    """Open the desk at what nothing is flagged on; return what is posted from then on."""
    sign_in(page, site, "auditor@demo.test", prefix="/en")
    page.goto(f"{site.url}/en/base/kaifeng-university/audit/?f=clean")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts


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


def test_a_approves_nothing_while_the_next_row_is_on_its_way(page: Page, demo_site: DemoSite) -> None:
    posts = _open_the_clean_ones(page, demo_site)
    page.route(ASKED_FOR, lambda _route: None)  # asked for, never answered

    for key in ("j", "a"):
        page.keyboard.press(key)

    expect(page.locator("[data-row] a.p").nth(1)).to_be_focused()
    page.wait_for_timeout(MOMENT_MS)
    assert posts == []


def test_a_key_held_down_approves_nothing_more(page: Page, demo_site: DemoSite) -> None:
    posts = _open_the_clean_ones(page, demo_site)
    page.locator("#find").focus()
    page.keyboard.down("a")
    page.locator("[data-row] a.p").first.focus()

    page.keyboard.down("a")  # as a keyboard repeats it

    page.wait_for_timeout(MOMENT_MS)
    assert posts == []


def test_the_row_asked_for_last_stays_open_whichever_answer_comes_first(page: Page, demo_site: DemoSite) -> None:
    _open_the_clean_ones(page, demo_site)
    names = page.locator("[data-row] a.p").all_inner_texts()
    late: list[Route] = []
    page.route(ASKED_FOR, lambda route: route.continue_() if late else late.append(route))

    for _row in range(2):
        with page.expect_request(ASKED_FOR):
            page.keyboard.press("j")
    expect(page.locator("#eh")).to_contain_text(names[2])
    with contextlib.suppress(Error):  # the page took it back
        late[0].continue_()

    page.wait_for_timeout(MOMENT_MS)
    expect(page.locator("#eh")).to_contain_text(names[2])
    expect(page.locator("[data-offline]")).to_be_hidden()


def test_a_row_asked_for_after_the_session_ended_leads_to_the_sign_in_page(page: Page, demo_site: DemoSite) -> None:
    _open_the_clean_ones(page, demo_site)
    page.context.clear_cookies()

    page.locator("[data-row] a.p").nth(1).click()

    expect(page).to_have_url(re.compile(r"/en/accounts/login/\?next="))


def test_a_second_click_sends_nothing_more(page: Page, demo_site: DemoSite) -> None:
    posts = _open_the_clean_ones(page, demo_site)
    page.route("**/audit/**", lambda _route: None)

    page.evaluate("const one = document.querySelector('[data-key=a]'); one.click(); setTimeout(() => one.click(), 50)")

    page.wait_for_timeout(MOMENT_MS)
    assert len(posts) == 1
