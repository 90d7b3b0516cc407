"""A process that has loaded the application once and begins server processes by forking: `Nursery`.

Loading takes seconds of work, and a harness that kills a hundred servers would spend them a hundred
times. A forked server is a process of its own from its first instruction: its event loop, sockets,
database connections and clock are begun after the fork; no connection or thread exists before it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Nursery:
    """The parent of server processes, seen from the test; used from one thread at a time."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.tracking.nursery"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def bear(self, arguments: Sequence[str], log: Path) -> int:
        """Begin a server with uvicorn's arguments and return its process number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"arguments": list(arguments), "log": str(log)}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it; its children are the caller's to end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()


def main() -> None:
    """Load, then fork a server for every line, until there are no more."""
    import learning.asgi  # noqa: F401, PLC0415 -- loading it is what this process is for

    # Who is killed is buried at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # NB: read unbuffered, so that a child inherits no line that is not its own.
    with os.fdopen(os.dup(0), "rb", buffering=0) as orders:
        while line := orders.readline():
            order = json.loads(line)
            pid = os.fork()
            if pid == 0:
                orders.close()
                _serve(order["arguments"], order["log"])
            print(pid, flush=True)


def _serve(arguments: Sequence[str], log: str) -> None:
    """Be a server, and nothing else, until the end."""
    import uvicorn  # noqa: PLC0415 -- as above

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, source in ((0, nothing), (1, words), (2, words)):
        os.dup2(source, fd)
    try:
        uvicorn.main(list(arguments), standalone_mode=False)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
