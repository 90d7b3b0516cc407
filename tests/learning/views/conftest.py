"""The pages' clock stands at NOON, so that a test of a year never grows old."""

import importlib

import pytest

from learning.models import Person
from tests.factories.learning import NOON

CLOCKED = ("years", "rules", "entries", "enrolments")


@pytest.fixture(autouse=True)
def _clock_stands_at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CLOCKED:
        monkeypatch.setattr(importlib.import_module(f"learning.views.{name}"), "database_now", lambda: NOON)


@pytest.fixture
def learner(ada: Person, requirement: object, bureau: object) -> Person:
    """ada, in a city with a rule and a bureau."""
    return ada
