"""Workers killed in the middle of a confirmation run, and what stands in the ledger afterwards.

A real worker process, SIGKILL at random places of the run, a new worker; at the end every
entry has exactly one decision and every whole year one page. As a command, on a database of
its own: `python -m tests.learning.killed_runs --kills 20 --entries 100000 --postgresql`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from learning.management import stage
from learning.management.load.job import command

ROOT = Path(__file__).resolve().parents[2]
#: A killed worker may be in the middle of anything for so long after the place it is killed at.
JITTER_S = 0.3
_STUCK_S = 120
#: The last kill comes before the last chunk.
_TAIL = 1_000


def kill_workers(
    *, work: list[str], env: Mapping[str, str], items: int, cursor: Callable[[], int], kills: int, seed: int
) -> int:
    """Kill a worker at so many random places, let a last one finish; return how many were killed at work."""
    chance = random.Random(seed)  # noqa: S311 -- a test's dice
    places = sorted(chance.randrange(0, max(items - _TAIL, 1)) for _kill in range(kills))
    killed = 0
    for place in places:
        worker = subprocess.Popen(work, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            _until(lambda place=place: cursor() > place, worker)  # type: ignore[misc]
            time.sleep(chance.uniform(0, JITTER_S))
            killed += worker.poll() is None
        finally:
            worker.kill()
            worker.wait()
    subprocess.run(work, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return killed


def _until(is_reached: Callable[[], bool], worker: subprocess.Popen[bytes]) -> None:
    give_up_s = time.monotonic() + _STUCK_S
    while not is_reached():
        if time.monotonic() > give_up_s:
            raise TimeoutError("The run did not move.")
        if worker.poll() is not None:
            return
        time.sleep(0.02)


def faults(state: Mapping[str, Any]) -> list[str]:
    """Return what is not as it should be of a run nobody else decided on; nothing when all is well."""
    items, people, receipt = state["items"], state["people"], state["receipt"] or {}
    per_person = -(-items // people)
    whole = items // per_person
    expected = {
        "state": "done",
        "cursor": items,
        "decisions": items,
        "decided_entries": items,
        "linked_decisions": items,
        "logged_decisions": items,
        "logged_entries": items,
        "pages": whole,
        "paged_people": whole,
        "whole_years": whole,
    }
    found = [f"{name}: {state[name]}, not {value}" for name, value in expected.items() if state[name] != value]
    told = {"items": items, "count": items, "left": 0, "certificates": whole}
    return found + [
        f"receipt {name}: {receipt.get(name)}, not {value}"
        for name, value in told.items()
        if receipt.get(name) != value
    ]


def main() -> None:
    """Prepare, kill, check; exit 1 on any fault."""
    options = _options()
    var = Path(tempfile.mkdtemp(prefix="hourbook-killed-"))
    place = (
        stage.postgresql(var, database_url=options.database, redis_url=None)
        if options.postgresql or options.database
        else stage.sqlite(var)
    )
    with place as at:
        env = os.environ | at.env
        (number,) = _told("runs:prepare", options.entries, env=env)
        start_s = time.monotonic()
        killed = kill_workers(
            work=command("runs:work", number),
            env=env,
            items=options.entries,
            cursor=lambda: _cursor(at, number),
            kills=options.kills,
            seed=options.seed,
        )
        state = _told("runs:state", number, env=env)
        seconds = round(time.monotonic() - start_s, 1)
    var.rmdir()
    found = faults(state)
    report = {
        "database": at.vendor,
        "entries": options.entries,
        "killed": killed,
        "seed": options.seed,
        "seconds": seconds,
        "state": state,
        "faults": found,
    }
    print(json.dumps(report, indent=1))
    sys.exit(1 if found or killed != options.kills else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--database")
    return parser.parse_args()


def _told(name: str, *arguments: object, env: Mapping[str, str]) -> Any:
    ended = subprocess.run(command(name, *arguments), env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(ended.stdout)


def _cursor(at: stage.Stage, number: int) -> int:
    """Read the run's place past our own code."""
    query = "SELECT cursor FROM learning_confirmationrun WHERE id = "
    if at.vendor == "sqlite":
        with sqlite3.connect(at.folder / "hourbook.sqlite3", timeout=20) as line:
            return int(line.execute(f"{query}?", [number]).fetchone()[0])
    import psycopg  # noqa: PLC0415 -- an extra of production; SQLite runs without it

    with psycopg.connect(at.env["HOURBOOK_DATABASE_URL"]) as server:
        row = server.execute(f"{query}%s", [number]).fetchone()
        assert row is not None
        return int(row[0])


if __name__ == "__main__":
    main()
