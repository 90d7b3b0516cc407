"""bench pages: server time and query count of each page of the walk, on the demo's data.

Measured inside one process through the whole middleware stack, without the
network: what the server itself spends on a page.
"""

from __future__ import annotations

import itertools
import os
import platform
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from learning.management.bench import Table
from learning.models import Certificate, CreditEntry, Enrolment, Person

HELP = "Server time and query count of each page of the walk (needs the demo's data)."
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class WalkPage:
    """One page: its name, who opens it (None: anyone) and how its address is found."""

    name: str
    email: str | None
    address: Callable[[], str]


def _of(email: str) -> Person:
    return Person.objects.get(email=email)


def _entry() -> CreditEntry:
    return CreditEntry.objects.filter(person=_of("learner@demo.test")).order_by("-pk")[0]


def _enrolment() -> Enrolment:
    return Enrolment.objects.filter(person=_of("learner@demo.test")).order_by("pk")[0]


def _certificate() -> Certificate:
    return Certificate.objects.filter(book__person=_of("learner3@demo.test"))[0]


def _this_year() -> int:
    return CreditEntry.objects.order_by("-year").values_list("year", flat=True)[0]


PAGES = (
    WalkPage("front", None, lambda: "/"),
    WalkPage("sign in", None, lambda: reverse("account_login")),
    WalkPage("catalogue", None, lambda: "/courses/"),
    WalkPage("course", "learner@demo.test", lambda: f"/courses/{_enrolment().course_key}/"),
    WalkPage("my year", "learner@demo.test", lambda: reverse("learning:year", args=[_this_year()])),
    WalkPage("hour record", "learner@demo.test", lambda: reverse("learning:hours")),
    WalkPage("why", "learner@demo.test", lambda: reverse("learning:why", args=[_entry().pk])),
    WalkPage("lecture", "learner@demo.test", lambda: reverse("tracking:lecture", args=[_enrolment().course_key, 1])),
    WalkPage("exam", "learner@demo.test", lambda: reverse("assessments:exam", args=[_enrolment().pk])),
    WalkPage("audit", "auditor@demo.test", lambda: reverse("learning:audit", args=["kaifeng-university"])),
    WalkPage("confirm", "bureau@demo.test", lambda: reverse("learning:confirm")),
    WalkPage(
        "certificate", "learner3@demo.test", lambda: reverse("learning:certificate", args=[_certificate().serial])
    ),
    WalkPage("verify", None, lambda: reverse("learning:verify-code", args=[_certificate().code])),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Take how often each page is opened."""
    parser.add_argument("--times", type=int, default=20, help="Counted openings of each page, after two warm-ups.")


def run(**options: Any) -> Table:
    """Open each page and return its median and 95th percentile in milliseconds.

    Raises: CommandError, when the demo is not built or a page does not answer 200.
    """
    if not Person.objects.filter(email="learner@demo.test").exists():
        raise CommandError("There is no demo data; run `manage.py demo --no-serve` first.")
    rows = [_measure(page, times=options["times"]) for page in PAGES]
    return Table(
        columns=("page", "queries", "median_ms", "p95_ms", "kib"),
        rows=rows,
        facts={
            "database": connection.vendor,
            "people": Person.objects.count(),
            "times": options["times"],
            "cpus": os.cpu_count() or 0,
            "python": platform.python_version(),
        },
    )


def _measure(page: WalkPage, *, times: int) -> tuple[str, int, float, float, int]:
    client = Client(headers={"host": "127.0.0.1"})
    if page.email is not None:
        client.force_login(_of(page.email))
    address = page.address()
    visit = itertools.count()

    def open_page() -> int:
        """Open it as one more visitor, since public pages limit what one address may ask; return its size."""
        place = next(visit)
        answer = client.get(address, REMOTE_ADDR=f"198.18.{place >> 8 & 255}.{place & 255}")
        if answer.status_code != 200:  # noqa: PLR2004 -- HTTP OK
            raise CommandError(f"{page.name}: {address} answered {answer.status_code}")
        return len(answer.content)

    for _warm_up in range(2):
        open_page()
    with CaptureQueriesContext(connection) as queries:
        size = open_page()
    query_count = len(queries)  # now: the next request empties the log
    spent_us: list[int] = []
    for _time in range(times):
        start = time.perf_counter()
        open_page()
        spent_us.append(int((time.perf_counter() - start) * MICROSECONDS))
    p95_us = sorted(spent_us)[max(-(-len(spent_us) * 95 // 100) - 1, 0)]
    return (
        page.name,
        query_count,
        round(statistics.median(spent_us) / 1_000, 1),
        round(p95_us / 1_000, 1),
        size // 1_024,
    )
