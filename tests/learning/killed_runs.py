"""Workers killed in the middle of a run, and what stands in the ledger afterwards.

A real worker process, SIGKILL at random places of the run, a new worker; at the end every entry
has exactly one decision, every whole year one page, every undone entry one reversal. As a command,
on a database of its own; `--kind`: confirm (the default), issue or undo:

    python -m tests.learning.killed_runs --kind issue --kills 20 --size 100000 --postgresql
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning.management import stage
from learning.management.load.job import command

ROOT = Path(__file__).resolve().parents[2]
#: A killed worker may be in the middle of anything for so long after the place it is killed at.
JITTER_S = 0.3
_STUCK_S = 120
_LOOK_S = 0.05
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
            _until(place, cursor, worker)
            time.sleep(chance.uniform(0, JITTER_S))
            killed += worker.poll() is None
        finally:
            worker.kill()
            worker.wait()
    subprocess.run(work, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return killed


def _until(place: int, cursor: Callable[[], int], worker: subprocess.Popen[bytes]) -> None:
    """Wait until the run is past the place or its worker has ended; a run that stands still is a fault."""
    seen, moved_s = cursor(), time.monotonic()
    while seen <= place and worker.poll() is None:
        if time.monotonic() - moved_s > _STUCK_S:
            raise TimeoutError(f"The run has stood at {seen} for {_STUCK_S} s.")
        time.sleep(_LOOK_S)
        before, seen = seen, cursor()
        if seen != before:
            moved_s = time.monotonic()


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


def faults_of_issue(state: Mapping[str, Any]) -> list[str]:
    """Return what is not as it should be of a run that issued pages; nothing when all is well."""
    items = state["items"]
    counts = ("done", "results", "pages", "paged_people", "linked_pages", "log_lines", "logged_pages")
    expected = dict.fromkeys((*counts, "registered_years"), items) | {
        "is_finished": True,
        "receipts": [{"kind": "issue", "done": items, "left": 0}],
    }
    return [f"{name}: {state[name]}, not {value}" for name, value in expected.items() if state[name] != value]


def faults_of_undo(state: Mapping[str, Any]) -> list[str]:
    """Return what is not as it should be of a run that took entries back; nothing when all is well."""
    items, people, receipt = state["items"], state["people"], state["receipt"] or {}
    whole = items // -(-items // people)
    decided = ("cursor", "decisions", "decided_entries", "linked_decisions", "logged_decisions", "logged_entries")
    entered = ("reversals", "restored", "linked_reversals", "linked_restored")
    expected = dict.fromkeys((*decided, *entered), items) | {
        "state": "done",
        "open_years": people,
        "pages": whole,
        "revoked_pages": whole,
    }
    told = {"items": items, "count": items, "left": 0, "revoked": whole, "replaced": 0}
    return [f"{name}: {state[name]}, not {value}" for name, value in expected.items() if state[name] != value] + [
        f"receipt {name}: {receipt.get(name)}, not {value}"
        for name, value in told.items()
        if receipt.get(name) != value
    ]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of run: the module of its jobs, how far one is, past our own code, and what to look for at the end."""

    jobs: str
    place: str
    faults: Callable[[Mapping[str, Any]], list[str]]


KINDS = {
    "confirm": Kind("runs", "SELECT cursor FROM learning_confirmationrun WHERE id = ", faults),
    "issue": Kind(
        "issue_runs",
        "SELECT count(*) FROM learning_certificaterunitem WHERE outcome <> 'waiting' AND run_id = ",
        faults_of_issue,
    ),
    "undo": Kind("undo_runs", "SELECT cursor FROM learning_reversalrun WHERE id = ", faults_of_undo),
}


def main() -> None:
    """Prepare, kill, check; exit 1 on any fault."""
    options = _options()
    kind = KINDS[options.kind]
    var = Path(tempfile.mkdtemp(prefix="hourbook-killed-"))
    stand = (
        stage.postgresql(var, database_url=options.database, redis_url=None)
        if options.postgresql or options.database
        else stage.sqlite(var)
    )
    with stand as at:
        env = os.environ | at.env
        (number,) = _told(f"{kind.jobs}:prepare", options.size, env=env)
        start_s = time.monotonic()
        killed = kill_workers(
            work=command(f"{kind.jobs}:work", number),
            env=env,
            items=options.size,
            cursor=lambda: _place(at, kind, number),
            kills=options.kills,
            seed=options.seed,
        )
        seconds = round(time.monotonic() - start_s, 1)
        state = _told(f"{kind.jobs}:state", number, env=env)
    var.rmdir()
    found = kind.faults(state)
    report = {
        "kind": options.kind,
        "database": at.vendor,
        "size": options.size,
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
    parser.add_argument("--kind", choices=KINDS, default="confirm")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--size", "--entries", type=int, default=100_000, help="entries, or pages to issue")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--database")
    return parser.parse_args()


def _told(name: str, *arguments: object, env: Mapping[str, str]) -> Any:
    ended = subprocess.run(command(name, *arguments), env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(ended.stdout)


def _place(at: stage.Stage, kind: Kind, number: int) -> int:
    """Read how far the run is past our own code."""
    if at.vendor == "sqlite":
        with sqlite3.connect(at.folder / "hourbook.sqlite3", timeout=20) as line:
            return int(line.execute(f"{kind.place}?", [number]).fetchone()[0])
    import psycopg  # noqa: PLC0415 -- an extra of production; SQLite runs without it

    with psycopg.connect(at.env["HOURBOOK_DATABASE_URL"]) as server:
        row = server.execute(f"{kind.place}%s", [number]).fetchone()
        assert row is not None
        return int(row[0])


if __name__ == "__main__":
    main()
