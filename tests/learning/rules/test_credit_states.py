"""The states of an entry: the table is the whole law of movement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.credit_states import TRANSITIONS, State, Verdict, state_after, state_before


def test_state_after_folds_the_usual_journey() -> None:
    journey = [
        Verdict.RETURNED,
        Verdict.RESUBMITTED,
        Verdict.APPROVED,
        Verdict.SENT_BACK,
        Verdict.APPROVED,
        Verdict.CONFIRMED,
    ]

    assert state_after(journey) == State.CONFIRMED


@pytest.mark.parametrize("verdict", list(Verdict))
def test_state_before_is_the_only_state_of_a_verdict(verdict: Verdict) -> None:
    assert [before for before, given in TRANSITIONS if given == verdict] == [state_before(verdict)]


@given(st.lists(st.sampled_from(list(Verdict)), max_size=12))
def test_nothing_is_confirmed_without_an_audit_just_before(verdicts: list[Verdict]) -> None:
    try:
        state = state_after(verdicts)
    except KeyError:
        return
    if state == State.CONFIRMED:
        assert verdicts[-2:] == [Verdict.APPROVED, Verdict.CONFIRMED]
