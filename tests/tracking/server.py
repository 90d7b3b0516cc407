"""A real server process for tests: started as production starts it, on a database of the caller's.

Knows how to begin it, to kill it as a power cut would, and to end it as an operator does; nothing of
what is said to it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from learning.management import supervisor
from tests.services import free_port
from tests.tracking.nursery import ROOT, Nursery

APPLICATION = "learning.asgi:application"
_START_S = 60
_STOP_S = 30


class Server:
    """A uvicorn process; the same port over all its lives. Begun by a nursery, if there is one."""

    def __init__(
        self,
        database_url: str,
        *,
        application: str = APPLICATION,
        log: Path = Path(os.devnull),
        more: Mapping[str, str] | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.port = free_port()
        self._command = supervisor.server_command("127.0.0.1", self.port)
        self._command[self._command.index(APPLICATION)] = application
        self._environment = environment(database_url) | dict(more or {})
        self._log, self._nursery = log, nursery
        self._process: subprocess.Popen[bytes] | None = None
        self.pid: int | None = None

    def start(self) -> None:
        """Begin, and return when the port answers."""
        if self._nursery is not None:
            self.pid = self._nursery.bear(self._command[self._command.index("uvicorn") + 1 :], self._log)
        else:
            with self._log.open("ab") as words:
                self._process = subprocess.Popen(
                    self._command, cwd=ROOT, env=self._environment, stdout=words, stderr=words
                )
            self.pid = self._process.pid
        give_up_s = time.monotonic() + _START_S
        while time.monotonic() < give_up_s:
            assert self.is_alive(), "The server ended while starting."
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("The server did not start.")

    def is_alive(self) -> bool:
        """Say whether the process runs."""
        if self._process is not None:
            return self._process.poll() is None
        return self.pid is not None and Path(f"/proc/{self.pid}").exists()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def drain(self) -> None:
        """Have it send its players elsewhere."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGUSR1)

    def stop(self) -> None:
        """End it as an operator does."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.pid is not None and self.is_alive():
            os.kill(self.pid, how)
        give_up_s = time.monotonic() + _STOP_S
        while self.is_alive():
            assert time.monotonic() < give_up_s, "The server did not end."
            time.sleep(0.01)
        self.pid = self._process = None


@contextmanager
def serving(database_url: str, *, count: int, log: Path) -> Iterator[list[Server]]:
    """Run some nodes on one database, all of one nursery; none is left behind."""
    nursery = Nursery(environment(database_url))
    nodes = [Server(database_url, log=log, nursery=nursery) for _number in range(count)]
    try:
        for node in nodes:
            node.start()
        yield nodes
    finally:
        for node in nodes:
            node.kill()
        nursery.close()


def environment(database_url: str) -> dict[str, str]:
    """Return the environment in which a server process finds a database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.tracking.kill_settings",
        "KILL_TEST_DATABASE_URL": database_url,
        "PYTHONPATH": str(ROOT),
    }


def own_database_url() -> str:
    """Return the address of the running test's own database."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    host, port = settings["HOST"] or "127.0.0.1", settings["PORT"] or 5432
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{host}:{port}/{settings['NAME']}"
