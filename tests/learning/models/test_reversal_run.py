"""What the database refuses of a reversal run, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from learning.models import ReversalRun
from learning.models.run import RunState
from tests.factories import guards, runs
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


REFUSED: dict[str, dict[str, Any]] = {
    "one officer twice": {"second_officer_id": "officer_id"},
    "running unsigned": {"state": "running"},
    "drafted": {"state": "drafted"},
    "done before the end": {"state": "done"},
    "stopped without a reason": {"state": "stopped"},
    "counts that differ": {"cursor": 2, "reversed_count": 1},
    "worked before it was signed": {"cursor": 1, "reversed_count": 1},
    "another snapshot": {"snapshot": "0" * 64},
    "another reason": {"reason_text": "x"},
    "another fate of the evidence": {"is_again": True},
    "another forecast": {"revoke_count": 7},
    "another threshold": {"second_officer_above": 1_000},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses(office: Office, changes: dict[str, Any]) -> None:
    run = runs.undoing(office, of=runs.done(office))
    changes = {name: getattr(run, str(value), value) for name, value in changes.items()}

    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        ReversalRun.objects.filter(pk=run.pk).update(**changes)


def test_the_database_refuses_more_than_one_officer_may_sign_alone(office: Office) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.undoing(office, of=runs.done(office))

    with pytest.raises(IntegrityError), transaction.atomic():
        ReversalRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, signed_at=runs.LATER)


def test_the_database_keeps_items_and_signatures_as_they_are(office: Office) -> None:
    run = runs.undo_signed(office, runs.undoing(office, of=runs.done(office)))
    acts: list[Any] = [
        lambda: run.items.update(decision_count=7),
        lambda: run.items.all()._raw_delete("default"),
        lambda: ReversalRun.objects.filter(pk=run.pk).update(signed_at=None),
        lambda: ReversalRun.objects.filter(pk=run.pk)._raw_delete("default"),
    ]

    for act in acts:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
