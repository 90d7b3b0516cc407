"""The whole test command: `make test`.

Three pytest runs, since browser tests need a process without an event loop and the
tracking, exam and credit paths run on both databases:

1. everything but the browser, on SQLite, with style, types and import contracts;
2. the paths where correctness rests on the database, on PostgreSQL and Redis;
3. the journeys, in a real browser against a real server.

Further arguments go to every run. Each run is judged by pytest itself; this file
only puts them in order. A missing service or browser skips with its reason, or
fails where CI=true.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import services  # noqa: E402 -- after the path is set

DATABASE_PATHS = ("tests/tracking", "tests/assessments", "tests/learning/actions", "tests/learning/commands")
NO_TESTS_COLLECTED = 5


def pytest(name: str, *arguments: str, env: dict[str, str] | None = None) -> bool:
    """Run one pytest process and say how long it took; True when it passed."""
    print(f"\n=== {name}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False).returncode
    verdict = "passed" if code in (0, NO_TESTS_COLLECTED) else "FAILED"
    print(f"=== {name}: {verdict} in {time.monotonic() - started:.0f} s", flush=True)
    return code in (0, NO_TESTS_COLLECTED)


def on_both_services() -> bool:
    """Run the database paths on throwaway PostgreSQL and Redis servers."""
    name = "PostgreSQL and Redis"
    try:
        with contextlib.ExitStack() as stack:
            env = {
                "HOURBOOK_TEST_DATABASE_URL": stack.enter_context(services.postgres()),
                "HOURBOOK_TEST_REDIS_URL": stack.enter_context(services.redis()),
            }
            paths = [path for path in DATABASE_PATHS if (ROOT / path).exists()]
            return pytest(name, "-q", "-n", "2", "-m", "not browser", *paths, env=env)
    except services.MissingService as reason:
        print(f"\n=== {name}: {'FAILED' if os.environ.get('CI') else 'skipped'}: {reason}", flush=True)
        return not os.environ.get("CI")


def main() -> int:
    """Run all three; every run is made even when an earlier one failed."""
    started = time.monotonic()
    results = [
        pytest("SQLite, style and types", "-q", "-n", "2", "--dist", "worksteal", "-m", "not browser"),
        on_both_services(),
        pytest("Browser journeys", "-q", "-n0", "-m", "browser"),
    ]
    print(
        f"\n{'All runs passed' if all(results) else 'A run FAILED'} in {time.monotonic() - started:.0f} s.", flush=True
    )
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
