"""Many worlds in one process, each on a database whose rows are undone."""

from __future__ import annotations

import logging
import os
import sys
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
