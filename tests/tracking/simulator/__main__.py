"""Live through as many worlds as asked: `python -m tests.tracking.simulator --seeds 10000 [--first N] [--jobs J]`.

A world that breaks a promise is named by its seed; `--first SEED --seeds 1` lives through it again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time

from tests.tracking.simulator.run import live_through


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
