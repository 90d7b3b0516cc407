"""Two acts at once, one of which must already wait for the other."""

from __future__ import annotations

import time

from django.db import connection

WAIT_S = 30


def until_somebody_waits() -> None:
    """Return once another act waits for a lock; on SQLite one act writes at a time, and the one that asks does."""
    deadline = time.monotonic() + WAIT_S
    while connection.vendor == "postgresql" and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
