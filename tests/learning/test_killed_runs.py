"""A worker killed in the middle of a run, small; `tests.learning.killed_runs` is the large one."""

from __future__ import annotations

import subprocess

import pytest

from learning.management.load import runs
from learning.management.load.job import command
from learning.models import ConfirmationRun
from tests.learning.killed_runs import faults, kill_workers
from tests.tracking.server import environment, own_database_url

pytestmark = pytest.mark.django_db(transaction=True)
ENTRIES = 2_000


def test_a_run_whose_workers_are_killed_decides_every_entry_once() -> None:
    (number,) = runs.signed_runs(ENTRIES)

    killed = kill_workers(
        work=command("runs:work", number),
        env=environment(own_database_url()),
        items=ENTRIES,
        cursor=lambda: ConfirmationRun.objects.values_list("cursor", flat=True).get(pk=number),
        kills=2,
        seed=1,
    )

    assert killed == 2
    assert faults(runs.state(str(number))) == []


def test_two_workers_at_one_run_decide_every_entry_once() -> None:
    (number,) = runs.signed_runs(ENTRIES)
    env = environment(own_database_url())

    workers = [subprocess.Popen(command("runs:work", number), env=env, stdout=subprocess.DEVNULL) for _worker in "ab"]
    for worker in workers:
        worker.wait(timeout=120)
    runs.work(str(number))

    assert faults(runs.state(str(number))) == []


def test_faults_names_what_is_not_as_it_should_be() -> None:
    (number,) = runs.signed_runs(4)
    runs.work(str(number))
    state = runs.state(str(number))

    assert faults(state) == []
    assert faults(state | {"decisions": 5}) == ["decisions: 5, not 4"]
