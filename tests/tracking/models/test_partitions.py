from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.demo import history
from tracking.models import Coverage, ViewingEntry, ViewingSession, batch, partitions
from tracking.rules.months import Month

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL keeps the ledger in partitions"),
]

NOON_MONTH = Month.of(make.NOON_MS)


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def checked_now() -> None:
    """Check foreign keys at once: a table whose checks are put off cannot change its shape."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def month(checked_now: None) -> Month:
    """The month of NOON has its partition, whatever month it is outside."""
    if NOON_MONTH not in partitions.months():
        with partitions.shaping():
            partitions.make(NOON_MONTH)
    return NOON_MONTH


@pytest.fixture
def at(month: Month, ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON)
    return at


def places() -> set[str]:
    return {row[0] for row in sql("SELECT tableoid::regclass::text FROM tracking_viewingentry")}


def test_a_line_lies_in_its_month(at: Learner) -> None:
    assert places() == {partitions.name_of(NOON_MONTH)}


def test_a_line_without_a_month_lies_in_the_default_partition(checked_now: None, ada: Person) -> None:
    at = make.learner(ada)
    with partitions.shaping():
        for month in partitions.months():
            sql(f"ALTER TABLE tracking_viewingentry DETACH PARTITION {partitions.name_of(month)}")

    history.watch(at.enrolment, at.lesson, 60, NOON)

    assert places() == {"tracking_viewingentry_default"}
    assert partitions.count_in_default(limit=None) == ViewingEntry.objects.count()
    assert partitions.months_in_default(NOON_MONTH.plus(-3), NOON_MONTH.plus(3)) == {NOON_MONTH}
    assert partitions.months_in_default(NOON_MONTH.plus(1), NOON_MONTH.plus(3)) == set()


def test_a_line_written_again_is_not_doubled(at: Learner) -> None:
    session = ViewingSession.objects.get()
    lines = [row.as_line(str(session.key)) for row in ViewingEntry.objects.of_session(session)]
    batch.write_more([batch.More(batch.SessionRow.of(session), tuple(lines))])

    assert ViewingEntry.objects.count() == len(lines) == session.line_count


@pytest.mark.parametrize("table", ["tracking_viewingentry", partitions.name_of(NOON_MONTH)])
@pytest.mark.parametrize("act", ["UPDATE {} SET new_s = 99", "DELETE FROM {}", "TRUNCATE {}"])
def test_partitions_refuse_every_change(at: Learner, table: str, act: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(act.format(table))


@pytest.mark.parametrize(
    "table",
    [
        "tracking_viewingsession",
        "tracking_watchedproof",
        "tracking_viewingarchive",
        "tracking_viewingentry",
        "tracking_viewingpolicy",
        "tracking_seal",
        "tracking_sealhead",
        "tracking_dailyroot",
        "tracking_anchor",
    ],
)
def test_database_refuses_to_empty_the_ledger(at: Learner, table: str) -> None:
    # What a session says of itself opens nothing.
    sql("SET LOCAL hourbook.may_empty = 'on'")
    with pytest.raises(DatabaseError, match="append-only: TRUNCATE"), transaction.atomic():
        sql(f"TRUNCATE {table} CASCADE")


def test_a_second_worker_does_not_wait_long_for_the_first(month: Month) -> None:
    with partitions.shaping():
        assert sql("SHOW lock_timeout") == [("2s",)]


@pytest.fixture
def two_years(month: Month) -> Iterator[list[Month]]:
    months = [NOON_MONTH.plus(-back) for back in range(24)]
    with partitions.shaping():
        for each in months:
            if each not in partitions.months():
                partitions.make(each)
    sql("SET LOCAL enable_seqscan = off")
    yield months
    sql("SET LOCAL enable_seqscan = on")


def plan_of(queryset: Any) -> str:
    statement, values = queryset.query.sql_with_params()
    return "\n".join(row[0] for row in sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", *values))


def test_lines_of_a_session_are_looked_up_in_its_own_month(at: Learner, two_years: list[Month]) -> None:
    session = ViewingSession.objects.get()

    plan = plan_of(ViewingEntry.objects.of_session(session))

    assert "Seq Scan" not in plan
    assert [str(month) for month in two_years if partitions.name_of(month) in plan] == [str(NOON_MONTH)]


def test_lines_without_a_bound_are_looked_up_by_an_index_of_every_month(at: Learner, two_years: list[Month]) -> None:
    session = ViewingSession.objects.get()

    plan = plan_of(ViewingEntry.objects.filter(session=session).order_by("line_index"))

    assert "Seq Scan" not in plan
    assert all(partitions.name_of(month) in plan for month in two_years)


def test_resume_opens_no_other_month(at: Learner, two_years: list[Month]) -> None:
    with connection.execute_wrapper(Explaining()) as _nothing:
        explaining = connection.execute_wrappers[-1]
        Coverage.objects.resume_s(enrolment_id=at.enrolment.pk, lesson=at.lesson)

    (plan,) = explaining.plans  # type: ignore[attr-defined]
    run = [line for line in plan.splitlines() if " on tracking_viewingentry_2" in line and "never executed" not in line]
    assert "Seq Scan on tracking_viewingentry" not in plan
    assert len(run) == 1
    assert partitions.name_of(NOON_MONTH) in run[0]


class Explaining:
    """Explains each query on the ledger beside running it."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute: Any, statement: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
        if 'FROM "tracking_viewingentry"' in statement:
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", values)
                self.plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(statement, values, many, context)


def test_migration_goes_back_and_forth_and_keeps_every_row(at: Learner) -> None:
    migration = importlib.import_module("tracking.migrations.0005_monthly_partitions")
    rows = list(ViewingEntry.objects.order_by("pk").values())
    guards = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'tracking_viewingentry'::regclass AND NOT tgisinternal"
    triggers = sorted(sql(guards))

    with connection.schema_editor() as editor:
        migration.allow_emptying(None, editor)
        migration.whole_again(None, editor)
    assert not partitions.are_kept()
    assert list(ViewingEntry.objects.order_by("pk").values()) == rows
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql("DELETE FROM tracking_viewingentry")
    with connection.schema_editor() as editor:
        migration.by_months(None, editor)
        migration.forbid_emptying(None, editor)

    assert partitions.are_kept()
    assert partitions.months() == {NOON_MONTH}
    assert list(ViewingEntry.objects.order_by("pk").values()) == rows
    assert sorted(sql(guards)) == triggers
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    history.watch(at.enrolment, at.enrolment.edition.lessons.get(number=2), 60, NOON.replace(hour=9))
    assert ViewingEntry.objects.order_by("pk").values_list("pk", flat=True)[len(rows)] == rows[-1]["id"] + 1
