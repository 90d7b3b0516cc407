"""Presence in a bundle that does not hold all of a learner's sessions: what is not told is not held against them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import ledger
from tests.factories.guards import rewrite_rules
from tests.factories.ledger import Player
from tests.factories.tracking import NOON_MS
from tests.tracking.audit.test_bundle import verify
from tracking.audit import Scope, audit, bundle

pytestmark = pytest.mark.django_db


def between_two_lessons() -> Player:
    """Watch some of a lesson, pass a check in another, watch the first one to its end."""
    at = ledger.strict()
    rewrite_rules(at.enrolment.requirement_id, missed_check="hold")
    at = replace(at, enrolment=type(at.enrolment).objects.get(pk=at.enrolment.pk))
    first = Player(at, now_ms=NOON_MS - 86_400_000)
    first.play((0, 10), seconds=10)
    first.play((10, 15), seconds=5)
    first.bye()
    elsewhere = replace(at, lesson=at.enrolment.edition.lessons.get(number=2))
    other = Player(elsewhere, now_ms=first.now_ms + 60_000)
    other.play((0, 5), seconds=5)
    other.answer(seconds=2)
    other.play((5, 7), seconds=2)
    other.bye()
    last = Player(at, now_ms=other.now_ms + 60_000)
    last.play((15, 25), seconds=10)
    last.play((25, 33), seconds=8)
    last.answer(seconds=2)
    for from_s in (33, 43):
        last.play((from_s, from_s + 10), seconds=10)
    last.answer(seconds=2)
    last.play((53, 60), seconds=7)
    last.bye()
    return last


@pytest.mark.parametrize("is_whole", [False, True], ids=["a lesson", "a person"])
def test_verifier_counts_no_seconds_over_sessions_it_does_not_have(tmp_path: Path, is_whole: bool) -> None:
    last = between_two_lessons()
    scope = Scope(person=last.at.person.pk) if is_whole else Scope(session=str(last.session.key))
    path = tmp_path / "bundle.zip"

    assert bundle.write(path, scope, now=ledger.NOW) == (3 if is_whole else 2)
    _code, words = verify(path)

    assert audit(scope, now=ledger.NOW).differences == []
    assert "DIFFERENCE" not in words
