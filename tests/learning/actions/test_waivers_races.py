"""What follows a year, when two acts come at once: real threads, on whichever database the run uses."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from learning.actions import certificate_runs, credits, enrolments, waivers, years
from learning.models import AnnualRecord, CreditEntry, Enrolment, Evidence, Person
from learning.rules.credit_states import State
from learning.rules.eligibility import Refusal
from learning.rules.reasons import WaiverReason
from learning.rules.waivers import Refusal as NotGiven
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.waivers import MINUTE, NOON, Bureau
from tests.factories.years import differences

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 30
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment and return what each returned, or raised."""
    start = threading.Barrier(len(acts), timeout=WAIT_S)

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait()
            return act()
        except Exception as refusal:  # noqa: BLE001 -- the outcome of the race
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_a_grant_and_a_refusal_at_once_one_stands_whole(ada: Person) -> None:
    bureau = Bureau()
    third = bureau._officer()
    asked = bureau.checked(ada)
    reason = (WaiverReason.DAYS.value, "请核对")

    outcomes = at_once(
        lambda: waivers.grant(asked=asked, by=bureau.second, now=NOON + 2 * MINUTE, seen=1),
        lambda: waivers.refuse(asked=asked, by=third, reason=reason, now=NOON + 2 * MINUTE, seen=1),
    )

    assert sum(isinstance(outcome, credits.AlreadyDecided) for outcome in outcomes) == 1
    states = set(asked.credit_entries.values_list("standing__state", flat=True))
    assert states in ({State.CONFIRMED}, {State.REJECTED})
    assert differences() == []


def test_the_same_days_asked_for_at_once_are_asked_for_once(ada: Person) -> None:
    bureau = Bureau()

    outcomes = at_once(*[lambda: bureau.asked(ada)] * 2)

    refused = [outcome.reason for outcome in outcomes if isinstance(outcome, waivers.NotWaived)]
    assert refused == [NotGiven.OVERLAPS]
    assert Evidence.objects.filter(person=ada).count() == 1
    assert CreditEntry.objects.filter(person=ada).count() == 2


def test_a_course_taken_for_two_years_at_once_counts_in_one(ada: Person) -> None:
    make.RequirementFactory(makeup_until_on=dt.date(2027, 4, 30))
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    edition = make.EditionFactory()

    outcomes = at_once(
        lambda: enrolments.enrol(person=ada, edition=edition, now=NEW_YEAR, year=2026),
        lambda: enrolments.enrol(person=ada, edition=edition, now=NEW_YEAR, year=2027),
    )

    refused = [outcome.reasons for outcome in outcomes if isinstance(outcome, enrolments.NotEligible)]
    assert refused == [(Refusal.COUNTS_ELSEWHERE,)]
    assert Enrolment.objects.filter(person=ada).count() == 1


def test_two_sweeps_at_once_carry_over_once() -> None:
    rule = make.RequirementFactory(carry_professional_centihours=500)
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    year = study.fulfilled_year(requirement=rule, professional_centihours=6_500)

    at_once(*[lambda: years.close_with_surplus(now=NEW_YEAR)] * 2)

    assert AnnualRecord.objects.get(person=year.person, year=2026).closed_at == NEW_YEAR
    assert CreditEntry.objects.filter(person=year.person, kind="carried").count() == 1
    assert differences() == []


def test_a_year_is_closed_while_its_page_is_begun() -> None:
    """Who closes a year keeps nobody from pointing at it: else two would wait for each other at the log."""
    if connection.vendor != "postgresql":
        pytest.skip("Only where two write at once: in the run on PostgreSQL")
    year = study.fulfilled_year(requirement=make.RequirementFactory())
    record = AnnualRecord.objects.filter(person=year.person)
    record.update(state=AnnualRecord.State.MET, confirmed_at=None)
    has_begun = threading.Event()

    def begin() -> None:
        with transaction.atomic():
            certificate_runs.begin_issue(bureau=year.bureau, by=year.officer, now=NEW_YEAR)
            has_begun.set()
            _wait_until_somebody_waits()

    def close() -> int:
        has_begun.wait(WAIT_S)
        return years.close_block(now=NEW_YEAR)

    assert at_once(begin, close) == [None, 1]
    assert record.get().closed_at == NEW_YEAR


def _wait_until_somebody_waits() -> None:
    until_s = time.monotonic() + WAIT_S
    with connection.cursor() as cursor:
        while time.monotonic() < until_s:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.05)
