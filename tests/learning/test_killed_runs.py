"""A worker killed in the middle of a run, small; `tests.learning.killed_runs` is the large one."""

from __future__ import annotations

import subprocess

import pytest

from learning.actions import certificate_runs
from learning.management.load import crowd, issue_runs, runs, undo_runs
from learning.management.load.job import command
from learning.models import ConfirmationRun, ReversalRun
from learning.models.clock import database_now
from tests.learning.killed_runs import faults, faults_of_issue, faults_of_undo, kill_workers
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


@pytest.mark.slow
def test_an_undo_whose_workers_are_killed_reverses_every_entry_once() -> None:
    number = undo_runs.signed_run(1_200)

    killed = kill_workers(
        work=command("undo_runs:work", number),
        env=environment(own_database_url()),
        items=1_200,
        cursor=lambda: ReversalRun.objects.values_list("cursor", flat=True).get(pk=number),
        kills=2,
        seed=1,
    )

    assert killed == 2
    assert faults_of_undo(undo_runs.state(str(number))) == []


def test_faults_of_undo_names_what_is_not_as_it_should_be() -> None:
    number = undo_runs.signed_run(8)
    undo_runs.work(str(number))
    state = undo_runs.state(str(number))

    assert faults_of_undo(state) == []
    assert faults_of_undo(state | {"reversals": 9}) == ["reversals: 9, not 8"]
    assert faults_of_undo(state | {"receipt": None}) != []


def test_faults_of_issue_names_what_is_not_as_it_should_be() -> None:
    at = crowd.offices()
    crowd.load_met("met", people=3, at=at, now=database_now())
    run = certificate_runs.begin_issue(bureau=at.bureau, by=at.officer, now=database_now())
    issue_runs.work(str(run.pk))
    state = issue_runs.state(str(run.pk))

    assert faults_of_issue(state) == []
    assert faults_of_issue(state | {"pages": 4}) == ["pages: 4, not 3"]
