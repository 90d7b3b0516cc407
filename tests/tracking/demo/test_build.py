"""The viewing the demo begins with, on days when "four days ago" was another year."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.actions.enrolments import local_year
from learning.models import Edition, Enrolment, Evidence, Person
from tests.factories import learning as make
from tracking import access
from tracking.demo import build as demo
from tracking.models import ViewingSession

pytestmark = pytest.mark.django_db

#: In UTC; Kaifeng is eight hours ahead, so its year ends at 16:00.
DAYS = {
    "noon": make.NOON,
    "3 January": dt.datetime(2027, 1, 3, 4, tzinfo=dt.UTC),
    "last minute of the year": dt.datetime(2026, 12, 31, 15, 59, tzinfo=dt.UTC),
    "New Year's morning": dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC),
}


@pytest.fixture
def course(ada: Person) -> Edition:
    ada.email = "learner@demo.test"
    ada.save()
    for year in (2026, 2027):
        make.RequirementFactory(year=year, cutoff_on=dt.date(year, 12, 31))
    edition: Edition = make.EditionFactory(course_key="professional-ethics", topic=None, lessons=[60, 60, 60])
    return edition


@pytest.mark.parametrize("now", DAYS.values(), ids=DAYS.keys())
def test_build_gives_a_place_that_counts_this_year_and_sittings_gone_by(course: Edition, now: dt.datetime) -> None:
    demo.build(now, lambda _step: None)

    place = Enrolment.objects.get()
    assert place.year == local_year(place.enrolled_at) == local_year(now)
    assert access.obstacle(access.Place(place, course.lessons.get(number=3)), now=now) is None
    sittings = list(ViewingSession.objects.order_by("opened_ms").values_list("new_s", "opened_ms", "ended_ms"))
    assert [seconds for seconds, _opened, _ended in sittings] == [60, 60, 20]
    instants = [instant for _seconds, opened, ended in sittings for instant in (opened, ended or 0)]
    assert place.enrolled_at.timestamp() * 1_000 <= instants[0]
    assert instants == sorted(instants)
    assert instants[-1] <= now.timestamp() * 1_000


def test_build_twice_watches_nothing_again(course: Edition) -> None:
    demo.build(make.NOON, lambda _step: None)
    demo.build(make.NOON + dt.timedelta(days=90), lambda _step: None)

    assert (Enrolment.objects.count(), ViewingSession.objects.count()) == (1, 3)


@pytest.mark.parametrize("now", DAYS.values(), ids=DAYS.keys())
def test_build_lets_the_classmates_watch_their_course_to_the_end(now: dt.datetime) -> None:
    make.BureauFactory()
    for year in (2026, 2027):
        make.RequirementFactory(year=year, cutoff_on=dt.date(year, 12, 31), has_presence_checks=True, check_min_s=30)
    make.EditionFactory(course_key="capacity-building", topic=None, lessons=[40, 40])
    for _number in demo.COHORT_MINUTES:
        make.PersonFactory(email=None)

    for _time in range(2):
        demo.build(now, lambda _step: None)

    watched = Evidence.objects.filter(kind=Evidence.Kind.WATCHED)
    assert watched.count() == len(demo.COHORT_MINUTES) * 2
    assert {row.year for row in Enrolment.objects.all()} == {local_year(now)}
    assert max(row.recorded_at for row in watched) <= now
