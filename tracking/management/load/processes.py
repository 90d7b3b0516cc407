"""The processes of a run: servers, clients and jobs, and what the kernel says they cost.

Knows /proc (Linux); elsewhere costs are told as 0.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from learning.management import supervisor
from learning.management.stage import CannotStage, Stage, free_port

APPLICATION: Final = "tracking.management.load.server:application"
_START_WITHIN_S: Final = 90
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
#: What Linux lets a process have at most, unless told otherwise (fs.nr_open).
_FILES_MAX: Final = 1_048_576
#: Files a process needs beside its sockets.
_FILES_BESIDE: Final = 500


def sockets_max() -> int:
    """Return how many sockets one process may have, once its own limit is raised as far as it goes.

    Children inherit it. Raising the hard limit takes a privilege that even root has not everywhere.
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (max(hard, _FILES_MAX), hard):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _FILES_BESIDE


def available_kib() -> int:
    """Return the memory this machine has to give; 0 where it cannot be told."""
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1])
    return 0


def job(stage: Stage, name: str, *arguments: str) -> str:
    """Run a job to its end and return what it printed.

    Raises: CannotStage, when it fails; its words are on stderr.
    """
    done = subprocess.run(  # noqa: S603 -- our own module
        _job_command(name, *arguments), env=os.environ | stage.env, stdout=subprocess.PIPE, text=True, check=False,
        cwd=settings.BASE_DIR,
    )  # fmt: skip
    if done.returncode:
        raise CannotStage(f"The job {name} failed; its words are above.")
    return done.stdout


def _job_command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tracking.management.load.job", name, *arguments]


class Servers:
    """The server processes, started exactly as production starts one, each on a port of its own."""

    def __init__(self, stage: Stage, count: int, *, messages_per_s: int) -> None:
        """Choose the ports; start nothing yet."""
        self.ports = [free_port() for _server in range(count)]
        self._stage = stage
        self._env = os.environ | stage.env | {"HOURBOOK_BENCH_MESSAGES_PER_S": str(messages_per_s)}
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start them all and wait until each answers its port."""
        for port in self.ports:
            command = supervisor.server_command("127.0.0.1", port, application=APPLICATION)
            child = subprocess.Popen(  # noqa: S603 -- our own command
                command,
                cwd=settings.BASE_DIR,
                env=self._env,
                preexec_fn=supervisor.die_with_parent,  # noqa: PLW1509 -- no threads are running
            )
            self._children.append(child)
        for port, child in zip(self.ports, self._children, strict=True):
            _wait_for(port, child)

    def kill(self) -> None:
        """End them as a power cut would."""
        for child in self._children:
            child.kill()
        for child in self._children:
            child.wait()
        self._children = []

    def cpu_s(self) -> float:
        """Return the processor time they have used."""
        return cpu_s(child.pid for child in self._children)

    def rss_kib(self) -> int:
        """Return the memory they hold."""
        return sum(_rss_kib(child.pid) for child in self._children)


class Clients:
    """The client processes: a command to all, an answer from each."""

    def __init__(self, stage: Stage, facts: dict[str, Any], count: int) -> None:
        """Start them; each reads its share of the cast."""
        self._children: list[subprocess.Popen[str]] = []
        for number in range(count):
            path = stage.folder / f"client-{number}.json"
            path.write_text(json.dumps(facts | {"client": number, "clients": count}), encoding="utf-8")
            child = subprocess.Popen(  # noqa: S603 -- our own module
                _job_command("client", str(path)), env=os.environ | stage.env, cwd=settings.BASE_DIR,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            self._children.append(child)

    def __len__(self) -> int:
        return len(self._children)

    def ask(self, do: str, each: Iterable[dict[str, Any]] | None = None, **facts: Any) -> list[dict[str, Any]]:
        """Say the same to all, or `each` its own besides; return the answers. Raises: CannotStage."""
        for child, own in zip(self._children, each or [{}] * len(self), strict=True):
            if child.stdin is None or child.poll() is not None:
                raise CannotStage("A client process has ended; its words are above.")
            child.stdin.write(json.dumps({"do": do, **facts, **own}) + "\n")
            child.stdin.flush()
        return [self._answer(child) for child in self._children]

    def _answer(self, child: subprocess.Popen[str]) -> dict[str, Any]:
        line = child.stdout.readline() if child.stdout is not None else ""
        if not line:
            raise CannotStage("A client process has ended; its words are above.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def rss_kib(self) -> int:
        """Return the memory they hold."""
        return sum(_rss_kib(child.pid) for child in self._children)

    def close(self) -> None:
        """End them."""
        for child in self._children:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def cpu_s(pids: Iterable[int]) -> float:
    """Return the processor time of these processes and of their children that have ended, in seconds.

    0 where it cannot be told.
    """
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            # The name in brackets may hold spaces; utime, stime and the children's two are the 12th to 15th after it.
            words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            ticks += sum(map(int, words[11:15]))
    return ticks / _TICKS_PER_S


def family(pid: int | None) -> list[int]:
    """Return a process and its children, as PostgreSQL has one for each connection."""
    if pid is None:
        return []
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [pid, *map(int, children)]
    return [pid]


def _rss_kib(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotStage(f"A server did not answer port {port}; its words are above.")
