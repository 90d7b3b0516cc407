"""Learners watch on and workers seal while an audit reads: it judges each as they stood at one moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.meanwhile import once_before
from tests.factories.tracking import Learner
from tracking.actions import seals
from tracking.audit import Scope, audit, learners, roots
from tracking.demo import history

pytestmark = pytest.mark.django_db(transaction=True)
YESTERDAY = NOON - dt.timedelta(days=1)


def watch_on(at: Learner) -> None:
    history.watch(at.enrolment, at.lesson, 60, NOON - dt.timedelta(hours=1))


def seal_another(at: Learner) -> None:
    watch_on(at)
    seals.give_seals(now=NOON)


@pytest.mark.parametrize(
    ("owner", "name", "act"),
    [(learners, "_read_sittings", watch_on), (roots, "_check_head", seal_another)],
    ids=["sessions", "seals"],
)
def test_audit_finds_nothing(
    ada: Person, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Callable[[Learner], None]
) -> None:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 30, YESTERDAY)
    seals.give_seals(now=YESTERDAY + dt.timedelta(hours=1))
    once_before(monkeypatch, owner, name, lambda: act(at))

    assert audit(Scope(), now=NOON).differences == []
