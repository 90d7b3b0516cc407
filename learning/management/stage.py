"""Where a run takes place: a database of its own, and the environment every process of it shares.

SQLite runs under the embedded settings, in a folder of its own; PostgreSQL under the production
settings, in a fresh database that is dropped afterwards, with Redis beside it as in production.
Servers that are not there are started from the installed binaries, and are gone afterwards too.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from learning.management.supervisor import die_with_parent

HOST: Final = "hourbook.test"
_START_WITHIN_S: Final = 30
#: What a server of this size would be given; durability is the default: fsync and synchronous_commit on.
POSTGRESQL_OPTIONS: Final = ("max_connections=200", "shared_buffers=1GB", "max_wal_size=2GB", "log_min_messages=fatal")


class CannotStage(RuntimeError):
    """The database or Redis cannot be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The shared environment, and how a browser looks to servers under these settings."""

    vendor: str
    folder: Path
    env: dict[str, str]
    origin: str
    session_cookie: str
    csrf_cookie: str
    headers: dict[str, str]
    #: The database server's first process, where it runs on this machine: its processor time can be told.
    database_pid: int | None = None


@contextmanager
def sqlite(var_dir: Path) -> Iterator[Stage]:
    """Stage the run on SQLite, in a folder that is gone afterwards."""
    with _folder(var_dir) as folder:
        env = {
            "DJANGO_SETTINGS_MODULE": "learning.settings.embedded",
            "HOURBOOK_VAR": str(folder),
            "HOURBOOK_HOSTS": HOST,
        }
        yield Stage("sqlite", folder, env, f"http://{HOST}", "sessionid", "csrftoken", {"Host": HOST})


@contextmanager
def postgresql(var_dir: Path, *, database_url: str | None, redis_url: str | None) -> Iterator[Stage]:
    """Stage the run on PostgreSQL and Redis; what no address is given for is started."""
    with ExitStack() as leaving:
        folder = leaving.enter_context(_folder(var_dir))
        pid = None
        if database_url is None:
            database_url, pid = leaving.enter_context(_throwaway_postgresql())
        else:
            server_url = database_url
            database_url = leaving.enter_context(_fresh_database(server_url))
            pid = _first_process(server_url)
        if redis_url is None:
            redis_url = leaving.enter_context(_throwaway_redis())
        env = {
            "DJANGO_SETTINGS_MODULE": "learning.settings.production",
            "HOURBOOK_VAR": str(folder),
            "HOURBOOK_HOSTS": HOST,
            "HOURBOOK_DATABASE_URL": database_url,
            "HOURBOOK_REDIS_URL": redis_url,
            "HOURBOOK_SECRET_KEY": secrets.token_hex(32),
            "HOURBOOK_FIELD_ENCRYPTION_KEY": secrets.token_hex(32),
            "HOURBOOK_BLIND_INDEX_KEY": secrets.token_hex(32),
            "HOURBOOK_SIGNING_SEED": secrets.token_hex(32),
            "HOURBOOK_ROOT_SIGNING_SEED": secrets.token_hex(32),
        }
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
        yield Stage(
            "postgresql", folder, env, f"https://{HOST}", "__Host-session", "__Host-csrf", headers, database_pid=pid
        )


def standing(database_url: str, var_dir: Path) -> Stage:
    """Return a place that is there already: this installation's settings on another database."""
    vendor = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    return Stage(vendor, var_dir, {"HOURBOOK_DATABASE_URL": database_url}, "", "", "", {})


@contextmanager
def _folder(var_dir: Path) -> Iterator[Path]:
    var_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=var_dir, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # Where production keeps its collected files; without it the server warns.
        (folder / "static").mkdir()
        yield folder


@contextmanager
def _fresh_database(server_url: str) -> Iterator[str]:
    """Make a database on a running server, and drop it afterwards."""
    import psycopg  # noqa: PLC0415 -- an extra of production; SQLite runs without it
    from psycopg import sql  # noqa: PLC0415 -- as above

    name = f"hourbook_bench_{os.getpid()}_{secrets.token_hex(3)}"
    try:
        server = psycopg.connect(server_url, autocommit=True)
    except psycopg.OperationalError as error:
        raise CannotStage(f"PostgreSQL does not answer at {urlsplit(server_url).hostname}: {error}") from error
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server_url, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _first_process(server_url: str) -> int | None:
    """Return the first process of a server on this machine; None of one elsewhere."""
    import psycopg  # noqa: PLC0415 -- as above

    with psycopg.connect(server_url) as server, suppress(OSError, ValueError):
        words = Path(f"/proc/{server.info.backend_pid}/stat").read_text(encoding="ascii", errors="replace")
        name, _bracket, rest = words.partition(" (")[2].rpartition(")")
        return int(rest.split()[1]) if name == "postgres" else None
    return None


@contextmanager
def _throwaway_postgresql() -> Iterator[tuple[str, int]]:
    """Run a fresh cluster as durable as a real one; yield its address and its first process."""
    binaries, port = _postgresql_binaries(), free_port()
    with tempfile.TemporaryDirectory(prefix="hourbook-bench-pg-", ignore_cleanup_errors=True) as name:
        folder, user = Path(name), _unprivileged()
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        ids = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
        init = [binaries / "initdb", "-D", folder / "data", "-A", "trust", "-U", "hourbook", "-E", "UTF8"]
        subprocess.run(  # type: ignore[call-overload]  # noqa: S603 -- our own command
            [*init, "--no-locale", "--no-sync"], check=True, capture_output=True, cwd=folder, **ids
        )
        options = [word for option in POSTGRESQL_OPTIONS for word in ("-c", option)]
        serve = [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
        server_url = f"postgres://hourbook@127.0.0.1:{port}/postgres"
        # At once: nothing of it is to be kept.
        child = _child([*map(str, serve), *options], port, stop_by=signal.SIGQUIT, cwd=folder, **ids)
        with child as pid, _when_up(server_url), _fresh_database(server_url) as url:
            yield url, pid


@contextmanager
def _when_up(server_url: str) -> Iterator[None]:
    """Wait until a cluster takes clients: its port opens a moment before. Raises: CannotStage."""
    import psycopg  # noqa: PLC0415 -- as above

    deadline = time.monotonic() + _START_WITHIN_S
    while True:
        try:
            psycopg.connect(server_url).close()
            break
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CannotStage(f"PostgreSQL takes no clients: {error}") from error
            time.sleep(0.2)
    yield


@contextmanager
def _throwaway_redis() -> Iterator[str]:
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        raise CannotStage("Production runs with Redis: give --redis URL, or install redis-server.")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hourbook-bench-redis-") as folder:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _child([*command, "--dir", folder], port):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _child(command: list[str], port: int, *, stop_by: int = signal.SIGTERM, **options: object) -> Iterator[int]:
    """Run a server until its port answers and for as long as the body lasts, but no longer than this process."""
    child = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 -- our own command
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- no threads are running
        **options,
    )
    try:
        _wait_for(port, child)
        yield child.pid
    finally:
        child.send_signal(stop_by)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=20)
        child.kill()
        child.wait()


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise CannotStage(f"Nothing listens on port {port}.")


def _postgresql_binaries() -> Path:
    """Return the folder of initdb, newest version first."""
    versions = (path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit())
    folders = sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    raise CannotStage("PostgreSQL's server is not installed; give --database URL.")


def _unprivileged() -> pwd.struct_passwd | None:
    """Return the user to run PostgreSQL as: it refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise CannotStage("As root, PostgreSQL needs the system user postgres.") from error


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
