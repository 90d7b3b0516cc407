"""Crashes under load: `python -m tests.tracking.crashes --kills 100 [--postgresql] [--stops 20] [--rolling]`.

Two server processes and honest viewers, on a database of its own that writes as durably as
production's. Ends with 1 when an acknowledged second is missing, one is credited twice, or an honest
one was never saved. The seed repeats the plan of blows, though not the machine's timing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import services

NODES = 2
LESSON_S = 7_200


def main() -> int:
    """Make a database, strike, print, judge."""
    options = argparse.ArgumentParser(prog="python -m tests.tracking.crashes", description=__doc__)
    options.add_argument("--kills", type=int, default=0, help="random-moment kills of server processes")
    options.add_argument("--stops", type=int, default=0, help="immediate stops of PostgreSQL")
    options.add_argument("--long-stop", action="store_true", help="let the first stop outlast the held batch")
    options.add_argument("--rolling", action="store_true", help="renew each node by drain at the end")
    options.add_argument("--postgresql", action="store_true", help="a PostgreSQL of its own instead of SQLite")
    options.add_argument("--copy-of", help="a PostgreSQL database whose tables to begin with, instead of migrating")
    options.add_argument("--viewers", type=int, default=40)
    options.add_argument("--drain-s", type=float, default=10.0, help="how long viewers take to leave; really 120")
    options.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options.add_argument("--log", type=Path, help="where to keep the servers' words")
    asked = options.parse_args()
    if asked.stops and not asked.postgresql:
        options.error("--stops needs --postgresql")
    # Whoever ends it, no server is left behind.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    with (
        tempfile.TemporaryDirectory(prefix="hourbook-crashes-") as name,
        _database(asked, Path(name)) as (url, cluster),
    ):
        os.environ.update(
            HOURBOOK_VAR=name, DJANGO_SETTINGS_MODULE="tests.tracking.kill_settings", KILL_TEST_DATABASE_URL=url
        )
        return siege(asked, url, cluster, asked.log or Path(name) / "servers.log")


@contextlib.contextmanager
def _database(asked: argparse.Namespace, folder: Path) -> Iterator[tuple[str, services.Cluster | None]]:
    if not asked.postgresql:
        yield f"sqlite:///{folder / 'crashes.sqlite3'}", None
        return
    with services.postgres_cluster(is_durable=True) as cluster:
        if asked.copy_of:
            cluster.copy(asked.copy_of)
        yield cluster.url, cluster


def siege(asked: argparse.Namespace, url: str, cluster: services.Cluster | None, log: Path) -> int:
    """Besiege two nodes on a fresh database."""
    import django  # noqa: PLC0415 -- its settings are chosen just above

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- as above
    from django.db import connection  # noqa: PLC0415 -- as above

    from tests.factories import tracking as make  # noqa: PLC0415 -- as above
    from tests.tracking.crashes.siege import Plan, Siege  # noqa: PLC0415 -- as above
    from tests.tracking.server import serving  # noqa: PLC0415 -- as above

    say(f"seed {asked.seed}; making a database")
    if not asked.copy_of:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    learners = [make.learner(seconds=LESSON_S) for _number in range(asked.viewers)]
    plan = Plan(asked.seed, asked.kills, asked.stops, asked.long_stop, asked.rolling, asked.drain_s)
    with serving(url, count=NODES, log=log) as nodes:
        run = Siege(learners, nodes, plan, cluster)
        connection.close()
        verdict = asyncio.run(run.run(say))
    print(f"{'PostgreSQL' if cluster else 'SQLite'}, {NODES} nodes, {len(learners)} viewers")
    print(verdict.words())
    return 1 if verdict.faults() else 0


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
