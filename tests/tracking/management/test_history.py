"""A past for the ledger: as large as was asked for, and nothing an audit objects to."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.db import connection

from tracking import ledger_check
from tracking.management.load import history, seed
from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession, partitions


@pytest.fixture
def people(transactional_db: None) -> Iterator[None]:
    """Three learners; the months made for their past go with it."""
    months = partitions.months() if partitions.are_kept() else set()
    assert len(list(seed.learners(3))) == 3
    yield
    if partitions.are_kept():
        with partitions.shaping(), connection.cursor() as cursor:
            for month in partitions.months() - months:
                cursor.execute(f"ALTER TABLE {partitions.LEDGER} DETACH PARTITION {partitions.name_of(month)}")
                cursor.execute(f"DROP TABLE {partitions.name_of(month)}")


def test_history_writes_sessions_that_the_ledger_check_bears_out(
    people: None, capsys: pytest.CaptureFixture[str]
) -> None:
    history.main("300")

    told = json.loads(capsys.readouterr().out)
    assert 300 <= told["entries"] < 340
    assert ViewingEntry.objects.count() == told["entries"]
    assert ViewingSession.objects.count() == Coverage.objects.count() == told["sessions"]
    assert list(ledger_check.differences()) == []


def test_history_lies_in_the_past_and_gives_no_learner_two_sessions_at_once(people: None) -> None:
    history.main("300")

    sessions = list(ViewingSession.objects.order_by("person_id", "opened_ms"))
    for one, other in pairwise(sessions):
        assert one.person_id != other.person_id or (one.ended_ms or 0) <= other.opened_ms
    assert max(session.ended_ms or 0 for session in sessions) < time.time() * 1_000
    assert {session.person_id for session in sessions} == set(LiveViewing.objects.values_list("pk", flat=True))


def test_history_lies_in_months_of_its_own_where_there_are_months(people: None) -> None:
    history.main("300")

    if partitions.are_kept():
        assert partitions.count_in_default(limit=None) == 0
        assert len(partitions.months()) >= 13


def test_history_of_more_than_a_year_of_hours_has_more_learners(people: None) -> None:
    history.main("8000")

    assert LiveViewing.objects.count() == 4
    assert list(ledger_check.differences()) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite looks references up always")
def test_history_leaves_references_guarded(people: None) -> None:
    history.main("30")

    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


def test_a_session_opened_after_the_past_finds_a_key_of_its_own(people: None) -> None:
    history.main("30")
    last = ViewingSession.objects.order_by("-pk")[0]

    last.pk, last.key = None, "00000000-0000-4000-8000-000000000001"
    last.save(force_insert=True)

    assert ViewingSession.objects.filter(pk__gt=0).count() == 3
