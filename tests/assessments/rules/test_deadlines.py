import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.deadlines import deadline, is_late
from tests.factories.learning import NOON

SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("minutes", "extra", "seconds"), [(30, 0, 1_800), (30, 50, 2_700), (1, 33, 80), (7, 1, 425)], ids=str
)
def test_deadline_adds_the_extra_time_rounded_up(minutes: int, extra: int, seconds: int) -> None:
    assert deadline(started_at=NOON, minutes=minutes, extra_time_percent=extra) == NOON + seconds * SECOND


def test_is_late_spares_an_answer_exactly_at_the_bell() -> None:
    assert not is_late(deadline_at=NOON, now=NOON)
    assert is_late(deadline_at=NOON, now=NOON + dt.timedelta(microseconds=1))
    assert not is_late(deadline_at=NOON, now=NOON - SECOND)


@given(st.integers(1, 300), st.integers(0, 200))
def test_extra_time_never_shortens(minutes: int, extra: int) -> None:
    plain = deadline(started_at=NOON, minutes=minutes)
    longer = deadline(started_at=NOON, minutes=minutes, extra_time_percent=extra)

    exact_s = minutes * 60 * (100 + extra) / 100
    assert 0 <= (longer - NOON).total_seconds() - exact_s < 1
    assert longer >= plain
