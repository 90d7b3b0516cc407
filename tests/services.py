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
#: Two tests that wait for each other fail and say so, rather than hang.
LOCK_TIMEOUT_S = 120


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


class Cluster:
    """A fresh PostgreSQL cluster with one empty database; `is_durable`: it writes as production does."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        """Make the cluster; nothing runs yet."""
        self._folder, self._data = folder, folder / "data"
        self._binaries = postgres_binaries()
        self._port = free_port()
        self._is_durable = is_durable
        self._server: subprocess.Popen[bytes] | None = None
        initdb = [str(self._binaries / "initdb"), "-D", str(self._data), "-A", "trust", "-U", "hourbook"]
        subprocess.run(
            _as_postgres_user([*initdb, "-E", "UTF8", "--no-locale", "--no-sync"]), check=True, capture_output=True
        )
        self.start()
        self._client("createdb", "hourbook")

    @property
    def url(self) -> str:
        """The database's address."""
        return f"postgres://hourbook@127.0.0.1:{self._port}/hourbook"

    def start(self) -> None:
        """Start the server, and return once it takes clients; after a crash it recovers first."""
        serve = [
            str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self._port), "-k", str(self._folder),
            "-h", "127.0.0.1", "-c", f"fsync={'on' if self._is_durable else 'off'}", "-c", "max_connections=200",
            "-c", "log_min_messages=fatal", "-c", f"lock_timeout={LOCK_TIMEOUT_S}s",
        ]  # fmt: skip
        self._server = subprocess.Popen(_as_postgres_user(serve), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for_port(self._port, self._server)
        self._client("psql", "-d", "postgres", "-c", "SELECT 1")

    def stop_immediately(self) -> None:
        """Stop it as if it had crashed: no checkpoint, no farewell."""
        stop = [str(self._binaries / "pg_ctl"), "stop", "-m", "immediate", "-D", str(self._data)]
        subprocess.run(_as_postgres_user(stop), check=True, capture_output=True)
        if self._server is not None:
            self._server.wait(timeout=10)

    def copy(self, url: str) -> None:
        """Fill the empty database with the tables and rows of another."""
        dump = [str(self._binaries / "pg_dump"), "--no-owner", "--no-privileges", "-d", url]
        with tempfile.TemporaryFile() as tables:
            subprocess.run(dump, check=True, stdout=tables)
            tables.seek(0)
            load = [str(self._binaries / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url]
            subprocess.run(load, check=True, stdin=tables, stdout=subprocess.DEVNULL)

    def end(self) -> None:
        """Stop the server for good."""
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()

    def _client(self, name: str, *arguments: str) -> None:
        """Run a client, again and again until the server takes it."""
        command = [str(self._binaries / name), "-h", "127.0.0.1", "-p", str(self._port), "-U", "hourbook", *arguments]
        subprocess.run(_retrying(command), check=True, capture_output=True)


@contextlib.contextmanager
def postgres_cluster(*, is_durable: bool = False) -> Iterator[Cluster]:
    """Run a fresh cluster; it is gone afterwards."""
    postgres_binaries()
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError as error:
            raise MissingService("as root, PostgreSQL needs the system user postgres") from error
    folder = Path(tempfile.mkdtemp(prefix="hourbook-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = None
    try:
        cluster = Cluster(folder, is_durable=is_durable)
        yield cluster
    finally:
        if cluster is not None:
            cluster.end()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a fresh cluster that is quick rather than durable, and yield its database URL."""
    with postgres_cluster() as cluster:
        yield cluster.url


def _retrying(command: list[str]) -> list[str]:
    """The port opens a moment before the cluster accepts clients."""
    return ["sh", "-c", 'for i in $(seq 40); do "$@" && exit 0; sleep 0.3; done; exit 1', "retry", *command]


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
