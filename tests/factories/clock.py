"""The database's clock as the tests set it, for both databases.

The one place that knows how `learning.models.clock` asks. What another process reads
(a server under a kill test, the demo of the journeys) is its own business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from learning.models import clock


@contextmanager
def standing(at: dt.datetime) -> Iterator[None]:
    """Let the database's clock stand still at an instant."""
    said = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    with _asked(sqlite=f"SELECT '{said}'", postgresql=f"SELECT '{said}+00'::timestamptz"):
        yield


@contextmanager
def running(since: dt.datetime) -> Iterator[None]:
    """Let the database's clock start at an instant and run on as clocks do."""
    ahead_s = (since - dt.datetime.now(dt.UTC)).total_seconds()
    with _asked(
        sqlite=f"SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now', '{ahead_s:+.3f} seconds')",
        postgresql=f"SELECT clock_timestamp() + interval '{ahead_s:.3f} seconds'",
    ):
        yield


@contextmanager
def _asked(**sql: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for vendor, query in sql.items():
            patch.setitem(clock._SQL, vendor, query)
        yield
