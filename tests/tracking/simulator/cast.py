"""Who lives in every world: an honest learner and a crooked one, each before a lesson of two minutes."""

from __future__ import annotations

from tests.factories import tracking as make
from tests.factories.tracking import Learner

LESSON_S = 120


def cast() -> list[Learner]:
    """Make both; their rows outlast the worlds."""
    return [make.learner(seconds=LESSON_S), make.learner(seconds=LESSON_S)]
