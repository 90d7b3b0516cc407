"""Visits to pages: real requests through the whole middleware, inside this process, without the network."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.models import Person

MICROSECONDS: Final = 1_000_000
#: The door of sign-in counts the tries for one account, fifty an hour.
POSTED_MOST: Final = 5
_OK, _FOUND = 200, 302


class PageFailed(Exception):
    """A page did not answer as it should; nothing can be measured."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its name, who opens it (None: anyone), how its address is found, and what is posted to it, if anything.

    Whoever posts comes as a stranger each time.
    """

    name: str
    email: str | None
    address: Callable[[], str]
    posted: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Visits:
    """What some openings of a page took."""

    query_count: int
    byte_count: int
    spent_us: list[int]


def visit(page: Page, *, times: int) -> Visits:
    """Open a page so many times, after two warm-ups and one opening that counts its queries. Raises: PageFailed."""
    client = Client()
    if page.email is not None and page.posted is None:
        client.force_login(Person.objects.get(email=page.email))
    address, turn = page.address(), itertools.count()

    def open_page() -> int:
        return _open(client, page, address, next(turn))

    for _warm_up in range(2):
        open_page()
    with CaptureQueriesContext(connection) as queries:
        byte_count = open_page()
    query_count = len(queries)  # now: the next request empties the log
    spent_us: list[int] = []
    for _time in range(times if page.posted is None else min(times, POSTED_MOST)):
        start = time.perf_counter()
        open_page()
        spent_us.append(int((time.perf_counter() - start) * MICROSECONDS))
    return Visits(query_count, byte_count, spent_us)


def _open(client: Client, page: Page, address: str, turn: int) -> int:
    """Open it as one more visitor, since public pages limit what one address may ask; return its size."""
    origin: dict[str, Any] = {
        "REMOTE_ADDR": f"198.18.{turn >> 8 & 255}.{turn & 255}",
        "HTTP_HOST": settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "127.0.0.1",
        "secure": bool(getattr(settings, "SECURE_SSL_REDIRECT", False)),
    }
    answer = client.get(address, **origin) if page.posted is None else Client().post(address, page.posted, **origin)
    if answer.status_code != (_OK if page.posted is None else _FOUND):
        raise PageFailed(f"{page.name}: {address} answered {answer.status_code}")
    return len(answer.content)


def p50_ms(spent_us: Sequence[int]) -> float:
    """Return the median in milliseconds."""
    return round(statistics.median(spent_us) / 1_000, 1)


def p95_ms(spent_us: Sequence[int]) -> float:
    """Return the 95th percentile in milliseconds."""
    return round(sorted(spent_us)[max(-(-len(spent_us) * 95 // 100) - 1, 0)] / 1_000, 1)
