"""Children of one process: none is left behind, and a failed start says what to do."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest

from learning.management import supervisor
from tests.services import free_port

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
END = [sys.executable, "-c", ""]


def test_running_stops_every_child_on_leaving(tmp_path: Path) -> None:
    with supervisor.running({"one": SLEEP, "two": SLEEP}, cwd=tmp_path, env={}) as children:
        kept = list(children.values())
        assert [child.poll() for child in kept] == [None, None]

    assert all(child.poll() is not None for child in kept)


def test_running_stops_them_after_an_error_too(tmp_path: Path) -> None:
    kept: list[subprocess.Popen[bytes]] = []

    def interrupted() -> None:
        with supervisor.running({"one": SLEEP}, cwd=tmp_path, env={}) as children:
            kept.append(children["one"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert kept[0].poll() is not None


def test_wait_until_ready_says_which_child_ended(tmp_path: Path) -> None:
    with supervisor.running({"server": END}, cwd=tmp_path, env={}) as children:
        children["server"].wait()
        with pytest.raises(supervisor.CannotServeError, match="The server ended while starting"):
            supervisor.wait_until_ready(f"http://127.0.0.1:{free_port()}/readyz", children)


def test_watch_names_the_first_child_that_ends(tmp_path: Path) -> None:
    with supervisor.running({"worker": SLEEP, "server": END}, cwd=tmp_path, env={}) as children:
        assert supervisor.watch(children) == "server"


def test_a_taken_port_is_refused_with_advice() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(supervisor.CannotServeError, match=f"Try PORT={port + 1}"):
            supervisor.refuse_a_taken_port("127.0.0.1", port)


def test_server_believes_no_address_that_a_visitor_sends(tmp_path: Path) -> None:
    (tmp_path / "echo.py").write_text(
        "async def application(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': scope['client'][0].encode()})\n"
    )
    port = free_port()
    command = [
        "echo:application" if part == "learning.asgi:application" else part
        for part in supervisor.server_command("127.0.0.1", port)
    ]

    with supervisor.running({"server": command}, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-For": "203.0.113.9"})
        for _attempt in range(100):
            try:
                answer = urllib.request.urlopen(request).read()  # noqa: S310 -- our own server
            except URLError:
                time.sleep(0.1)
            else:
                break

    assert answer == b"127.0.0.1"
