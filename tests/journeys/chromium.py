"""A browser with nothing between it and its operating system.

Playwright holds every page visible and focused, and minds a browser that is stopped or killed. Here
a page is hidden when another lies in front of it, a stopped browser sleeps, and a killed one is dead.
Knows the DevTools protocol; nothing of Hourbook.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

START_WITHIN_S = 60
ANSWER_WITHIN_S = 60
FLAGS = (
    "--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--mute-audio",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0", "--window-size=1280,900", "--lang=zh-CN", "--hide-crash-restore-bubble",
)  # fmt: skip


@dataclass
class Chromium:
    """One browser process with a profile of its own, which outlives it."""

    path: str
    profile: Path
    proxy_port: int | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _wire: ClientConnection | None = field(default=None, init=False)
    _ending: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, init=False)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1), init=False)

    def start(self) -> Tab:
        """Start the browser, and return its first page."""
        self.profile.mkdir(parents=True, exist_ok=True)
        port_file = self.profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        flags = [*FLAGS, f"--user-data-dir={self.profile}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        if self.proxy_port:
            # Chromium would not ask a proxy for its own machine.
            flags += [f"--proxy-server=127.0.0.1:{self.proxy_port}", "--proxy-bypass-list=<-loopback>"]
        self._process = subprocess.Popen(
            [self.path, *flags, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        wire = connect(_address(port_file), max_size=None, compression=None, ping_interval=None, close_timeout=1)
        self._wire = self._ending.enter_context(wire)
        pages = [one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        return self._attach(pages[0]["targetId"])

    def new_tab(self) -> Tab:
        """Open a page in front of the others, which are hidden by it."""
        return self._attach(self.call("Target.createTarget", {"url": "about:blank"})["targetId"])

    def sleep(self, seconds: float) -> None:
        """Stop every process of the browser for a while, as a closed lid does."""
        self._signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word, as an empty battery does."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=30)
        self._process = None
        self._wire = None
        self._ending.close()

    def call(self, method: str, facts: dict[str, Any] | None = None, *, session: str | None = None) -> dict[str, Any]:
        """Call a method of the protocol, and return its result; events are passed over."""
        if self._wire is None:
            raise RuntimeError("The browser has not been started.")
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": facts or {}}
        self._wire.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            answer: dict[str, Any] = json.loads(self._wire.recv(timeout=ANSWER_WITHIN_S))
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _attach(self, target: str) -> Tab:
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Tab(self, target, session)

    def _signal(self, number: signal.Signals) -> None:
        """Signal the browser's own process group: every process of it, and nothing else."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


@dataclass(frozen=True, slots=True)
class Tab:
    """One page."""

    browser: Chromium
    target: str
    session: str

    def go(self, url: str, *, leads_to: str | None = None) -> None:
        """Open an address, and wait until the page stands; say where it may lead to, if not only there."""
        self.browser.call("Page.navigate", {"url": url}, session=self.session)
        self.wait(f"location.href.startsWith({json.dumps(leads_to or url)}) && document.readyState === 'complete'")

    def front(self) -> None:
        """Bring the page before the others."""
        self.browser.call("Target.activateTarget", {"targetId": self.target})

    def close(self) -> None:
        """Close the page as its button does."""
        self.browser.call("Target.closeTarget", {"targetId": self.target})

    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, awaited."""
        facts = {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        answer = self.browser.call("Runtime.evaluate", facts, session=self.session)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails'].get('exception')}")
        return answer["result"].get("value")

    def wait(self, expression: str, *, within_s: float = 60) -> Any:
        """Wait until an expression is true; return its value."""
        until = time.monotonic() + within_s
        while True:
            with contextlib.suppress(RuntimeError):  # the page is being changed
                if value := self.ask(expression):
                    return value
            if time.monotonic() > until:
                raise TimeoutError(f"not within {within_s} s: {expression}; the page says: {self._said()}")
            time.sleep(0.2)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key, as a keyboard does."""
        facts = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
        self.browser.call("Input.dispatchKeyEvent", {"type": "keyDown", **facts}, session=self.session)
        self.browser.call("Input.dispatchKeyEvent", {"type": "keyUp", **facts}, session=self.session)

    def spoken(self, role: str) -> str:
        """Return name and description of the first element of a role, as a screen reader is given them."""
        root = self.browser.call("DOM.getDocument", {"depth": 0}, session=self.session)["root"]["nodeId"]
        facts = {"nodeId": root, "role": role}
        nodes = self.browser.call("Accessibility.queryAXTree", facts, session=self.session)["nodes"]
        shown: dict[str, Any] = next((one for one in nodes if not one["ignored"]), {})
        return " ".join(str(shown.get(part, {}).get("value", "")) for part in ("name", "description"))

    def _said(self) -> str:
        with contextlib.suppress(RuntimeError, TimeoutError):
            return str(self.ask("document.querySelector('main')?.innerText?.slice(0, 600)"))
        return "nothing"


def _address(port_file: Path) -> str:
    """Return where the browser listens, once it says so."""
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError, IndexError):
            port = port_file.read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version", timeout=5) as answer:
                return str(json.load(answer)["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise TimeoutError("the browser does not listen")
