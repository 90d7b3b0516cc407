"""A year closed while its last exam is handed in: real threads, on whichever database the run uses."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from learning.actions import enrolments, evidence, years
from learning.models import CreditEntry, Enrolment
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.locks import WAIT_S, until_somebody_waits
from tests.factories.years import differences

pytestmark = pytest.mark.django_db(transaction=True)
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("carried", [0, 500], ids=["in a block", "with surplus"])
def test_an_exam_handed_in_while_the_year_is_closed_earns_its_hours(carried: int) -> None:
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    year = study.fulfilled_year(requirement=make.RequirementFactory(carry_professional_centihours=carried))
    edition = study.published(
        base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=400
    )
    place = enrolments.enrol(person=year.person, edition=edition, now=make.NOON)
    for lesson in edition.lessons.all():
        evidence.record_watched(
            enrolment=place, lesson=lesson, covered_s=lesson.duration_s, digest="ab" * 32, now=make.NOON
        )
    is_held = threading.Event()

    def hand_in() -> object:
        try:
            with transaction.atomic():
                # As an exam's door does, before it closes the attempt.
                Enrolment.objects.select_for_update().get(pk=place.pk)
                is_held.set()
                until_somebody_waits()
                return evidence.record_passed(
                    enrolment=place, score_percent=88, attempt_id=1, digest="cd" * 32, now=NEW_YEAR
                )
        finally:
            connections.close_all()

    def close() -> object:
        try:
            is_held.wait(WAIT_S)
            return years.close_with_surplus(now=NEW_YEAR) if carried else years.close_block(now=NEW_YEAR)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        acts = [pool.submit(act) for act in (hand_in, close)]

    assert [act.exception() for act in acts] == [None, None]
    assert CreditEntry.objects.filter(enrolment=place).count() == 1
    place.refresh_from_db()
    assert place.status == Enrolment.Status.CREDITED
    assert differences() == []
