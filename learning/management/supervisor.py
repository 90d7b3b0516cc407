"""Children of one process: the ASGI server and a Celery worker with beat.

Knows how to start them, how to tell when they are ready and how to stop them so
that none is left behind, whatever happens to the parent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_TIMEOUT_S = 10
READY_TIMEOUT_S = 60
FRAME_LIMIT_BYTES = 4_096
APPLICATION = "learning.asgi:application"


class CannotServeError(RuntimeError):
    """The server could not be started; the message says what to do."""


def die_with_parent() -> None:
    """Ask the kernel to end this child when its parent is gone (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def refuse_a_taken_port(host: str, port: int) -> None:
    """Raise CannotServeError when another program listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServeError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Try PORT={port + 1}."
            ) from error


def server_command(host: str, port: int, *, application: str = APPLICATION) -> list[str]:
    """Return the command of one ASGI node (also what production runs)."""
    return [
        # WhiteNoise's files are small and read whole; Django's warning about that is not for the operator.
        sys.executable, "-W", "ignore:StreamingHttpResponse", "-m", "uvicorn", application,
        "--host", host, "--port", str(port), "--lifespan", "off", "--log-level", "warning",
        "--ws", "websockets-sansio", "--ws-max-size", str(FRAME_LIMIT_BYTES), "--ws-per-message-deflate", "false",
        # A beat says that a player lives; pings beside it would only cost (TRACKING §2).
        "--ws-ping-interval", "0",
        # Whom to believe about addresses is said once, in the settings; uvicorn believes everyone on this host.
        "--no-proxy-headers", "--timeout-graceful-shutdown", "5",
    ]  # fmt: skip


def worker_command(var_dir: Path) -> list[str]:
    """Return the command of a worker that also runs the beat."""
    return [
        sys.executable, "-W", "ignore::RuntimeWarning", "-m", "celery", "-A", "learning.celery", "worker",
        "-P", "threads", "-c", "2", "-B", "-s", str(var_dir / "celerybeat-schedule"), "-l", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


@contextmanager
def running(
    commands: Mapping[str, list[str]], *, cwd: Path, env: Mapping[str, str]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run the named commands as children; on leaving, all are stopped and waited for."""
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            children[name] = subprocess.Popen(  # noqa: S603 -- our own commands, no shell
                command,
                cwd=cwd,
                env={**os.environ, **env},
                # A group of its own: Ctrl-C reaches the parent, who stops the children in order.
                process_group=0,
                preexec_fn=die_with_parent,  # noqa: PLW1509 -- no threads are running yet
            )
        yield children
    finally:
        _stop(list(children.values()))


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_S
    for child in children:
        try:
            child.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until_ready(url: str, children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Return once the address answers 200.

    Raises: CannotServeError, when a child ends first or a minute has passed.
    """
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        ended = [name for name, child in children.items() if child.poll() is not None]
        if ended:
            raise CannotServeError(f"The {ended[0]} ended while starting; its message is above.")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own http address
                if answer.status == 200:  # noqa: PLR2004 -- HTTP OK
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotServeError(f"{url} did not become ready within {READY_TIMEOUT_S} s.")


def watch(children: Mapping[str, subprocess.Popen[bytes]]) -> str:
    """Return the name of the first child that ends; blocks until then."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name
        time.sleep(0.5)
