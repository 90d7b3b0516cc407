"""What the views of tracking are tested with."""

from __future__ import annotations

import pytest

from learning.models import Person
from tests.factories import tracking as make
from tests.tracking.conftest import StandingClock
from tests.tracking.views.calling import Caller


@pytest.fixture
def caller(db: None, ada: Person, clock: StandingClock) -> Caller:
    return Caller(make.learner(ada))
