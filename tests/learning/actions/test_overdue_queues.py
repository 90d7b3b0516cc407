"""Which offices are told that hours wait too long: by the rules in force where and when they were earned."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning.actions import overdue_queues
from learning.models import CreditEntry, CreditStanding, Notice, Organisation, Role
from learning.rules.notices import NoticeKind
from tests.factories import guards
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def late(office: Office, days: int) -> None:
    CreditStanding.objects.filter(entry__in=office.entries).update(since=NOON - days * DAY)


def test_a_bases_auditors_are_told_of_what_waits_too_long() -> None:
    office = Office(entries=2)
    late(office, 20)
    other = make.MembershipFactory(organisation=office.base, role=Role.EDITOR).person
    overdue_queues.tell_overdue_queues(now=NOON)

    notice = Notice.objects.get()
    assert (notice.person, notice.kind, notice.office) == (office.auditor, NoticeKind.QUEUE_OVERDUE, office.base)
    assert notice.facts == {
        "state": "earned",
        "slug": office.base.slug,
        "count": 2,
        "oldest_on": "2026-10-30",
        "working_days": 5,
        "office_zh": office.base.name_zh,
        "office_en": office.base.name_en,
    }
    assert other.notices.count() == 0


def test_a_bureaus_officers_are_told_by_the_clock_of_its_rules() -> None:
    office = Office(entries=1)
    guards.rewrite_rules(confirm_working_days=3)
    office.approved()
    late(office, 7)
    overdue_queues.tell_overdue_queues(now=NOON)

    notice = Notice.objects.get()
    assert (notice.person, notice.office) == (office.officer, office.bureau)
    assert (notice.facts["state"], notice.facts["working_days"]) == ("audited", 3)


@pytest.mark.parametrize(("days", "expected"), [(7, 0), (8, 1)])
def test_weekends_do_not_count_and_the_day_itself_neither(days: int, expected: int) -> None:
    """From Thursday the 12th there are five working days to Thursday the 19th; from the day before, six."""
    office = Office(entries=1)
    late(office, days)
    overdue_queues.tell_overdue_queues(now=NOON)

    assert Notice.objects.count() == expected


def test_what_is_with_the_learner_or_decided_waits_for_nobody() -> None:
    office = Office(entries=1)
    office.confirm(office.approved())
    Notice.objects.all().delete()
    late(office, 100)
    overdue_queues.tell_overdue_queues(now=NOON)

    assert not Notice.objects.exists()


def test_an_office_is_told_once_a_week() -> None:
    office = Office(entries=1)
    late(office, 60)
    for hours in range(0, 24 * 7, 12):
        overdue_queues.tell_overdue_queues(now=NOON + dt.timedelta(hours=hours))

    assert Notice.objects.count() == 2


def test_hours_wait_by_the_rules_of_their_own_year() -> None:
    office = Office(entries=1)
    make.RequirementFactory(year=2025, audit_working_days=2, cutoff_on=dt.date(2025, 12, 31))
    make.RequirementFactory(year=2027, audit_working_days=2, cutoff_on=dt.date(2027, 12, 31))
    late(office, 5)
    overdue_queues.tell_overdue_queues(now=NOON)

    assert not Notice.objects.exists()


def test_a_county_that_says_nothing_is_told_by_the_clock_of_its_city() -> None:
    office = Office(entries=1)
    guards.rewrite_rules(audit_working_days=2)
    Organisation.objects.filter(pk=office.bureau.pk).update(region=make.lankao())
    late(office, 5)
    overdue_queues.tell_overdue_queues(now=NOON)

    assert Notice.objects.get().facts["working_days"] == 2


def test_what_runs_out_under_two_clocks_is_told_as_one_queue() -> None:
    """Of one base's hours, Kaifeng's may wait five days and Lankao's two: the notice names the shorter."""
    office = Office(entries=2)
    make.RequirementFactory(region=make.lankao(), audit_working_days=2)
    county = make.BureauFactory(region=make.lankao(), tier="county", slug="lankao")
    with guards.lifted("learning_creditentry"):
        CreditEntry.objects.filter(pk=office.entries[0].pk).update(bureau=county)
    late(office, 4)
    overdue_queues.tell_overdue_queues(now=NOON)
    first = Notice.objects.get()
    Notice.objects.all().delete()
    late(office, 20)
    overdue_queues.tell_overdue_queues(now=NOON)

    told = [(notice.facts["count"], notice.facts["working_days"]) for notice in (first, Notice.objects.get())]
    assert told == [(1, 2), (2, 2)]


def test_reading_the_queues_costs_as_much_for_three_offices_as_for_one() -> None:
    counts = []
    for _more in (1, 2):
        office = Office(entries=1)
        late(office, 1)
        with CaptureQueriesContext(connection) as queries:
            overdue_queues.tell_overdue_queues(now=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]
