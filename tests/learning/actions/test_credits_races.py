"""Credit, when two acts come at once: real threads, on whichever database the run uses."""

import datetime as dt
import threading

import pytest
from django.db import connections, transaction

from learning.actions import evidence
from learning.models import CreditEntry, Enrolment, Evidence
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import differences

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 30
SECOND = dt.timedelta(seconds=1)


def record(enrolment: Enrolment, number: int, *, now: dt.datetime = NOON) -> None:
    lesson = enrolment.edition.lessons.get(number=number)
    evidence.record_watched(enrolment=enrolment, lesson=lesson, covered_s=60, digest=f"{number}", now=now)


@pytest.mark.usefixtures("bureau")
def test_hours_are_earned_no_earlier_than_the_evidence_they_rest_on() -> None:
    enrolment = make.EnrolmentFactory(edition=make.EditionFactory(lessons=[60, 60], exam_required=False))
    record(enrolment, 1, now=NOON + SECOND)

    record(enrolment, 2, now=NOON)  # it had read the clock, and waited

    assert CreditEntry.objects.get().earned_at == NOON + SECOND
    assert [text for text in differences() if "younger" in text] == []


@pytest.mark.usefixtures("bureau")
def test_the_last_two_evidences_recorded_at_once_earn_the_credit() -> None:
    enrolment = make.EnrolmentFactory(edition=make.EditionFactory(lessons=[60, 60], exam_required=False))
    first_is_in, second_is_done = threading.Event(), threading.Event()

    def first() -> None:
        try:
            with transaction.atomic():
                record(enrolment, 1)
                first_is_in.set()
                # Long enough for the second to finish, if nothing makes it wait for this commit.
                second_is_done.wait(1)
        finally:
            connections.close_all()

    def second() -> None:
        try:
            first_is_in.wait(WAIT_S)
            record(enrolment, 2)
            second_is_done.set()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act) for act in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)

    assert Evidence.objects.filter(enrolment=enrolment).count() == 2
    assert CreditEntry.objects.filter(enrolment=enrolment).count() == 1
    assert Enrolment.objects.get(pk=enrolment.pk).status == Enrolment.Status.CREDITED
