"""The sweeps of learning: safe to run twice, and never more than their share."""

from __future__ import annotations

import logging

import pytest

from learning import tasks
from learning.actions import confirmation_chunks, run_chunks
from learning.models import ConfirmationRun, CreditDecision, CreditScreening
from learning.models.run import RunState
from learning.rules.credit_states import Verdict
from tests.factories import flags as make_flags
from tests.factories import runs
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db


def test_screen_due_entries_measures_each_once() -> None:
    make_flags.policy()
    office = Office(entries=2)

    for _time in range(2):
        tasks.screen_due_entries()

    assert sorted(CreditScreening.objects.values_list("entry", flat=True)) == [entry.pk for entry in office.entries]


def test_screen_due_entries_goes_on_while_batches_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    make_flags.policy()
    Office(entries=3)
    monkeypatch.setattr("learning.actions.flags.BATCH_SIZE", 1)

    tasks.screen_due_entries()

    assert CreditScreening.objects.count() == 3


def test_screen_due_entries_leaves_the_rest_to_the_next_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    make_flags.policy()
    Office(entries=3)
    monkeypatch.setattr("learning.actions.flags.BATCH_SIZE", 1)
    monkeypatch.setattr("learning.tasks.SCREEN_BATCHES", 2)

    tasks.screen_due_entries()

    assert CreditScreening.objects.count() == 2


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


@pytest.fixture
def run(office: Office) -> ConfirmationRun:
    return runs.running(office)


def confirmed() -> int:
    return CreditDecision.objects.filter(verdict=Verdict.CONFIRMED).count()


def test_confirm_running_runs_works_a_run_to_its_end_and_adds_nothing_afterwards(run: ConfirmationRun) -> None:
    for _time in range(3):
        tasks.confirm_running_runs()

    run.refresh_from_db()
    assert (run.state, confirmed()) == (RunState.DONE, 3)


def test_confirm_running_runs_leaves_the_rest_to_the_next_sweep(
    run: ConfirmationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 1)
    monkeypatch.setattr(tasks, "RUN_TURN_S", 0)

    counts = []
    for _sweep in range(3):
        tasks.confirm_running_runs()
        counts.append(confirmed())

    assert counts == [1, 2, 3]


def test_confirm_running_runs_goes_on_with_others_when_one_fails(
    office: Office, run: ConfirmationRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Office(entries=1).approved()
    other = runs.running(office)
    confirm_next = confirmation_chunks.confirm_next

    def fail_at_the_first(run_id: int, **facts: object) -> bool:
        if run_id == run.pk:
            raise RuntimeError("no")
        return confirm_next(run_id, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(confirmation_chunks, "confirm_next", fail_at_the_first)
    with caplog.at_level(logging.ERROR):
        tasks.confirm_running_runs()

    other.refresh_from_db()
    assert (other.state, confirmed()) == (RunState.DONE, 1)
    assert f"confirmation-run {run.pk} did not go on" in caplog.text
