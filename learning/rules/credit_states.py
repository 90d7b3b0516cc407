"""The states of a credit entry and the verdicts that move it.

The table is the whole law of movement; a verdict that is not in it is refused.
Source: DOMAIN §4.7, R18, R19.
"""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """Where an entry stands."""

    EARNED = "earned"
    AUDITED = "audited"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REVERSED = "reversed"


class Verdict(StrEnum):
    """What an office, or the learner, decides."""

    APPROVED = "approved"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    CONFIRMED = "confirmed"
    SENT_BACK = "sent_back"
    REJECTED = "rejected"
    REVERSED = "reversed"


TRANSITIONS: dict[tuple[State, Verdict], State] = {
    (State.EARNED, Verdict.APPROVED): State.AUDITED,
    (State.EARNED, Verdict.RETURNED): State.RETURNED,
    (State.RETURNED, Verdict.RESUBMITTED): State.EARNED,
    (State.AUDITED, Verdict.CONFIRMED): State.CONFIRMED,
    (State.AUDITED, Verdict.SENT_BACK): State.EARNED,
    (State.AUDITED, Verdict.REJECTED): State.REJECTED,
    (State.CONFIRMED, Verdict.REVERSED): State.REVERSED,
}

#: States whose hours wait for an office: shown as pending.
PENDING = frozenset({State.EARNED, State.AUDITED, State.RETURNED})


def state_before(verdict: Verdict) -> State:
    """Return the only state in which the verdict may be given."""
    (state,) = (before for before, given in TRANSITIONS if given == verdict)
    return state


def state_after(verdicts: Iterable[Verdict], *, start: State = State.EARNED) -> State:
    """Fold the verdicts into the present state.

    Raises: KeyError, when a verdict was not allowed where it stands.
    """
    state = start
    for verdict in verdicts:
        state = TRANSITIONS[state, verdict]
    return state
