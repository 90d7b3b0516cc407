from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from learning.models import Person
from tests.factories import ledger
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.actions import roots, seals
from tracking.demo import history
from tracking.models import DailyRoot, Seal, SealHead, ViewingSession
from tracking.models.seal import RECORD_COLUMNS

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def watch(at: Learner, number: int, *, ago: dt.timedelta) -> ViewingSession:
    lesson = at.enrolment.edition.lessons.get(number=number)
    history.watch(at.enrolment, lesson, 60, NOON - ago)
    return ViewingSession.objects.get(lesson=lesson)


def test_give_numbers_sealed_sessions_without_a_gap(at: Learner) -> None:
    first, second = watch(at, 1, ago=2 * ledger.DAY), watch(at, 2, ago=ledger.DAY)

    assert seals.give_seals(now=NOON) == 2

    given = Seal.objects.order_by("number").values_list("number", "session_id", "digest", "line_count", "new_s")
    assert list(given) == [
        (number, session.pk, bytes(session.head).hex(), session.line_count, session.new_s)
        for number, session in enumerate((first, second), start=1)
    ]


def test_give_twice_gives_nothing_more(at: Learner) -> None:
    watch(at, 1, ago=ledger.DAY)

    assert [seals.give_seals(now=NOON) for _ in range(2)] == [1, 0]
    assert SealHead.objects.get().number == Seal.objects.count() == 1


def test_give_waits_for_what_still_runs_or_takes_late_claims(at: Learner) -> None:
    at.open()
    at.open(device="phone", is_takeover=True, now_ms=make.NOON_MS + 1_000)

    assert seals.give_seals(now=NOON) == 0


def test_give_finds_an_old_session_that_is_sealed_late(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "_BATCH", 1)
    opened = at.open(now_ms=make.NOON_MS - 7_200_000)
    newer = make.learner()
    history.watch(newer.enrolment, newer.lesson, 60, NOON - ledger.DAY)
    seals.give_seals(now=NOON)
    ViewingSession.objects.filter(pk=opened.row.session_id).update(
        ended_ms=make.NOON_MS, end_reason="timeout", sealed_ms=make.NOON_MS, line_count=1
    )

    assert seals.give_seals(now=NOON) == 1
    assert SealHead.objects.get().session_floor == ViewingSession.objects.latest("pk").pk


def test_times_rise_with_numbers_and_stay_out_of_closed_days(at: Learner) -> None:
    watch(at, 1, ago=2 * ledger.DAY)
    seals.give_seals(now=NOON - ledger.DAY)
    roots.close_days(now=NOON)
    watch(at, 2, ago=dt.timedelta(hours=12))

    # A worker whose clock was read before the day was closed.
    seals.give_seals(now=NOON - ledger.DAY + dt.timedelta(hours=1))
    roots.close_days(now=NOON + ledger.DAY)

    days = list(DailyRoot.objects.values_list("day", "first_number", "last_number"))
    assert days == [(dt.date(2026, 11, 18), 1, 1), (dt.date(2026, 11, 19), 2, 2)]


def test_record_covers_every_column_of_a_session() -> None:
    """A new column must be sealed too, or be left out knowingly."""
    assert set(RECORD_COLUMNS) == {field.attname for field in ViewingSession._meta.concrete_fields} - {"id"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_leave_no_gap_and_no_twin() -> None:
    for _ in range(6):
        at = make.learner(seconds=2)
        history.watch(at.enrolment, at.lesson, 2, NOON - ledger.DAY)

    def work(_worker: int) -> int:
        try:
            return seals.give_seals(now=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        given = list(pool.map(work, range(2)))

    assert sum(given) == 6
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert Seal.objects.values("session").distinct().count() == 6
    assert connection.vendor in ("sqlite", "postgresql")
