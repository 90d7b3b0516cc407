"""Queues longer than a desk works on: they say so, the oldest are there, and everything can still be found."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.models import CreditStanding
from learning.views import audits, queues
from tests.factories import flags as make_flags
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db

CONFIRM = "/en/bureau/confirm/"
MANY = "So many wait that only those who have waited longest are counted and shown"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    """Three entries wait, one after the other, and desks work on two."""
    monkeypatch.setattr(queues, "WINDOW", 2)
    return Office(entries=3)


@pytest.fixture
def officer(client: Client, office: Office) -> Client:
    office.approved()
    _one_after_the_other(office)
    client.force_login(office.officer)
    return client


@pytest.fixture
def auditor(client: Client, office: Office) -> Client:
    _one_after_the_other(office)
    client.force_login(office.auditor)
    return client


def _one_after_the_other(office: Office) -> None:
    for day, entry in enumerate(office.entries, start=1):
        CreditStanding.objects.filter(entry=entry).update(since=NOON.replace(day=day))


def shown(client: Client, address: str) -> tuple[str, list[int]]:
    """Return a desk's page and the rows on it."""
    answer = client.get(address)
    return answer.content.decode(), [entry.pk for entry in answer.context["page"].object_list]


def test_a_long_confirm_queue_says_that_it_goes_on(officer: Client) -> None:
    page, _rows = shown(officer, CONFIRM)

    assert "2+ entries to confirm" in page
    assert "8.0+ hours" in page
    assert MANY in page


def test_the_longest_waits_are_shown(officer: Client, office: Office) -> None:
    _page, rows = shown(officer, CONFIRM)

    assert rows == [entry.pk for entry in office.entries[:2]]


def test_the_newest_are_shown_when_asked_for(officer: Client, office: Office) -> None:
    _page, rows = shown(officer, f"{CONFIRM}?order=newest")

    assert rows == [entry.pk for entry in reversed(office.entries[1:])]


def test_a_search_looks_through_all_that_waits(officer: Client, office: Office) -> None:
    last = office.entries[2]

    _page, rows = shown(officer, f"{CONFIRM}?q=%23{last.pk}")

    assert rows == [last.pk]


def test_a_page_beyond_the_last_is_the_last(officer: Client) -> None:
    _page, rows = shown(officer, f"{CONFIRM}?page=99")

    assert len(rows) == 2


def test_a_short_queue_says_nothing_of_it(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "WINDOW", 4)

    page, rows = shown(officer, CONFIRM)

    assert "3 entries to confirm" in page
    assert MANY not in page
    assert len(rows) == 3


def test_a_long_audit_queue_says_that_it_goes_on(auditor: Client, office: Office) -> None:
    page, rows = shown(auditor, f"/en/base/{office.base.slug}/audit/")

    assert "2+ entries to audit" in page
    assert MANY in page
    assert rows == [entry.pk for entry in office.entries[:2]]


def test_flags_are_counted_where_the_queue_is(officer: Client, office: Office) -> None:
    make_flags.flag(office.entries[0])
    make_flags.flag(office.entries[2])

    flagged, clean = (getattr(officer.get(CONFIRM).context["flag_counts"], name) for name in ("flagged", "clean"))

    assert (flagged.count, flagged.centihours, clean.count, clean.centihours) == (1, 400, 1, 400)


@pytest.mark.parametrize("query", ["", "?subject=professional"])
def test_a_filter_offers_no_more_than_is_counted(
    auditor: Client, office: Office, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(audits, "PAGE_SIZE", 1)

    answer = auditor.get(f"/en/base/{office.base.slug}/audit/{query}")

    assert answer.context["filter_count"] == 2


def test_a_filter_says_that_it_goes_on(auditor: Client, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audits, "PAGE_SIZE", 1)

    page, _rows = shown(auditor, f"/en/base/{office.base.slug}/audit/")

    assert "Select all 2+ clean ones in this filter" in page


@pytest.mark.parametrize("address", [CONFIRM, f"{CONFIRM}?order=name"])
def test_the_desk_asks_as_often_however_many_wait(officer: Client, office: Office, address: str) -> None:
    officer.get(address)
    counts = []
    for left in (3, 1):
        CreditStanding.objects.exclude(entry__in=office.entries[:left]).update(holder=None)
        with CaptureQueriesContext(connection) as asked:
            officer.get(address)
        counts.append(len(asked))

    assert counts[0] == counts[1]
