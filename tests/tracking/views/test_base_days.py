"""A base's last days: learners, the time that brought no new second, and who may look."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.models import Organisation, Role
from tests.factories import learning as make
from tests.factories import tracking as viewing
from tests.factories import years
from tests.factories.learning import NOON
from tracking.demo.history import watch
from tracking.models.base_days import BaseDay, days_of_base

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def base() -> Organisation:
    cache.clear()
    base: Organisation = make.BaseFactory()
    return base


@pytest.fixture
def desk(client: Client, base: Organisation) -> Client:
    client.force_login(years.member(base, Role.AUDITOR))
    return client


def watched(base: Organisation, seconds: int, at: dt.datetime) -> None:
    place = viewing.learner(base=base)
    watch(place.enrolment, place.lesson, seconds, at)


def test_days_count_each_learner_once_by_the_day_here(base: Organisation) -> None:
    for at in (NOON, NOON - 13 * DAY, NOON - 14 * DAY):
        watched(base, 60, at)
    # Half past four in the afternoon of UTC is past midnight in Kaifeng.
    watched(base, 30, dt.datetime(2026, 11, 17, 16, 30, tzinfo=dt.UTC))
    watched(make.BaseFactory(), 60, NOON)

    days = days_of_base(base, count=14, now=NOON)

    assert [(day.on.isoformat(), day.learners) for day in days if day.learners] == [
        ("2026-11-06", 1), ("2026-11-18", 1), ("2026-11-19", 1),
    ]  # fmt: skip
    assert len(days) == 14
    assert days[-1] == BaseDay(NOON.date(), 1, 60, 60)


@pytest.mark.parametrize(("open_s", "counted_s", "share"), [(100, 97, 3), (100, 100, 0), (0, 0, None), (50, 60, 0)])
def test_uncounted_is_the_share_of_the_open_time(open_s: int, counted_s: int, share: int | None) -> None:
    assert BaseDay(NOON.date(), 1, open_s, counted_s).uncounted_percent == share


def test_the_page_and_the_fragment_show_the_same(desk: Client, base: Organisation) -> None:
    watched(base, 60, NOON - DAY)

    page = desk.get(f"/en/base/{base.slug}/days/").content.decode()
    fragment = desk.get(f"/en/base/{base.slug}/days/", headers={"HX-Request": "true"}).content.decode()

    assert "<b>0%</b> of the open time did not count" in fragment
    assert fragment.strip() in page
    assert "<html" not in fragment


def test_an_idle_base_says_so(desk: Client, base: Organisation) -> None:
    assert "Nobody watched in the last 14 days." in desk.get(f"/en/base/{base.slug}/days/").content.decode()


def test_the_days_go_out_as_a_file(desk: Client, base: Organisation) -> None:
    watched(base, 60, NOON)

    lines = list(csv.reader(io.StringIO(desk.get(f"/en/base/{base.slug}/days/export/").content.decode("utf-8-sig"))))
    workbook = desk.get(f"/en/base/{base.slug}/days/export/?as=xlsx")

    assert lines[-1] == ["2026-11-19", "1", "1", "1", "0"]
    assert workbook["Content-Disposition"] == 'attachment; filename="days.xlsx"'


def test_the_answer_is_kept_for_a_while(desk: Client, base: Organisation) -> None:
    desk.get(f"/en/base/{base.slug}/days/")

    with CaptureQueriesContext(connection) as asked:
        desk.get(f"/en/base/{base.slug}/days/")

    assert not any("tracking_viewingsession" in query["sql"] for query in asked.captured_queries)
