"""bench confirm: a confirmation run of each size, beside a bare UPDATE of the same rows.

Makes a database and a crowd of its own; both are gone afterwards. Small sizes are run
several times after one warm-up, since they are over in a second.
"""

from __future__ import annotations

import os
import platform
import statistics
from argparse import ArgumentParser
from contextlib import AbstractContextManager
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError

from learning.actions.run_chunks import CHUNK_SIZE
from learning.management import stage
from learning.management.bench import Table
from learning.management.load.job import told

HELP = "Seconds, rows/s, growth and memory of confirmation runs, with a database of their own."

#: Sizes up to this are run `REPEATS` times.
_SMALL: Final = 2_000
_REPEATS: Final = 5
_WARM_UP: Final = 1_000


def add_arguments(parser: ArgumentParser) -> None:
    """Take the sizes, and where the runs take place."""
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000, 100_000], help="Entries of each run.")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--database", help="postgres://… of a server to make a database on; default: SQLite.")
    place.add_argument("--postgresql", action="store_true", help="Start a PostgreSQL from its installed binaries.")
    parser.add_argument("--redis", help="redis://…; default: one is started beside PostgreSQL.")


def run(**options: Any) -> Table:
    """Run each size. Raises: CommandError, when a size is not to be had or the place is not."""
    if min(options["entries"]) < 1:
        raise CommandError("--entries must be more than 0.")
    try:
        with _stage(options) as place:
            rows = [_measured(place, size) for size in options["entries"]]
            vendor = place.vendor
    except stage.CannotStage as reason:
        raise CommandError(str(reason)) from reason
    first = rows[0]
    return Table(
        columns=(
            "entries",
            "seconds",
            "rows_per_s",
            "us_a_row",
            "growth",
            "cpu_s",
            "cpu_growth",
            "peak_mib",
            "bare_update_s",
            "times_bare",
        ),
        rows=[
            (
                row["entries"],
                round(row["seconds"], 2),
                round(row["entries"] / row["seconds"]),
                round(row["us_a_row"]),
                round(row["us_a_row"] / first["us_a_row"], 2),
                round(row["cpu_s"], 2),
                round(row["cpu_s"] / row["entries"] / (first["cpu_s"] / first["entries"]), 2),
                row["peak_kib"] // 1_024,
                round(row["bare_s"], 3),
                round(row["seconds"] / row["bare_s"], 1),
            )
            for row in rows
        ],
        facts={
            "database": vendor,
            "chunk": CHUNK_SIZE,
            "cpus": os.cpu_count() or 0,
            "python": platform.python_version(),
        },
    )


def _stage(options: dict[str, Any]) -> AbstractContextManager[stage.Stage]:
    if options["database"] or options["postgresql"]:
        return stage.postgresql(settings.VAR_DIR, database_url=options["database"], redis_url=options["redis"])
    return stage.sqlite(settings.VAR_DIR)


def _measured(place: stage.Stage, entries: int) -> dict[str, Any]:
    """Run one size: a warm-up first, then the runs that count, then the bare update of the last one's rows."""
    repeats = _REPEATS if entries <= _SMALL else 1
    numbers = told(place, "runs:prepare", _WARM_UP, *[entries] * repeats)
    worked = told(place, "runs:work", *numbers)
    seconds = statistics.median(worked["seconds"][1:])
    return {
        "entries": entries,
        "seconds": seconds,
        "us_a_row": seconds * 1_000_000 / entries,
        "cpu_s": statistics.median(worked["cpu_seconds"][1:]),
        "peak_kib": worked["peak_kib"],
        "bare_s": statistics.median(told(place, "runs:bare_update", number) for number in numbers[1:]),
    }
