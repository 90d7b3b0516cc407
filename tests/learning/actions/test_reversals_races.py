"""Hours taken back while their person's next year is decided: real threads, on whichever database the run uses."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from learning.actions import audit_log, records, reversals, years
from learning.models import AnnualRecord, CreditEntry
from learning.rules.reasons import ReversalReason
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.locks import WAIT_S, until_somebody_waits
from tests.factories.years import differences

pytestmark = pytest.mark.django_db(transaction=True)
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
LATER = NEW_YEAR + dt.timedelta(days=9)


def test_a_reversal_waits_for_the_next_year_before_it_holds_the_log() -> None:
    rule = make.RequirementFactory(carry_professional_centihours=500)
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    year = study.fulfilled_year(requirement=rule, professional_centihours=6_500)
    years.close_with_surplus(now=NEW_YEAR)
    following = AnnualRecord.objects.get(person=year.person, year=2027)
    is_held = threading.Event()

    def decide_next_year() -> object:
        try:
            with transaction.atomic():
                records.lock(record_id=following.pk)
                is_held.set()
                until_somebody_waits()
                return audit_log.append(action="test.act", subject="record", now=LATER)
        finally:
            connections.close_all()

    def take_back() -> object:
        try:
            is_held.wait(WAIT_S)
            return reversals.reverse(
                entry=year.entries[1],
                by=year.officer,
                reason_code=ReversalReason.MISTAKE,
                reason_text="误确认",
                now=LATER,
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        acts = [pool.submit(act) for act in (decide_next_year, take_back)]

    assert [act.exception() for act in acts] == [None, None]
    assert not CreditEntry.objects.filter(person=year.person, kind="carried", standing__state="confirmed").exists()
    assert differences() == []
