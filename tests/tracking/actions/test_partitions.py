from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking import tasks
from tracking.actions.partitions import make_ahead, move_strays
from tracking.demo import history
from tracking.models import ViewingEntry, partitions
from tracking.rules.months import Month

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL keeps partitions")

MONTH = Month.of(make.NOON_MS)


@pytest.fixture
def no_months() -> None:
    """No month has a partition; the default one takes all."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for month in partitions.months():
            cursor.execute(f"ALTER TABLE tracking_viewingentry DETACH PARTITION {partitions.name_of(month)}")
            cursor.execute(f"DROP TABLE {partitions.name_of(month)}")


@pytest.fixture
def at(no_months: None, ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON)
    return at


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other database keeps partitions")
def test_sqlite_keeps_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("partition_viewing", "--move-all")

    assert (make_ahead(now=NOON), move_strays(now=NOON)) == ([], 0)
    assert capsys.readouterr().out == "made: none; moved: 0 rows\n"


@on_postgresql
def test_make_ahead_makes_this_month_and_the_next_two_once(no_months: None) -> None:
    made = [make_ahead(now=NOON), make_ahead(now=NOON), make_ahead(now=NOON + dt.timedelta(days=31))]

    assert made == [[MONTH, MONTH.plus(1), MONTH.plus(2)], [], [MONTH.plus(3)]]
    assert partitions.months() == {MONTH.plus(months) for months in range(4)}


@on_postgresql
def test_make_ahead_leaves_a_month_that_has_strays(at: Learner) -> None:
    assert make_ahead(now=NOON) == [MONTH.plus(1), MONTH.plus(2)]


@on_postgresql
def test_move_strays_lets_every_row_find_its_month(at: Learner) -> None:
    rows = list(ViewingEntry.objects.order_by("pk").values())

    moved = move_strays(now=NOON)

    assert (moved, partitions.count_in_default(limit=None), partitions.count_in(MONTH)) == (len(rows), 0, len(rows))
    assert list(ViewingEntry.objects.order_by("pk").values()) == rows
    assert move_strays(now=NOON) == 0


@on_postgresql
def test_moved_rows_are_as_well_guarded_as_before(at: Learner) -> None:
    guards = (
        "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal "
        "AND tgrelid IN ('tracking_viewingentry_default'::regclass, to_regclass(%s))"
    )
    move_strays(now=NOON)

    with connection.cursor() as cursor:
        cursor.execute(guards, [partitions.name_of(MONTH)])
        assert cursor.fetchone() == (6,)


@on_postgresql
def test_many_strays_wait_for_the_operator(at: Learner, caplog: pytest.LogCaptureFixture) -> None:
    count = ViewingEntry.objects.count()

    assert move_strays(now=NOON, most=count - 1) == 0
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    call_command("partition_viewing", "--move-all")

    assert partitions.count_in_default(limit=None) == 0


@on_postgresql
def test_a_row_of_no_possible_month_stays_and_is_said(at: Learner, caplog: pytest.LogCaptureFixture) -> None:
    long_ago = NOON.replace(year=2019)

    assert move_strays(now=long_ago - dt.timedelta(days=800)) == 0
    assert "holds 4 rows" in caplog.text
    assert partitions.months() == set()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_make_a_month_once() -> None:
    later = NOON.replace(year=2046)

    def make_and_hang_up() -> list[Month]:
        try:
            return make_ahead(now=later)
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(2) as workers:
            made = [worker.result() for worker in [workers.submit(make_and_hang_up) for _each in range(2)]]
        assert sorted(made) == [[], [Month(2046, 11), Month(2046, 12), Month(2047, 1)]]
    finally:
        with connection.cursor() as cursor:
            for month in (Month(2046, 11), Month(2046, 12), Month(2047, 1)):
                cursor.execute(f"DROP TABLE IF EXISTS {partitions.name_of(month)}")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_reader_who_does_not_end_is_not_waited_for_long() -> None:
    def hold(is_held: threading.Event, is_over: threading.Event) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE tracking_viewingentry IN SHARE MODE")
            is_held.set()
            is_over.wait(30)
        connection.close()

    is_held, is_over = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as workers:
        holding = workers.submit(hold, is_held, is_over)
        try:
            assert is_held.wait(30)
            with pytest.raises(OperationalError, match="lock timeout"):
                make_ahead(now=NOON.replace(year=2046))
        finally:
            is_over.set()
            holding.result()
    assert Month(2046, 11) not in partitions.months()


@on_postgresql
def test_sweep_makes_and_moves(at: Learner) -> None:
    tasks.make_viewing_partitions()
    tasks.make_viewing_partitions()

    assert partitions.months() == {MONTH, MONTH.plus(1), MONTH.plus(2)}
    assert partitions.count_in_default(limit=None) == 0


@on_postgresql
def test_migrate_leaves_the_coming_months_made() -> None:
    this_month = Month.of(int(dt.datetime.now(dt.UTC).timestamp() * 1_000))

    assert {this_month, this_month.plus(1)} <= partitions.months()
