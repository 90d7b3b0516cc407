"""The database's own clock, which every other test holds still."""

import datetime as dt

import pytest
from django.utils import timezone

from learning.models.clock import database_now
from tests.factories import clock
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def held_clock() -> None:
    """Let the real clock be read here."""


def test_database_now_is_the_present_in_utc() -> None:
    now = database_now()

    assert now.tzinfo is dt.UTC
    assert abs(now - timezone.now()) < dt.timedelta(hours=1)


def test_database_now_never_goes_back() -> None:
    assert database_now() <= database_now()


def test_a_standing_clock_says_one_instant() -> None:
    with clock.standing(NOON):
        assert (database_now(), database_now()) == (NOON, NOON)


def test_a_running_clock_starts_where_it_is_told() -> None:
    with clock.running(NOON):
        assert NOON - dt.timedelta(seconds=1) <= database_now() < NOON + dt.timedelta(hours=1)
