"""The player's modules in a real browser under the strict policy: they load, and storage keeps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 -- a fixture, for `browser`
from tracking import __file__ as tracking_file

MODULES = Path(tracking_file).parent / "static" / "tracking"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; object-src 'none'"

pytestmark = pytest.mark.browser


class StrictFiles(SimpleHTTPRequestHandler):
    """The modules, and one empty page, under the strict policy."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><html lang='en'><title>modules</title><main></main>")

    def log_message(self, *_args: object) -> None:
        """Keep the test run's output its own."""


@pytest.fixture
def empty_page(browser: Browser) -> Iterator[Page]:
    """An empty page at the modules' own address, which fails its test on any complaint of the browser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(StrictFiles, directory=str(MODULES)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield page
    page.close()
    server.shutdown()
    server.server_close()
    assert [line for line in complaints if "favicon" not in line and "404" not in line] == []


def test_load_under_the_strict_policy(empty_page: Page) -> None:
    names = sorted(path.name for path in MODULES.glob("*.js"))

    loaded = empty_page.evaluate(
        "async (names) => { for (const name of names) await import('/' + name); return names.length; }", names
    )

    assert loaded == len(names) > 30


def test_keep_pending_seconds_across_a_reload(empty_page: Page) -> None:
    save = "(async () => (await import('/store.js')).save('1/2', 'sid-1', [[3, 9]]))()"
    load = "(async () => (await import('/store.js')).load('1/2'))()"

    empty_page.evaluate(save)
    empty_page.reload()

    assert empty_page.evaluate(load) == {"session": "sid-1", "runs": [[3, 9]]}


def test_forget_what_the_server_has_acknowledged(empty_page: Page) -> None:
    empty_page.evaluate("(async () => (await import('/store.js')).save('1/3', 'sid-1', [[3, 9]]))()")
    empty_page.evaluate("(async () => (await import('/store.js')).save('1/3', 'sid-1', []))()")

    assert empty_page.evaluate("(async () => (await import('/store.js')).load('1/3'))()") is None


def test_keep_the_newest_receipt_of_a_lesson(empty_page: Page) -> None:
    kept = "(async () => (await import('/store.js')).saveReceipt('1/4', {sid: %r, n: %d, at: %d}))()"
    for facts in (("sid-1", 5, 100), ("sid-1", 9, 300), ("sid-2", 7, 200)):
        empty_page.evaluate(kept % facts)
    empty_page.reload()

    newest = empty_page.evaluate("(async () => (await import('/store.js')).loadReceipt('1/4'))()")
    others = empty_page.evaluate("(async () => (await import('/store.js')).loadReceipt('1/5'))()")

    assert (newest, others) == ({"sid": "sid-1", "n": 9, "at": 300}, None)


def test_keep_what_an_older_page_wrote(empty_page: Page) -> None:
    """The first version of the store had one table; its seconds outlive the change."""
    empty_page.evaluate(
        """() => new Promise((done) => {
            const request = indexedDB.open("hourbook-tracking", 1);
            request.onupgradeneeded = () => request.result.createObjectStore("pending");
            request.onsuccess = () => {
                const write = request.result.transaction("pending", "readwrite");
                write.objectStore("pending").put({ session: "sid-0", runs: [[1, 4]] }, "1/6");
                write.oncomplete = () => { request.result.close(); done(); };
            };
        })"""
    )

    load = "(async () => (await import('/store.js')).load('1/6'))()"
    assert empty_page.evaluate(load) == {"session": "sid-0", "runs": [[1, 4]]}
