"""bench pages: every page of made people opens, two sizes stand side by side, and what it refuses."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from learning.demo.people import PASSWORD
from learning.management.load import pages
from learning.management.load.visits import Page, PageFailed, p50_ms, p95_ms, visit
from learning.models import ConfirmationRun
from learning.models.run import RunState


def bench(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("bench", "pages", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def made(db: None, settings: Any) -> None:
    """Three hundred people, so that somebody waits everywhere, and the password of a demo."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    call_command("make_people", "--people", "300", "--not-a-demo", "--password", PASSWORD, stdout=io.StringIO())


@pytest.mark.usefixtures("made")
def test_every_page_of_made_people_opens() -> None:
    assert pages.ready() >= 300

    told = pages.measure("1")

    assert {"my year", "audit", "confirm", "runs", "run", "certificates", "verify", "signing in"} <= told.keys()
    assert all(visits["query_count"] > 0 and len(visits["spent_us"]) == 1 for visits in told.values())


@pytest.mark.usefixtures("made")
def test_made_ready_twice_there_is_one_run() -> None:
    pages.ready()
    first = [run.state for run in ConfirmationRun.objects.all()]
    pages.ready()

    assert first == [RunState.SAMPLING]
    assert ConfirmationRun.objects.count() == 1


@pytest.mark.usefixtures("made")
def test_the_pages_here_are_those_of_made_people_where_there_is_no_demo() -> None:
    told = bench("--times", "1")

    assert told["facts"]["people"] >= 300
    assert "confirm, one base" in {row["page"] for row in told["rows"]}


@pytest.mark.django_db
def test_a_page_that_does_not_open_is_named() -> None:
    with pytest.raises(PageFailed, match="lost: /nowhere/ answered 404"):
        visit(Page("lost", None, lambda: "/nowhere/"), times=1)


def test_percentiles_are_those_of_what_was_measured() -> None:
    spent_us = [number * 1_000 for number in range(1, 21)]

    assert (p50_ms(spent_us), p95_ms(spent_us), p95_ms([7_000])) == (10.5, 19.0, 7.0)


def test_nobody_is_no_size() -> None:
    with pytest.raises(CommandError, match="must be more than 0"):
        bench("--people", "10", "--against", "0")


@pytest.mark.slow
@pytest.mark.django_db  # asks no database of ours, but belongs to the run on PostgreSQL too
def test_two_sizes_stand_side_by_side_and_leave_nothing_behind(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    database, redis = (os.environ.get(f"HOURBOOK_TEST_{name}_URL") for name in ("DATABASE", "REDIS"))
    place = ("--database", database, "--redis", redis) if database and redis else ()

    told = bench("--people", "20", "--against", "40", "--times", "3", *place)

    confirm = next(row for row in told["rows"] if row["page"] == "confirm")
    assert confirm["queries_1"] == confirm["queries_2"]
    assert confirm["p95_ratio"] > 0
    assert told["facts"]["people_1"] < told["facts"]["people_2"]
    assert list(tmp_path.glob("bench-*")) == []
