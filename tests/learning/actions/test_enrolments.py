"""Enrolling: eligibility first, one place a course and year, one course a topic and year."""

import datetime as dt

import pytest

from learning.actions import enrolments
from learning.models import AnnualRecord, AuditLogEntry, BaseProfile, Edition, Enrolment, Person, Requirement
from learning.rules.eligibility import Refusal, Tier
from learning.rules.requirements import PromotionTrack
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def refused(person: Person, edition: Edition, now: dt.datetime = NOON) -> tuple[Refusal, ...]:
    with pytest.raises(enrolments.NotEligible) as refusal:
        enrolments.enrol(person=person, edition=edition, now=now)
    return refusal.value.reasons


def test_enrol_gives_a_place_and_opens_the_year(ada: Person, requirement: Requirement) -> None:
    edition = make.EditionFactory()

    enrolment = enrolments.enrol(person=ada, edition=edition, now=NOON)

    assert (enrolment.year, enrolment.requirement, enrolment.course_key) == (2026, requirement, edition.course_key)
    assert AnnualRecord.objects.get(person=ada).requirement == requirement
    assert [entry.action for entry in AuditLogEntry.objects.all()] == ["enrolment.enrol"]


def test_enrol_twice_returns_the_same_place(ada: Person, requirement: Requirement) -> None:
    edition = make.EditionFactory()

    first = enrolments.enrol(person=ada, edition=edition, now=NOON)
    second = enrolments.enrol(person=ada, edition=edition, now=NOON)

    assert first == second
    assert Enrolment.objects.count() == 1


def test_enrol_refuses_a_second_course_of_the_topic_year(ada: Person, requirement: Requirement) -> None:
    first = make.EditionFactory()
    enrolments.enrol(person=ada, edition=first, now=NOON)

    assert refused(ada, make.EditionFactory(topic=first.topic)) == (Refusal.TOPIC_TAKEN,)


def test_enrol_refuses_without_a_rule(ada: Person) -> None:
    assert refused(ada, make.EditionFactory()) == (Refusal.NO_REQUIREMENT,)


@pytest.mark.parametrize(("second", "year"), [(-1, 2026), (0, 2027)], ids=["the last second", "New Year"])
def test_enrol_counts_in_the_year_it_is_here(ada: Person, requirement: Requirement, second: int, year: int) -> None:
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    new_year = dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC)  # midnight in Kaifeng

    enrolment = enrolments.enrol(person=ada, edition=make.EditionFactory(), now=new_year + dt.timedelta(seconds=second))

    assert (enrolment.year, enrolment.requirement.year) == (year, year)


def test_r21_enrol_is_open_on_the_cut_off_day_and_closed_after(ada: Person) -> None:
    make.RequirementFactory(cutoff_on=dt.date(2026, 11, 19))
    last_second = dt.datetime(2026, 11, 19, 15, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in Kaifeng

    edition = make.EditionFactory()
    assert refused(ada, edition, last_second + dt.timedelta(seconds=1)) == (Refusal.YEAR_CLOSED,)
    assert enrolments.enrol(person=ada, edition=edition, now=last_second)


def test_r16_r25_enrol_refuses_before_anything_is_studied(ada: Person, requirement: Requirement) -> None:
    ada.promotion_track = PromotionTrack.INTERMEDIATE_TO_ASSOCIATE
    ada.save()
    county = make.EditionFactory(base=make.BaseFactory(tier=Tier.COUNTY, region=make.lankao()))

    assert refused(ada, county) == (Refusal.PROMOTION_NEEDS_MUNICIPAL, Refusal.COUNTY_BASE_REGION)
    assert Enrolment.objects.count() == 0


def test_enrol_refuses_a_suspended_course_and_a_revoked_base(ada: Person, requirement: Requirement) -> None:
    edition = make.EditionFactory(status=Edition.Status.SUSPENDED)
    BaseProfile.objects.filter(organisation=edition.base).update(status=BaseProfile.Status.REVOKED)

    assert refused(ada, make.EditionFactory(status=Edition.Status.SUSPENDED)) == (Refusal.NOT_OPEN,)
    assert refused(ada, Edition.objects.get(pk=edition.pk)) == (Refusal.NOT_OPEN, Refusal.BASE_INACTIVE)


def test_a_county_without_its_own_rule_is_bound_by_the_citys(requirement: Requirement) -> None:
    person = make.PersonFactory(region=make.lankao())

    assert Requirement.objects.binding_person(person, 2026) == requirement


def test_the_newest_version_of_the_nearest_region_binds(ada: Person, requirement: Requirement) -> None:
    make.RequirementFactory(region=make.henan(), version=9)
    second = make.RequirementFactory(version=2)

    assert Requirement.objects.binding_person(ada, 2026) == second
