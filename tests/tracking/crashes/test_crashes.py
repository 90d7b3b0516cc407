"""A few blows in the everyday run: three kills on the running test's database, one stop of a PostgreSQL apart."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.factories import tracking as make
from tests.tracking.crashes.judgement import judge
from tests.tracking.crashes.siege import Plan, Siege
from tests.tracking.nursery import ROOT
from tests.tracking.server import own_database_url, serving
from tracking.models import Coverage, ViewingEntry
from tracking.rules.runs import encode_runs

pytestmark = pytest.mark.django_db(transaction=True)

LESSON_S = 7_200


def test_killed_servers_lose_no_acknowledged_second_and_credit_none_twice(tmp_path: Path) -> None:
    learners = [make.learner(seconds=LESSON_S) for _number in range(6)]

    with serving(own_database_url(), count=2, log=tmp_path / "servers.log") as nodes:
        siege = Siege(learners, nodes, Plan(seed=3, kills=3), None)
        verdict = asyncio.run(siege.run(lambda _text: None))

    print(verdict.words())
    assert verdict.faults() == []
    assert verdict.kills == 3
    assert verdict.judgements[-1].acknowledged_s > 0


@pytest.mark.slow
def test_a_crashed_postgresql_loses_no_acknowledged_second() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("Only in the run on PostgreSQL")
    command = [sys.executable, "-m", "tests.tracking.crashes", "--postgresql", "--stops", "1", "--viewers", "6"]
    connection.close()
    run = subprocess.run(
        [*command, "--copy-of", own_database_url()], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 stops of the database" in run.stdout


def test_judges_what_was_promised_and_is_missing() -> None:
    at = make.learner()
    at.open()

    judged = judge([(at, frozenset({3, 4}))])

    assert judged.lost_s == 2
    assert judged.faults == [f"person {at.person.pk}: lost 2 acknowledged seconds from 3 on"]


def test_judges_a_second_that_was_credited_twice() -> None:
    at = make.learner()
    opened = at.open()
    Coverage.objects.create(
        enrolment=at.enrolment, lesson=at.lesson, runs=encode_runs(0b11), covered_s=2, updated_ms=make.NOON_MS
    )
    for index in (1, 2):
        ViewingEntry.objects.create(
            session_id=opened.row.session_id, line_index=index, kind="seg", start_ms=0, end_ms=0, accrued_ms=2_000,
            from_s=0, to_s=2, new_s=2, deferred_s=0, flags=0, beat_count=1,
        )  # fmt: skip

    judged = judge([(at, frozenset({0, 1}))])

    assert judged.lost_s == 0
    assert judged.doubled_s == 2
    assert f"person {at.person.pk}: the ledger credits 4 s, 2 distinct ones are held" in judged.faults
