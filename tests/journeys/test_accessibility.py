"""axe on every page of the walk: zh and en, 1280 and 390 px, no violation and no exclusion.

Every day each page in one language at one width, the next page in the next; all four where there is time.
"""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import everyday
from tests.journeys.conftest import DemoSite, sign_in
from tests.journeys.walk import Stop, stops

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: Of what is well, axe need not collect every node.
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
PREFIXES = ("", "/en")


@pytest.fixture(scope="module")
def walk(demo_site: DemoSite) -> list[tuple[int, Stop]]:
    """Every page with its number, ordered by who opens it: nobody signs in twice."""
    return list(enumerate(sorted(stops(demo_site), key=lambda stop: stop.email)))


@pytest.mark.parametrize("prefix", PREFIXES, ids=["zh", "en"])
def test_axe_finds_nothing_on_the_walk(
    page: Page, demo_site: DemoSite, walk: list[tuple[int, Stop]], prefix: str
) -> None:
    found: list[str] = []
    signed_in_as = ""
    for number, stop in everyday.part(walk, PREFIXES.index(prefix), one_in=len(PREFIXES)):
        if stop.email and stop.email != signed_in_as:
            sign_in(page, demo_site, stop.email)
            signed_in_as = stop.email
        for width in everyday.part((1280, 390), number // 2, one_in=2):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{demo_site.url}{prefix}{stop.path}", wait_until="load")
            # As tall as the page: else a target half under the phone's tab bar counts as too small,
            # wherever the page happens to stand. It may still grow while its modules come.
            for _again in range(3):
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(100)
            result = Axe().run(page, options=OPTIONS)
            for violation in result.response["violations"]:
                nodes = json.dumps([node["html"][:200] for node in violation["nodes"][:3]], ensure_ascii=False)
                found.append(f"{stop.name} {prefix or 'zh'} {width}: {violation['id']}: {nodes}")
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if overflow > 0:
                found.append(f"{stop.name} {prefix or 'zh'} {width}: scrolls sideways by {overflow} px")

    assert found == []
