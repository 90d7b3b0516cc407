"""A few hundred steps in every run; HOURBOOK_HYPOTHESIS=full takes ten thousand, the command as many as you like."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.learning.credit_machine.cast import assemble
from tests.learning.credit_machine.machine import CreditMachine, lives

pytestmark = pytest.mark.django_db

IS_FULL = os.environ.get("HOURBOOK_HYPOTHESIS") == "full"
LIVES, STEPS = (200, 50) if IS_FULL else (10, 30)


def test_no_life_breaks_an_invariant() -> None:
    tally = Counter[tuple[str, str]]()
    life = type("Life", (CreditMachine,), {"cast": assemble(), "tally": tally})

    # Short lives are the same every day; new ones are lived by whoever asks for many.
    run_state_machine_as_test(life, settings=settings(lives(LIVES, STEPS), derandomize=not IS_FULL))

    print(dict(tally))
    told = {outcome for _act, outcome in tally}
    # What a short life meets is chance.
    assert "done" in told
    if IS_FULL:
        assert {"OwnHours", "NotTheirs", "AlreadyDecided", "TooLate", "MayNotWatch"} <= told
        assert tally["carry over", "done"]
