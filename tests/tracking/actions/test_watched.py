from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from learning.actions import evidence
from learning.models import Evidence, Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tracking.actions import watched
from tracking.demo import history
from tracking.models import WatchedProof

pytestmark = pytest.mark.django_db(transaction=True)


def test_earning_does_not_keep_the_group_commit_waiting(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    at = make.learner(ada)
    record, was_locked = evidence.record_watched, []

    def spied(**facts: Any) -> Evidence:
        was_locked.append(connection.in_atomic_block)
        return record(**facts)

    monkeypatch.setattr(evidence, "record_watched", spied)
    history.watch(at.enrolment, at.lesson, 60, NOON)

    assert was_locked == [False]


def test_a_crash_after_the_proof_is_made_good_by_the_next_call(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    at = make.learner(ada)

    def crash(**_facts: Any) -> Evidence:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(evidence, "record_watched", crash)
        with pytest.raises(ConnectionError):
            history.watch(at.enrolment, at.lesson, 60, NOON)
    proof = WatchedProof.objects.get()

    held = watched.record_if_watched(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk, now=NOON)

    assert held is not None
    assert held.digest == proof.digest
