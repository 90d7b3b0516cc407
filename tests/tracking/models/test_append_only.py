from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from learning.models import Person
from learning.models.append_only import AppendOnlyError
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.actions import roots, seals
from tracking.demo import history
from tracking.models import Anchor, ViewingEntry, ViewingSession, WatchedProof

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON)
    seals.give_seals(now=NOON)
    (root,) = roots.close_days(now=NOON + dt.timedelta(days=1))
    Anchor.objects.create(root=root, backend="file", receipt=root.line(), anchored_ms=1, digest="")
    return at


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE tracking_viewingentry SET new_s = 99",
        "DELETE FROM tracking_viewingentry",
        "UPDATE tracking_watchedproof SET covered_s = 99",
        "DELETE FROM tracking_watchedproof",
        "UPDATE tracking_viewingsession SET opened_ms = 0",
        "UPDATE tracking_viewingsession SET duration_s = 1",
        "DELETE FROM tracking_viewingsession",
        "UPDATE tracking_viewingsession SET new_s = 99",
        "UPDATE tracking_viewingsession SET sealed_ms = NULL",
        "UPDATE tracking_seal SET given_ms = 0",
        "DELETE FROM tracking_seal",
        "UPDATE tracking_dailyroot SET signed_ms = 0",
        "DELETE FROM tracking_dailyroot",
        "UPDATE tracking_anchor SET receipt = ''",
        "DELETE FROM tracking_anchor",
        "DELETE FROM tracking_sealhead",
        "UPDATE tracking_sealhead SET number = number - 1",
        "UPDATE tracking_sealhead SET closed_on = NULL",
        "UPDATE tracking_sealhead SET session_floor = session_floor - 1",
    ],
)
def test_database_refuses_to_change_the_ledger(at: Learner, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite knows REPLACE")
def test_replacing_a_row_is_a_change_too(at: Learner) -> None:
    sql = "REPLACE INTO tracking_viewingentry SELECT * FROM tracking_viewingentry"

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_rows_refuse_before_the_database_has_to(at: Learner) -> None:
    for row in (ViewingEntry.objects.first(), WatchedProof.objects.first()):
        assert row is not None
        with pytest.raises(AppendOnlyError):
            row.save()
        with pytest.raises(AppendOnlyError):
            row.delete()


def test_database_keeps_one_running_session_a_person(at: Learner) -> None:
    at.open(now_ms=make.NOON_MS + 600_000)
    running = ViewingSession.objects.running().get()
    ended = ViewingSession.objects.exclude(pk=running.pk).get()

    with pytest.raises(DatabaseError), transaction.atomic():
        ViewingSession.objects.filter(pk=ended.pk).update(ended_ms=None, end_reason="", sealed_ms=None)
