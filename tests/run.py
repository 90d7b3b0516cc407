"""The whole test command: `make test`.

Three pytest runs:

1. everything but the browser, on SQLite, with style, types and import contracts;
2. the paths where correctness rests on the database, on PostgreSQL and Redis;
3. the journeys, in a real browser against a real server.

Every day each behaviour once, a part of every sweep, and on PostgreSQL what rests on the database; HOURBOOK_TURN=n
runs more of it, HOURBOOK_SLOW=1 all (`tests.everyday` decides).

The browser tests play lectures in real time and mostly wait, those of the second
database wait for locks, kills and bells: both run beside the first, one worker
each. Each run has a folder of its own for its databases and files. Further
arguments go to every run. Each run is judged by pytest itself. A missing service
or browser skips with its reason, or fails where CI=true.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import services  # noqa: E402 -- after the path is set

DATABASE_PATHS = (
    "tests/tracking", "tests/assessments", "tests/learning/actions", "tests/learning/commands",
    "tests/learning/models", "tests/learning/credit_machine",
)  # fmt: skip
BROWSER_PATHS = ("tests/journeys", "tests/assessments/client", "tests/tracking/client")
NO_TESTS_COLLECTED = 5
#: For the first run one more than there are cores: some tests wait, and beside them they all do.
WORKERS, WORKERS_BESIDE = "3", "1"
SPREAD = ("-q", "--dist", "worksteal", "-m", "not browser")
SQLITE, POSTGRESQL, BROWSER = "SQLite, style and types", "PostgreSQL and Redis", "Browser journeys"


def command(*arguments: str) -> list[str]:
    """Return one pytest command with what the caller added."""
    return [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]]


def environment(name: str, **more: str) -> dict[str, str]:
    """Return the environment of a run: its own folder, so that runs side by side share nothing.

    Bytecode is kept, in one place, whatever the shell says: else every worker, and every server and
    command a test starts, compiles the whole project and its libraries first.
    """
    tests = ROOT / "var" / "tests"
    folder = tests / name.split(maxsplit=1)[0].strip(",").lower()
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tests / "bytecode")}
    return {**os.environ, **kept, "HOURBOOK_VAR": str(folder), **more}


def verdict(name: str, code: int, started: float) -> bool:
    """Say how a run ended; True when it passed."""
    has_passed = code in (0, NO_TESTS_COLLECTED)
    print(f"=== {name}: {'passed' if has_passed else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    return has_passed


def foreground(name: str, *arguments: str, **more: str) -> bool:
    """Run one pytest process in sight."""
    print(f"\n=== {name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command(*arguments), cwd=ROOT, env=environment(name, **more), check=False).returncode
    return verdict(name, code, started)


@contextlib.contextmanager
def beside(name: str, *arguments: str, **more: str) -> Iterator[list[bool]]:
    """Run one pytest process beside the others; its words come at the end, in one piece."""
    started = time.monotonic()
    result: list[bool] = []
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(
            command(*arguments), cwd=ROOT, env=environment(name, **more), stdout=words, stderr=subprocess.STDOUT
        )
        try:
            yield result
        finally:
            code = process.wait()
            words.seek(0)
            print(f"\n=== {name}\n{words.read()}", flush=True)
            result.append(verdict(name, code, started))


@contextlib.contextmanager
def on_both_services() -> Iterator[list[bool]]:
    """Run the database paths on throwaway PostgreSQL and Redis servers, beside the others."""
    paths = [path for path in DATABASE_PATHS if (ROOT / path).exists()]
    with contextlib.ExitStack() as servers:
        try:
            database, redis = (servers.enter_context(server()) for server in (services.postgres, services.redis))
        except services.MissingService as reason:
            print(f"\n=== {POSTGRESQL}: {'FAILED' if os.environ.get('CI') else 'skipped'}: {reason}", flush=True)
            yield [not os.environ.get("CI")]
            return
        urls = {"HOURBOOK_TEST_DATABASE_URL": database, "HOURBOOK_TEST_REDIS_URL": redis}
        with beside(POSTGRESQL, *SPREAD, "-n", WORKERS_BESIDE, *paths, **urls) as result:
            yield result


def main() -> int:
    """Run all three; every run is made even when another one failed."""
    started = time.monotonic()
    with beside(BROWSER, "-q", "-n0", "-m", "browser", *BROWSER_PATHS) as browser, on_both_services() as second:
        first = foreground(SQLITE, *SPREAD, "-n", WORKERS)
    results = [first, *second, *browser]
    print(
        f"\n{'All runs passed' if all(results) else 'A run FAILED'} in {time.monotonic() - started:.0f} s.", flush=True
    )
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
