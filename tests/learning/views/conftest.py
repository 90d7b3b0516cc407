"""Whom the pages are shown to."""

import pytest

from learning.models import Person


@pytest.fixture
def learner(ada: Person, requirement: object, bureau: object) -> Person:
    """ada, in a city with a rule and a bureau."""
    return ada
