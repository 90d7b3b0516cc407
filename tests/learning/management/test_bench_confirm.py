"""bench confirm: a small run from end to end, and what it refuses."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from learning.management.load import crowd, runs
from learning.models import Certificate, ConfirmationRun, CreditStanding
from learning.models.run import RunState
from learning.rules.credit_states import State


def bench(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("bench", "confirm", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def place() -> tuple[str, ...]:
    """Return where a run takes place: on the services of the PostgreSQL run, where there are any."""
    database, redis = (os.environ.get(f"HOURBOOK_TEST_{name}_URL") for name in ("DATABASE", "REDIS"))
    return ("--database", database, "--redis", redis) if database and redis else ()


@pytest.mark.slow
@pytest.mark.django_db  # asks no database of ours, but belongs to the run on PostgreSQL too
def test_a_small_run_is_measured_and_leaves_nothing_behind(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path

    told = bench("--entries", "20", "60", *place())

    assert [row["entries"] for row in told["rows"]] == [20, 60]
    assert all(row["seconds"] > 0 and row["bare_update_s"] > 0 and row["peak_mib"] > 0 for row in told["rows"])
    assert told["rows"][0]["growth"] == 1
    assert list(tmp_path.glob("bench-*")) == []


def test_a_run_of_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match="--entries must be more than 0"):
        bench("--entries", "0")


@pytest.mark.django_db
def test_what_is_measured_is_a_run_that_confirms_whole_years() -> None:
    (number,) = runs.signed_runs(10)

    runs.work(str(number))

    run = ConfirmationRun.objects.get(pk=number)
    assert (run.state, run.confirmed_count, run.left_count) == (RunState.DONE, 10, 0)
    assert Certificate.objects.count() == 10 // len(crowd.SUBJECTS)


@pytest.mark.django_db
def test_the_bare_update_changes_the_same_rows() -> None:
    (number,) = runs.signed_runs(10)
    runs.work(str(number))

    runs.bare_update(str(number))

    assert CreditStanding.objects.filter(state=State.AUDITED, holder__isnull=False, decision_count=1).count() == 10
