"""A worker killed in the middle of issuing: exactly one page each, and the receipt is right.

A real process, SIGKILL at a random moment, a new process that takes it up. With
HOURBOOK_TEST_DATABASE_URL the same on PostgreSQL.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from learning import ledger_check, tasks
from learning.actions import certificate_runs
from learning.models import AuditLogEntry, Certificate
from tests.factories.certificates import met_year, outcomes
from tests.factories.learning import NOON
from tests.tracking.nursery import ROOT
from tests.tracking.server import environment, own_database_url

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import django
django.setup()
from learning import tasks
print("begun", flush=True)
tasks.carry_on_certificate_runs()
"""
#: A page takes some milliseconds: this is the time in which a run of these tests is under way.
LONGEST_LIFE_S = 0.15


def work_and_die(chance: random.Random) -> None:
    """Start a worker, let it get to work, and pull its plug."""
    command = [sys.executable, "-c", WORKER]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(own_database_url()), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"begun\n"
        time.sleep(chance.uniform(0, LONGEST_LIFE_S))
        worker.kill()


@pytest.mark.parametrize(
    ("kills", "people"), [(3, 6), pytest.param(20, 40, marks=pytest.mark.slow)], ids=["three", "twenty"]
)
def test_every_year_gets_one_page_however_often_the_worker_is_killed(
    kills: int, people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)
    first = met_year()
    for _person in range(people - 1):
        met_year(like=first)
    run = certificate_runs.begin_issue(bureau=first.bureau, by=first.officer, now=NOON)
    chance = random.Random(20_261_122)  # noqa: S311 -- moments to die, not secrets

    for _kill in range(kills):
        work_and_die(chance)
    tasks.carry_on_certificate_runs()

    assert outcomes(run) == {"done": people}
    assert Certificate.objects.count() == people
    assert AuditLogEntry.objects.filter(action="certificate.issue").count() == people
    assert AuditLogEntry.objects.get(action="certificate_run.finish").facts == {
        "kind": "issue",
        "done": people,
        "left": 0,
    }
    assert list(ledger_check.run().differences) == []
