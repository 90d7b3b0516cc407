"""bench pages: server time and query count of pages; of the demo's, or of two sizes of made people side by side.

Measured inside one process a database through the whole middleware stack, without the network:
what the server itself spends on a page.
"""

from __future__ import annotations

import os
import platform
from argparse import ArgumentParser
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse

from learning.management import stage
from learning.management.bench import Table
from learning.management.load import pages as made
from learning.management.load.grounds import LEARNER
from learning.management.load.job import told
from learning.management.load.visits import Page, PageFailed, Visits, p50_ms, p95_ms, visit
from learning.models import Certificate, CreditEntry, Enrolment, Person

HELP = "Server time and query count of each page: on the data there is, or with --people on databases of its own."
#: The two sizes take turns so often, so that a busier minute meets both.
_ROUNDS: Final = 3


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
    Page("front", None, lambda: "/"),
    Page("sign in", None, lambda: reverse("account_login")),
    Page("catalogue", None, lambda: "/courses/"),
    Page("course", "learner@demo.test", lambda: f"/courses/{_enrolment().course_key}/"),
    Page("my year", "learner@demo.test", lambda: reverse("learning:year", args=[_this_year()])),
    Page("hour record", "learner@demo.test", lambda: reverse("learning:hours")),
    Page("why", "learner@demo.test", lambda: reverse("learning:why", args=[_entry().pk])),
    Page("lecture", "learner@demo.test", lambda: reverse("tracking:lecture", args=[_enrolment().course_key, 1])),
    Page("exam", "learner@demo.test", lambda: reverse("assessments:exam", args=[_enrolment().pk])),
    Page("audit", "auditor@demo.test", lambda: reverse("learning:audit", args=["kaifeng-university"])),
    Page("confirm", "bureau@demo.test", lambda: reverse("learning:confirm")),
    Page("certificate", "learner3@demo.test", lambda: reverse("learning:certificate", args=[_certificate().serial])),
    Page("verify", None, lambda: reverse("learning:verify-code", args=[_certificate().code])),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Take how often each page is opened, and how many people are to be made."""
    parser.add_argument("--times", type=int, default=20, help="Counted openings of each page, after two warm-ups.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--people", type=int, help="Make a database with so many people first.")
    which.add_argument(
        "--made", nargs="+", metavar="URL", help="Databases that make_people filled under these settings."
    )
    parser.add_argument("--against", type=int, help="With --people: and a second one with so many, to compare.")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--database", help="postgres://… of a server to make databases on; default: SQLite.")
    place.add_argument("--postgresql", action="store_true", help="Start a PostgreSQL from its installed binaries.")
    parser.add_argument("--redis", help="redis://…; default: one is started beside PostgreSQL.")


def run(**options: Any) -> Table:
    """Open each page and return its median and 95th percentile in milliseconds.

    Raises: CommandError, when there is nobody to open them, a page does not answer, or no place is to be had.
    """
    sizes = [size for size in (options["people"], options["against"]) if size is not None]
    if sizes and min(sizes) < 1:
        raise CommandError("--people and --against must be more than 0.")
    try:
        with ExitStack() as leaving:
            if options["made"]:
                return _side_by_side(
                    [stage.standing(url, settings.VAR_DIR) for url in options["made"]], options["times"]
                )
            if not options["people"]:
                return _here(options["times"])
            places = [leaving.enter_context(_stage(options)) for _size in sizes]
            made_s = [told(place, "pages:prepare", size)["seconds"] for place, size in zip(places, sizes, strict=True)]
            facts = {f"made_{size}_s": round(seconds) for size, seconds in zip(sizes, made_s, strict=True)}
            return _side_by_side(places, options["times"], **facts)
    except stage.CannotStage as reason:
        raise CommandError(str(reason)) from reason


def _here(times: int) -> Table:
    """Measure the pages of the demo, or of made people, on the configured database."""
    is_demo = Person.objects.filter(email="learner@demo.test").exists()
    if not is_demo and not Person.objects.filter(email=LEARNER).exists():
        raise CommandError(
            "There is no demo data, and nobody was made; run `manage.py demo --no-serve` or `manage.py make_people`."
        )
    rows = []
    for page in PAGES if is_demo else made.pages():
        try:
            rows.append((page.name, *_cells(visit(page, times=times))))
        except PageFailed as reason:
            raise CommandError(str(reason)) from reason
    return Table(
        columns=("page", "queries", "median_ms", "p95_ms", "kib"),
        rows=rows,
        facts={"database": connection.vendor, "people": Person.objects.count(), "times": times, **_machine()},
    )


def _cells(visits: Visits) -> tuple[int, float, float, int]:
    return (visits.query_count, p50_ms(visits.spent_us), p95_ms(visits.spent_us), visits.byte_count // 1_024)


def _side_by_side(places: list[stage.Stage], times: int, **facts: int) -> Table:
    """Open the pages of each database in turn, so that a busier minute meets all."""
    sizes = [told(place, "pages:ready") for place in places]
    spent: list[dict[str, Visits]] = [{} for _place in places]
    for _round in range(_ROUNDS):
        for place, found in zip(places, spent, strict=True):
            for name, visits in told(place, "pages:measure", -(-times // _ROUNDS)).items():
                before = found[name].spent_us if name in found else []
                found[name] = Visits(visits["query_count"], visits["byte_count"], [*before, *visits["spent_us"]])
    names = [name for name in spent[0] if all(name in found for found in spent)]
    columns = [f"{what}_{place}" for place in range(1, len(places) + 1) for what in ("queries", "p50_ms", "p95_ms")]
    people: dict[str, str | int | float] = {f"people_{place}": size for place, size in enumerate(sizes, start=1)}
    return Table(
        columns=("page", *columns, *(["p95_ratio"] if len(places) > 1 else [])),
        rows=[_row(name, [found[name] for found in spent]) for name in names],
        facts={"database": places[0].vendor, **people, **facts, "times": times, **_machine()},
    )


def _row(name: str, sizes: list[Visits]) -> tuple[str | int | float, ...]:
    """Lay out what one page took in each database; with two, how much longer the slowest took in the second."""
    cells: list[str | int | float] = [name]
    for visits in sizes:
        cells += [visits.query_count, p50_ms(visits.spent_us), p95_ms(visits.spent_us)]
    if len(sizes) > 1:
        cells.append(round(p95_ms(sizes[1].spent_us) / p95_ms(sizes[0].spent_us), 2))
    return tuple(cells)


def _stage(options: dict[str, Any]) -> AbstractContextManager[stage.Stage]:
    if options["database"] or options["postgresql"]:
        return stage.postgresql(settings.VAR_DIR, database_url=options["database"], redis_url=options["redis"])
    return stage.sqlite(settings.VAR_DIR)


def _machine() -> dict[str, str | int | float]:
    return {"cpus": os.cpu_count() or 0, "python": platform.python_version()}
