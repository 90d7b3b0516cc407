"""Live through as many steps as asked: `python -m tests.learning.credit_machine --steps 10000 [--seed S]`.

One actor after the other, held against the model at every step; with `--threads 8`, so many at once, each with a
connection of its own. `--postgresql`: on a throwaway server instead of SQLite. A seed that broke something is
named; the same command with that seed and those numbers lives through it again.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

from tests import services

STEPS_A_LIFE = 50
#: Lives lived from one seed; the next seed follows.
LIVES_A_SEED = 20
#: Acts of a crowd, all threads together, before it is judged and another one gathers.
ACTS_A_CROWD = 1_000

Tally = Counter[tuple[str, str]]


def main() -> int:
    """Make a database, live, print; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.learning.credit_machine", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL of its own instead of SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hourbook-machine-") as folder, _database(options, folder):
        import django  # noqa: PLC0415 -- its settings are chosen just above

        django.setup()
        from django.db import connection  # noqa: PLC0415 -- as above
        from django.test.utils import setup_databases  # noqa: PLC0415 -- as above

        setup_databases(verbosity=0, interactive=False)
        began_s = time.monotonic()
        tally, violations = _lives(options) if options.threads == 1 else _crowds(options)
        _tell(connection.vendor, options, tally, violations, time.monotonic() - began_s)
        connection.close()
    return 1 if violations else 0


@contextlib.contextmanager
def _database(options: argparse.Namespace, folder: str) -> Iterator[None]:
    os.environ.update(HOURBOOK_VAR=folder, DJANGO_SETTINGS_MODULE="learning.settings.test")
    if not options.postgresql:
        os.environ.pop("HOURBOOK_TEST_DATABASE_URL", None)
        yield
        return
    with services.postgres() as url:
        os.environ["HOURBOOK_TEST_DATABASE_URL"] = url
        yield


def _lives(options: argparse.Namespace) -> tuple[Tally, list[str]]:
    """Live seed after seed, one actor after the other, until the steps are taken."""
    from django.db import transaction  # noqa: PLC0415 -- Django is set up by now
    from hypothesis import seed  # noqa: PLC0415 -- as above
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 -- as above

    from tests.learning.credit_machine.cast import assemble  # noqa: PLC0415 -- as above
    from tests.learning.credit_machine.machine import CreditMachine, lives  # noqa: PLC0415 -- as above

    tally, violations, number = Tally(), list[str](), options.seed
    with transaction.atomic():
        cast = assemble()
        while tally["steps", "done"] < options.steps and not violations:
            life = seed(number)(type("Life", (CreditMachine,), {"cast": cast, "tally": tally}))
            left = options.steps - tally["steps", "done"]
            try:
                run_state_machine_as_test(
                    life, settings=lives(min(LIVES_A_SEED, -(-left // STEPS_A_LIFE)), STEPS_A_LIFE)
                )
            except Exception as fault:  # noqa: BLE001 -- a broken promise, or a fault of the product
                told = "\n  ".join(getattr(fault, "__notes__", ()))
                violations.append(f"seed {number}: {fault!r}\n  {told}")
            _say(number, tally["steps", "done"])
            number += 1
        transaction.set_rollback(True)
    return tally, violations


def _crowds(options: argparse.Namespace) -> tuple[Tally, list[str]]:
    """Gather crowd after crowd, seed after seed, each on an empty ledger."""
    from tests import databases  # noqa: PLC0415 -- Django is set up by now
    from tests.factories import clock  # noqa: PLC0415 -- as above
    from tests.factories.learning import NOON  # noqa: PLC0415 -- as above
    from tests.learning.credit_machine.crowd import Crowd  # noqa: PLC0415 -- as above
    from tests.learning.credit_machine.stage import small_numbers  # noqa: PLC0415 -- as above

    tally, violations, number = Tally(), list[str](), options.seed
    databases.lay()
    with clock.running(NOON), small_numbers():
        while sum(tally.values()) < options.steps and not violations:
            acts = min(ACTS_A_CROWD, options.steps - sum(tally.values()))
            crowd = Crowd(seed=number, threads=options.threads, acts_each=-(-acts // options.threads))
            crowd.run()
            violations += [f"seed {number}: {fault}" for fault in crowd.judge()]
            tally += crowd.told.outcomes
            _say(number, sum(tally.values()))
            databases.put_back()
            number += 1
    return tally, violations


def _say(seed: int, steps: int) -> None:
    """Tell how far it is."""
    print(f"seed {seed}: {steps} steps so far", file=sys.stderr, flush=True)


def _tell(vendor: str, options: argparse.Namespace, tally: Tally, violations: list[str], took_s: float) -> None:
    steps = tally.pop(("steps", "done"), 0) or sum(tally.values())
    refusals: Counter[str] = Counter()
    for (_act, outcome), count in tally.items():
        if outcome != "done":
            refusals[outcome] += count
    print(f"{vendor}, {options.threads} at once, seeds from {options.seed}: {steps} steps, {took_s:.0f} s")
    print("acts done:", ", ".join(f"{act} {n}" for (act, outcome), n in sorted(tally.items()) if outcome == "done"))
    print("refusals:", ", ".join(f"{name} {count}" for name, count in refusals.most_common()) or "none")
    print(f"{len(violations)} violations")
    for violation in violations:
        print(violation)


if __name__ == "__main__":
    sys.exit(main())
