"""The server under fire: one real uvicorn process, its log, its memory, its counts."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.tracking.server import Server

COUNTS_PATH = "/fuzz/counts/"
BURST_VARIABLE = "FUZZ_MESSAGES_BURST"

_ERROR = re.compile(r"^(ERROR|CRITICAL)\b|\b(ERROR|CRITICAL) \S+ ")
#: uvicorn's own words, at level ERROR, for a text frame it closes with 1007 as it should.
_REFUSED_UTF8 = "Invalid UTF-8 sequence received from client."


@dataclass(frozen=True)
class Memory:
    """Resident memory: the process's own, and pages of files it maps.

    SQLite maps the database (`mmap_size`), so the mapped part grows with what is stored, not with what leaks.
    """

    own_kib: int = 0
    mapped_kib: int = 0

    def __str__(self) -> str:
        """Say both in MiB."""
        return f"{self.own_kib / 1_024:.1f} + {self.mapped_kib / 1_024:.1f} mapped"


@dataclass(frozen=True)
class Target:
    """A running server."""

    port: int
    pid: int
    log: Path

    def memory(self) -> Memory:
        """Return how much memory the process holds now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        kib = dict(re.findall(r"(Rss\w+):\s+(\d+) kB", status))
        return Memory(own_kib=int(kib["RssAnon"]), mapped_kib=int(kib["RssFile"]))

    def counts(self) -> dict[str, int]:
        """Return what reached the parser, by what came of it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{COUNTS_PATH}", timeout=30) as answer:
            counts: dict[str, int] = json.load(answer)
        return counts

    def errors(self) -> list[str]:
        """Return the log's lines of level ERROR, but for uvicorn's about text that is not UTF-8."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if _ERROR.search(line) and _REFUSED_UTF8 not in line]

    def utf8_complaints(self) -> int:
        """Return how often uvicorn logged text that is not UTF-8."""
        return self.log.read_text(encoding="utf-8", errors="replace").count(_REFUSED_UTF8)


@contextmanager
def serving(database_url: str, log: Path, *, burst: int) -> Iterator[Target]:
    """Run the server as every way of running does, on a database."""
    server = Server(
        database_url, application="tests.tracking.fuzz.door:application", log=log, more={BURST_VARIABLE: str(burst)}
    )
    log.write_bytes(b"")
    try:
        server.start()
        assert server.pid is not None
        yield Target(server.port, server.pid, log)
    finally:
        server.stop()
