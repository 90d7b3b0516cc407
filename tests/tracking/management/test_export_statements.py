from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.record_store_double import Store
from tracking import tasks
from tracking.demo import history
from tracking.models import StatementExport

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def watch(at: Learner, seconds: int, *, days: int = 0) -> None:
    history.watch(at.enrolment, at.lesson, seconds, NOON + dt.timedelta(days=days))


def export(file: Path, *options: str) -> list[dict[str, object]]:
    call_command("export_statements", "--out", str(file), *options, stdout=io.StringIO(), stderr=io.StringIO())
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def days_of(statements: list[dict[str, object]]) -> list[str]:
    return sorted({str(each["timestamp"])[:10] for each in statements})


def test_export_writes_what_the_store_is_told(at: Learner, lrs: Store, tmp_path: Path) -> None:
    watch(at, 30)
    watch(at, 60, days=1)
    watch(make.learner(), 60)
    tasks.send_due_statements()

    statements = export(tmp_path / "all.jsonl")

    assert {each["id"]: each for each in statements} == lrs.statements
    assert len(statements) == 14


def test_export_twice_gives_the_same_bytes(at: Learner, tmp_path: Path) -> None:
    watch(at, 30)
    watch(make.learner(), 60)
    said = io.StringIO()

    call_command("export_statements", "--out", str(tmp_path / "a"), stdout=said, stderr=io.StringIO())
    export(tmp_path / "b")

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    digest = hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert said.getvalue() == f"sha256 {digest}  {tmp_path / 'a'}\n"


def test_export_takes_whole_days_of_the_installation(at: Learner, tmp_path: Path) -> None:
    for days, seconds in enumerate((20, 40, 60)):
        watch(at, seconds, days=days)

    middle = export(tmp_path / "day", "--from", "2026-11-20", "--to", "2026-11-20")

    assert days_of(middle) == ["2026-11-20"]
    # What the day before left is in it all the same.
    extensions = middle[-1]["result"]["extensions"]  # type: ignore[index]
    assert extensions["https://w3id.org/xapi/video/extensions/played-segments"] == "0[.]20[,]0[.]40"
    assert days_of(export(tmp_path / "rest", "--from", "2026-11-20")) == ["2026-11-20", "2026-11-21"]


def test_export_takes_one_course(at: Learner, tmp_path: Path) -> None:
    other = make.learner(at.person)
    watch(at, 30)
    watch(other, 30, days=1)

    statements = export(tmp_path / "course", "--course", other.enrolment.course_key)

    assert days_of(statements) == ["2026-11-20"]
    assert len(statements) == 4


def test_export_of_nothing_is_an_empty_file(at: Learner, tmp_path: Path) -> None:
    at.open()

    assert export(tmp_path / "none") == []


def test_export_leaves_no_half_file(at: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(at, 60)

    def fail(*_facts: object) -> object:
        raise OSError("disk full")

    monkeypatch.setattr("tracking.actions.statements.of_person", fail)

    with pytest.raises(CommandError, match="disk full"):
        export(tmp_path / "half")

    assert list(tmp_path.iterdir()) == []


def test_export_says_how_far_it_is(at: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(at, 30)
    watch(at, 60, days=1)
    monkeypatch.setattr("tracking.management.commands.export_statements._SAY_EVERY", 1)
    said = io.StringIO()

    call_command("export_statements", "--out", str(tmp_path / "a"), stdout=io.StringIO(), stderr=said)

    assert said.getvalue().splitlines() == [
        "1 sessions, 1 statements",
        "2 sessions, 5 statements",
        "2 sessions, 9 statements",
    ]


def test_requeue_makes_refused_and_missed_sessions_due(at: Learner, lrs: Store) -> None:
    watch(at, 60, days=2)
    lrs.refused_verbs = {"completed"}
    tasks.send_due_statements()
    watch(make.learner(), 60)
    said = io.StringIO()

    call_command("export_statements", "--requeue", stdout=said)

    assert said.getvalue() == "1 refused and 1 missed sessions are due again.\n"
    assert set(StatementExport.objects.values_list("state", flat=True)) == {StatementExport.State.DUE}
