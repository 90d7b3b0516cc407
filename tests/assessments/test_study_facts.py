"""What assessments tells of a place: the sitting that was passed, and who shared its network that day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from assessments import study_facts
from assessments.models import Attempt
from learning.models import Enrolment, Person
from learning.rules.flags import Doing, Sitting
from tests.factories.assessments import AttemptFactory, ready
from tests.factories.learning import NOON, EditionFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db

HERE, THERE = b"h" * 16, b"t" * 16
NOON_MS = int(NOON.timestamp() * 1_000)


def sat(enrolment: Enrolment, *, network: bytes | None = HERE, has_passed: bool = True, number: int = 1) -> Attempt:
    return AttemptFactory(
        enrolment=enrolment,
        number=number,
        state=Attempt.State.SUBMITTED,
        submitted_at=NOON + dt.timedelta(minutes=20),
        score_points=20 if has_passed else 0,
        score_percent=100 if has_passed else 0,
        has_passed=has_passed,
        network_key=network,
    )


def test_studies_tell_the_sitting_and_who_shared_the_network() -> None:
    edition = EditionFactory()
    mine, near, far = (EnrolmentFactory(edition=edition) for _number in range(3))
    other_course = EnrolmentFactory(person=far.person)
    for enrolment, network in ((mine, HERE), (near, HERE), (far, THERE), (other_course, HERE)):
        sat(enrolment, network=network)

    found = study_facts.studies([mine.pk, far.pk])

    end_ms = NOON_MS + 20 * 60_000
    assert found[mine.pk].sitting == Sitting(NOON_MS, end_ms, 2, (mine.pk, near.pk))
    assert found[far.pk].sitting == Sitting(NOON_MS, end_ms, 1, (far.pk,))


def test_a_place_is_used_up_once_its_last_attempt_was_in_vain() -> None:
    edition = EditionFactory(attempts_max=2)
    spent, half, passed, sitting = (EnrolmentFactory(edition=edition) for _number in range(4))
    for enrolment in (spent, half, passed, sitting):
        sat(enrolment, has_passed=False)
    sat(spent, number=2, has_passed=False)
    sat(passed, number=2)
    AttemptFactory(enrolment=sitting, number=2)

    assert study_facts.used_up([spent.pk, half.pk, passed.pk, sitting.pk]) == {spent.pk}


def test_a_person_who_sat_twice_is_one_person() -> None:
    enrolment = EnrolmentFactory()
    sat(enrolment, has_passed=False)
    sat(enrolment, number=2)

    (study,) = study_facts.studies([enrolment.pk]).values()

    assert study.sitting is not None
    assert study.sitting.network_people == 1


def test_without_a_network_or_a_pass_there_is_less_to_tell() -> None:
    unknown, failed = EnrolmentFactory(), EnrolmentFactory()
    sat(unknown, network=None)
    sat(failed, has_passed=False)

    found = study_facts.studies([unknown.pk, failed.pk])

    assert [study.sitting and study.sitting.network_people for study in found.values()] == [0]


def test_stretches_are_closed_sittings_of_these_people_in_this_time() -> None:
    attempt = sat(EnrolmentFactory(), has_passed=False)
    AttemptFactory(started_at=NOON, deadline_at=NOON + dt.timedelta(minutes=30))
    person_id = attempt.enrolment.person_id

    (found,) = study_facts.stretches([person_id], since_ms=NOON_MS + 1, until_ms=NOON_MS + 2)

    assert (found.doing, found.person_id, found.enrolment_id) == (Doing.EXAM, person_id, attempt.enrolment_id)
    assert list(study_facts.stretches([person_id], since_ms=NOON_MS - 2, until_ms=NOON_MS)) == []


def test_the_exams_door_keeps_the_days_network_and_never_the_address(client: Client, ada: Person) -> None:
    enrolment = ready(ada)
    client.force_login(ada)

    client.post(f"/en/exams/{enrolment.pk}/", REMOTE_ADDR="203.0.113.5")

    attempt = Attempt.objects.get()
    assert attempt.network_key is not None
    assert len(attempt.network_key) == 16
    assert b"203" not in bytes(attempt.network_key)


def test_a_network_is_fixed_at_the_start() -> None:
    attempt = AttemptFactory(network_key=HERE)

    with pytest.raises(DatabaseError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(network_key=THERE)
