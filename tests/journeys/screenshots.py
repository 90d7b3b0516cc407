"""Takes the screenshots of docs/screenshots/: `python -m tests.journeys.screenshots [home player …]`.

Serves a fresh demo of its own; zh at 1280 and 390 px, en at 1280 px. Without names, all of them.
"""

from __future__ import annotations

import io
import itertools
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.journeys.conftest import QUIET, ROOT, DemoSite, chromium_path, sign_in
from tests.journeys.walk import Stop, stops
from tests.services import free_port

FOLDER = ROOT / "docs" / "screenshots"
SHOWN = (
    "home", "course", "player", "exam", "hours", "audit", "confirm", "run", "certificate", "verify",
    "certificate-desk", "rules", "rule-set", "promotion", "compliance", "base", "messages", "waivers-own",
)  # fmt: skip
VIEWS = (("", "zh", 1280, 900), ("", "zh", 390, 844), ("/en", "en", 1280, 900))


def main(names: list[str]) -> None:
    """Serve, visit, save small."""
    if unknown := set(names) - set(SHOWN):
        raise SystemExit(f"not shown: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as var, sync_playwright() as playwright:
        site = DemoSite(var=Path(var), port=free_port())
        site.start()
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(playwright), args=[*QUIET, "--no-sandbox"]
            )
            # Once for each account: a door that is knocked at so often closes for a while.
            shown = sorted(
                (stop for stop in stops(site) if stop.name in (names or SHOWN)), key=lambda stop: stop.email or ""
            )
            for email, of_one in itertools.groupby(shown, key=lambda stop: stop.email):
                context = browser.new_context()
                if email:
                    sign_in(context.new_page(), site, email)
                for stop, view in itertools.product(of_one, VIEWS):
                    page = context.new_page()
                    page.set_viewport_size({"width": view[2], "height": view[3]})
                    page.goto(f"{site.url}{view[0]}{stop.path}", wait_until="networkidle")
                    # As tall as the page, so that the phone's tab bar stands at its end.
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": view[2], "height": height})
                    save(stop, view, page.screenshot())
                    page.close()
            browser.close()
        finally:
            site.stop()


def save(stop: Stop, view: tuple[str, str, int, int], png: bytes) -> None:
    """Save with a palette: a quarter of the size, and nothing to see of it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    # The few red pixels of the seal mark keep their red beside a picture's thousand greens.
    small = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{stop.name}-{view[1]}-{view[2]}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
