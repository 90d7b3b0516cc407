"""A real browser and a real server: the demo, served by its own command in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect
from pytest_django.plugin import DjangoDbBlocker

from tests import databases
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
#: Half a minute by itself; a machine that does much else takes its time.
READY_TIMEOUT_S = 600
#: However slow the machine and whatever runs beside: for every browser test of the run.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
QUIET = [
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


def chromium_path(playwright: Playwright) -> str:
    """Return $HOURBOOK_CHROMIUM, else the system's, else Playwright's own; empty when there is none."""
    for name in (os.environ.get("HOURBOOK_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else ""


@pytest.fixture(scope="session")
def browser_type_launch_args(playwright: Playwright) -> dict[str, Any]:
    path = chromium_path(playwright)
    if not path:
        reason = "no Chromium: set HOURBOOK_CHROMIUM or install one (Debian: apt install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "args": [*QUIET, *sandbox], "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@dataclass
class DemoSite:
    """The demo as a visitor gets it; `kill` and `start` are for the tests of loss."""

    var: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one management command on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self._env(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def _env(self) -> dict[str, str]:
        return {**os.environ, "HOURBOOK_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "learning.settings.embedded"}

    def start(self) -> None:
        """Serve; returns when the site is ready."""
        with (self.var / "demo.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(self.port)],
                cwd=ROOT,
                env=self._env(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError((self.var / "demo.log").read_text()[-4_000:])
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):  # noqa: S310
                    return
            except OSError as error:
                # NB: an HTTPError is an answer that must be closed.
                getattr(error, "close", lambda: None)()
                time.sleep(0.2)
        self.stop()
        raise TimeoutError((self.var / "demo.log").read_text()[-4_000:])

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)
            self.process = None

    def kill_server(self) -> None:
        """`kill -9` the ASGI server; the supervisor then ends by itself, as it promises."""
        found = subprocess.run(
            ["pgrep", "-f", f"uvicorn learning.asgi:application .*--port {self.port}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        if self.process is not None:
            self.process.wait(timeout=30)
            self.process = None


def kept_films() -> Path:
    """Return where the demo's lectures lie from one run to the next, until what films them changes."""
    sources = [*sorted((ROOT / "learning" / "demo").rglob("*.py")), ROOT / "uv.lock"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    return databases.TEMPLATES / f"filmed_{digest}"


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[DemoSite]:
    """The demo, built once a run and served; its database comes migrated."""
    from cms.models.lecture_media import FOLDER  # noqa: PLC0415 -- the screenshots use this file without Django

    site = DemoSite(var=tmp_path_factory.mktemp("demo"), port=free_port())
    with django_db_blocker.unblock():
        shutil.copyfile(databases.template(), site.var / "hourbook.sqlite3")
    kept, films = kept_films(), site.var / "media" / FOLDER
    if kept.exists():
        shutil.copytree(kept, films)
    # While writing a journey: a demo built earlier, copied, saves building it.
    if ready_made := os.environ.get("HOURBOOK_READY_DEMO"):
        shutil.copytree(ready_made, site.var, dirs_exist_ok=True)
    site.start()
    if not kept.exists():
        draft = Path(tempfile.mkdtemp(dir=kept.parent))
        shutil.copytree(films, draft, dirs_exist_ok=True)
        draft.rename(kept)
    yield site
    site.stop()


@pytest.fixture
def page(page: Page, demo_site: DemoSite) -> Iterator[Page]:
    """A page that fails its test on any policy violation, script error or failed request of ours."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None,
    )
    page.set_default_timeout(PATIENCE_MS)
    yield page
    assert complaints == []


def sign_in(page: Page, site: DemoSite, email: str, *, prefix: str = "") -> None:
    """Sign in as one of the demo's people."""
    page.context.clear_cookies()
    page.goto(f"{site.url}{prefix}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", "hourbook-demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
