"""Throwaway PostgreSQL and Redis servers, started from the installed binaries.

Never a server that is already running. As root, PostgreSQL is started as its own
user, since it refuses root. A missing binary raises MissingService: the caller
skips with the reason, or fails where CI=true.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_TIMEOUT_S = 30


class MissingService(RuntimeError):
    """A server's binary is not on this machine."""


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_binaries() -> Path:
    """Return the folder of initdb and postgres, newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingService("PostgreSQL's server is not installed (Debian: apt install postgresql)")


def _as_postgres_user(command: list[str]) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a fresh cluster and yield its database URL; it is gone afterwards."""
    binaries = postgres_binaries()
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError as error:
            raise MissingService("as root, PostgreSQL needs the system user postgres") from error
    folder = Path(tempfile.mkdtemp(prefix="hourbook-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    port = free_port()
    data = folder / "data"
    init = [str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "hourbook", "-E", "UTF8", "--no-locale"]
    subprocess.run(_as_postgres_user([*init, "--no-sync"]), check=True, capture_output=True)
    serve = [
        str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1",
        "-c", "fsync=off", "-c", "max_connections=200", "-c", "log_min_messages=fatal",
    ]  # fmt: skip
    server = subprocess.Popen(_as_postgres_user(serve), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port, server)
        create = [str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "hourbook", "hourbook"]
        subprocess.run(_retrying(create), check=True, capture_output=True)
        yield f"postgres://hourbook@127.0.0.1:{port}/hourbook"
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _retrying(command: list[str]) -> list[str]:
    """The port opens a moment before the cluster accepts clients."""
    return ["sh", "-c", 'for i in 1 2 3 4 5 6 7 8 9 10; do "$@" && exit 0; sleep 0.3; done; exit 1', "retry", *command]


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a fresh Redis without persistence and yield its URL."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        raise MissingService("Redis' server is not installed (Debian: apt install redis-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hourbook-redis-") as folder:
        server = subprocess.Popen(
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for_port(port, server)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(timeout=10)


def _wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode} while starting")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port} after {START_TIMEOUT_S} s")
