"""Entries that no office decided in time: their learner and the offices read what that means, and what helps."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from learning.actions import credits, overdue_queues, reversals, tallies
from learning.models import CreditEntry, Notice, PersonTally
from learning.rules.reasons import ReturnReason, ReversalReason
from learning.rules.year_status import YearStatus
from tests.factories import clock, guards, years
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db
#: The first second after the days of grace.
OVER = dt.datetime(2027, 1, 10, 16, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def office() -> Office:
    office = Office(entries=2)
    guards.rewrite_rules(office.entries[0].requirement_id, grace_days=10)
    return office


def page(client: Client, path: str, now: dt.datetime = OVER) -> str:
    with clock.standing(now):
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("now", "is_late"), [(OVER - SECOND, False), (OVER, True)])
def test_the_learner_reads_that_it_counts_for_nothing_and_whom_to_ask(
    client: Client, office: Office, now: dt.datetime, is_late: bool
) -> None:
    entry = office.entries[0]
    client.force_login(entry.person)

    said = page(client, f"/en/me/hours/{entry.pk}/", now)

    assert ("count for nothing as they stand" in said) is is_late
    assert (f"Ask {office.bureau.name_en}" in said) is is_late


def test_what_was_returned_and_is_late_asks_for_no_answer(client: Client, office: Office) -> None:
    entry = office.entries[0]
    credits.return_to_learner(
        entry=entry, by=office.auditor, reason_code=ReturnReason.DOCUMENT, reason_text="签到表", now=NOON
    )
    client.force_login(entry.person)

    assert "Hand in again" in page(client, f"/en/me/hours/{entry.pk}/", NOON)
    assert "Hand in again" not in page(client, f"/en/me/hours/{entry.pk}/")


def test_the_base_is_offered_no_button_that_would_be_refused(client: Client, office: Office) -> None:
    client.force_login(office.auditor)
    path = f"/en/base/{office.base.slug}/audit/?entry={office.entries[0].pk}"

    assert 'name="do" value="return"' in page(client, path, NOON)
    late = page(client, path)
    assert 'name="do" value="return"' not in late
    assert "more days of grace" in late


def test_the_bureau_is_offered_no_button_that_would_be_refused(client: Client, office: Office) -> None:
    office.approved()
    client.force_login(office.officer)
    path = f"/en/bureau/confirm/?entry={office.entries[0].pk}"

    assert 'value="send_back"' in page(client, path, NOON)
    late = page(client, path)
    assert 'value="send_back"' not in late
    assert "more days of grace" in late


def test_what_is_judged_again_is_never_late(client: Client) -> None:
    year = years.fulfilled_year(requirement=make.RequirementFactory(grace_days=10))
    reversal = reversals.reverse(
        entry=year.entries[0],
        by=year.officer,
        reason_code=ReversalReason.MISTAKE,
        reason_text="误确认",
        is_again=True,
        now=OVER,
    )
    restored = CreditEntry.objects.get(restores=reversal)
    client.force_login(year.person)

    assert "count for nothing" not in page(client, f"/en/me/hours/{restored.pk}/")


def test_no_office_is_reminded_of_what_it_may_not_decide(office: Office) -> None:
    overdue_queues.tell_overdue_queues(now=OVER - SECOND)
    assert Notice.objects.filter(kind="queue_overdue").count() == 1

    Notice.objects.all().delete()
    overdue_queues.tell_overdue_queues(now=OVER + dt.timedelta(days=7))

    assert not Notice.objects.filter(kind="queue_overdue").exists()


def test_the_year_s_page_and_the_bureau_s_figures_say_that_what_came_too_late_counts_for_nothing(
    client: Client,
) -> None:
    year = years.fulfilled_year(requirement=make.RequirementFactory(grace_days=10), stop_at="audited")
    credits.confirm(entry=year.entries[0], by=year.officer, now=NOON)
    client.force_login(year.person)

    before, after = (page(client, "/en/me/2026/", now) for now in (OVER - SECOND, OVER))
    assert "you have studied all of 2026" in before
    assert "60.0 hours short" in after
    assert "count for nothing as they stand" in after
    assert "are still being processed" not in after
    assert "Waiting on others" not in after
    tallies.take(year=2026, now=OVER)
    assert PersonTally.objects.get(person=year.person).status == YearStatus.MISSED
    client.force_login(year.officer)
    about = page(client, f"/en/bureau/compliance/people/{year.person.pk}/?year=2026")
    assert "Short at the cut-off" in about
    assert "has 60.0 hours to study" in about
