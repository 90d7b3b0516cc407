"""A base's own page: its queue, whom it trained against R43, and who may look."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import credits, tallies
from learning.models import CreditStanding, Role
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.years import Year

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> Year:
    """One person's two courses wait for the audit; another's were confirmed."""
    year = years.fulfilled_year(stop_at="earned")
    years.fulfilled_year(person=make.PersonFactory(), base=year.base, bureau=year.bureau)
    return year


@pytest.fixture
def desk(client: Client, year: Year) -> Client:
    client.force_login(year.auditor)
    return client


def plain(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def url(year: Year, more: str = "") -> str:
    return f"/en/base/{year.base.slug}/{more}"


def test_home_says_what_waits_where_and_whom_the_base_trained(desk: Client, year: Year) -> None:
    credits.return_to_learner(
        entry=year.entries[0], by=year.auditor, reason_code="evidence_unclear", reason_text="?", now=NOON
    )
    tallies.take(year=2026, now=NOON)

    page = plain(desk.get(url(year)))

    assert "1 entry waits for your audit" in page
    assert "Counted at 11/19 12:00." in page
    assert "Returned to learners 1" in page
    assert "With the bureau 0" in page
    assert "Trained in 2026 2 / 500" in page


def test_home_before_the_first_count_says_so(desk: Client, year: Year) -> None:
    assert "The count runs by itself" in plain(desk.get(url(year)))


def test_home_counts_what_is_left_of_last_year_too(desk: Client, year: Year) -> None:
    tallies.take(year=2026, now=NOON)
    tallies.take(year=2025, now=NOON)

    assert "2 entries wait for your audit" in plain(desk.get(url(year)))


def test_home_brings_the_other_apps_fragments_by_address(desk: Client, year: Year) -> None:
    page = desk.get(url(year)).content.decode()

    for name in ("days/", "exams/"):
        assert f'hx-get="{url(year, name)}"' in page
        assert f'href="{url(year, name)}"' in page


def test_what_waits_goes_out_as_a_file(desk: Client, year: Year) -> None:
    tallies.take(year=2026, now=NOON)

    lines = list(csv.reader(io.StringIO(desk.get(url(year, "waiting/")).content.decode("utf-8-sig"))))

    assert [line[:4] for line in lines[1:]] == [[year.base.name_en, year.base.name_en, "2", "88.00"]]


def test_the_file_says_the_day_here_on_which_the_oldest_came(desk: Client, year: Year) -> None:
    """Two in the morning here is the evening before in Greenwich."""
    night = dt.datetime(2026, 11, 17, 18, 0, tzinfo=dt.UTC)
    CreditStanding.objects.filter(entry__in=year.entries).update(since=night)
    tallies.take(year=2026, now=NOON)

    lines = list(csv.reader(io.StringIO(desk.get(url(year, "waiting/")).content.decode("utf-8-sig"))))

    assert lines[1][-1] == "2026-11-18"


def test_an_administrator_looks_without_auditing(client: Client, year: Year) -> None:
    client.force_login(years.member(year.base, Role.ADMINISTRATOR))

    page = client.get(url(year)).content.decode()

    assert "To the audit queue" not in page


@pytest.mark.parametrize("role", [Role.EDITOR, Role.CLERK, Role.EMPLOYEE])
def test_others_find_no_such_page(client: Client, year: Year, role: Role) -> None:
    client.force_login(years.member(year.base, role))

    assert {client.get(url(year, more)).status_code for more in ("", "waiting/", "days/", "exams/")} == {404}


def test_a_bureau_is_no_base(client: Client, year: Year) -> None:
    client.force_login(years.member(year.bureau, Role.ADMINISTRATOR))

    assert client.get(f"/en/base/{year.bureau.slug}/").status_code == 404


@pytest.mark.parametrize("more", [0, 3])
def test_home_costs_the_same_questions_for_many(desk: Client, year: Year, more: int) -> None:
    for _person in range(more):
        years.fulfilled_year(person=make.PersonFactory(), base=year.base, bureau=year.bureau, stop_at="audited")
    tallies.take(year=2026, now=NOON)
    desk.get(url(year))

    with CaptureQueriesContext(connection) as asked:
        desk.get(url(year))

    assert len(asked) == 13
