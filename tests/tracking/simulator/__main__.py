"""Live through as many worlds as asked: `python -m tests.tracking.simulator --seeds 10000 [--first N] [--jobs J]`.

A world that breaks a promise is named by its seed; `--first SEED --seeds 1` lives through it again.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
import time
from contextlib import suppress


class Undone(Exception):
    """Ends a world and all its rows."""


def live_through(seeds: range) -> list[str]:
    """Live through these worlds on a database of one's own; return what was violated."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning.settings.test")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    import django  # noqa: PLC0415 -- each process sets up its own

    django.setup()
    from django.db import connections, transaction  # noqa: PLC0415
    from django.test.utils import setup_databases  # noqa: PLC0415

    # In memory: each process lives in worlds of its own.
    connections["default"].settings_dict["TEST"]["NAME"] = None
    setup_databases(verbosity=0, interactive=False)
    logging.disable(logging.CRITICAL)
    from tests.tracking.simulator.cast import cast  # noqa: PLC0415
    from tests.tracking.simulator.world import Violation, World  # noqa: PLC0415

    learners, violations = cast(), []
    for lived, seed in enumerate(seeds, start=1):
        try:
            with suppress(Undone), transaction.atomic():
                World(seed, learners).live()
                raise Undone
        except Violation as violation:
            violations.append(str(violation))
            print(violation, flush=True)
        if lived % 500 == 0:
            print(f"{lived} of {len(seeds)} worlds from {seeds[0]}", file=sys.stderr, flush=True)
    return violations


def main() -> int:
    """Divide the seeds among the jobs and count the violations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    last = options.first + options.seeds
    shares = [range(options.first + job, last, options.jobs) for job in range(options.jobs)]
    started_s = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        violations = [each for found in pool.map(live_through, shares) for each in found]
    took_s = time.monotonic() - started_s
    print(f"{options.seeds} worlds, {len(violations)} violations, {took_s:.0f} s")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
