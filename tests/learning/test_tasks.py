"""The sweeps of learning: safe to run twice, and never more than their share."""

from __future__ import annotations

import pytest

from learning import tasks
from learning.models import CreditScreening
from tests.factories import flags as make_flags
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
