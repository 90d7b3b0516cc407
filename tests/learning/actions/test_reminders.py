"""Who is reminded: by the same law as one person's page, found by the database, once a week."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from learning.actions import reminders
from learning.models import AnnualRecord, Notice, Person, RuleSet
from learning.rules.notices import NoticeKind
from learning.rules.requirements import Totals, missing
from learning.rules.year_status import is_at_risk
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
#: 19 November to 31 December: six weeks, so that 48 hours are no risk and more are.
LIMIT = 4_800


@pytest.fixture(autouse=True)
def rule() -> Any:
    return make.RequirementFactory()


def began(person: Person, *, public: int = 2_600, professional: int = 0, **facts: Any) -> AnnualRecord:
    """Open the person's year with hours confirmed."""
    return AnnualRecord.objects.create(
        person=person,
        year=2026,
        requirement=facts.pop("requirement", None) or make.RequirementFactory(),
        confirmed_public_centihours=public,
        confirmed_professional_centihours=professional,
        **facts,
    )


def told() -> set[int]:
    return set(Notice.objects.filter(kind=NoticeKind.AT_RISK).values_list("person", flat=True))


def test_who_needs_more_than_eight_hours_a_week_is_told_how_much_and_until_when(ada: Person) -> None:
    began(ada, professional=8_600 - 2_600 - LIMIT - 1)

    assert reminders.remind_at_risk(now=NOON) == 1
    notice = Notice.objects.get()
    assert (notice.person, notice.source_key, notice.created_at) == (ada, "at_risk:2026:2026W47", NOON)
    assert notice.facts == {"year": 2026, "centihours": LIMIT + 1, "closes_on": "2026-12-31"}


def test_who_needs_eight_hours_a_week_is_not_told(ada: Person) -> None:
    began(ada, professional=8_600 - 2_600 - LIMIT)

    assert reminders.remind_at_risk(now=NOON) == 0


def test_what_waits_for_an_office_counts_as_studied(ada: Person) -> None:
    began(ada, pending_professional_centihours=1_200)

    assert reminders.remind_at_risk(now=NOON) == 0


def test_who_has_not_begun_is_told_of_the_whole_year(ada: Person) -> None:
    reminders.remind_at_risk(now=NOON)

    assert Notice.objects.get(person=ada).facts == {"year": 2026, "centihours": 8_600, "closes_on": "2026-12-31"}


def test_who_came_after_a_year_that_closes_in_spring_is_not_told_of_it(ada: Person) -> None:
    """Its rule takes study until April; who was not here in the year owes none of it."""
    make.RequirementFactory(version=2, cutoff_on=dt.date(2027, 4, 30))
    come = dt.datetime(2027, 1, 5, 4, 0, tzinfo=dt.UTC)
    make.PersonFactory(date_joined=come)
    studies_for_it = make.PersonFactory(date_joined=come)
    began(studies_for_it, public=100, requirement=make.RequirementFactory(version=2))

    reminders.remind_at_risk(now=NOON.replace(year=2027, month=4, day=1))

    assert told() == {ada.pk, studies_for_it.pk}


def test_who_is_bound_by_no_rule_is_not_told(ada: Person) -> None:
    make.PersonFactory(title_level="")
    make.PersonFactory(title_level="junior")
    make.PersonFactory(region=make.henan())
    make.PersonFactory(region=None)
    make.PersonFactory(is_active=False)
    reminders.remind_at_risk(now=NOON)

    assert told() == {ada.pk}


def test_the_nearest_rule_binds_who_has_not_begun(ada: Person) -> None:
    """A county asks so little that nobody there is at risk."""
    county = make.lankao()
    make.RequirementFactory(region=county, total_centihours=100, public_centihours=0)
    there = make.PersonFactory(region=county)
    make.RequirementFactory(version=2, total_centihours=LIMIT, public_centihours=0)
    reminders.remind_at_risk(now=NOON)

    assert told() == set()
    assert Person.objects.filter(pk__in=[ada.pk, there.pk]).count() == 2


def test_a_rule_that_is_not_in_force_binds_nobody(ada: Person) -> None:
    coming = make.RuleSetFactory(version=2, state=RuleSet.State.DRAFT, issued_at=None, in_force_at=None, moved_at=None)
    make.RequirementFactory(version=2, rule_set=coming, total_centihours=100, public_centihours=0)
    reminders.remind_at_risk(now=NOON)

    assert told() == {ada.pk}


def test_a_met_or_closed_year_is_never_reminded_of(ada: Person, cy: Person) -> None:
    began(ada, public=0, state=AnnualRecord.State.MET, met_at=NOON)
    began(cy, public=0)

    assert reminders.remind_at_risk(now=NOON.replace(year=2027, month=1)) == 0
    reminders.remind_at_risk(now=NOON)
    assert told() == {cy.pk}


def test_on_the_last_day_whatever_is_lacking_is_at_risk_and_a_day_later_nothing(ada: Person) -> None:
    began(ada, professional=5_999)

    assert reminders.remind_at_risk(now=dt.datetime(2026, 12, 31, 15, 0, tzinfo=dt.UTC)) == 1
    Notice.objects.all().delete()
    assert reminders.remind_at_risk(now=dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)) == 0


def test_a_person_is_reminded_once_in_seven_days(ada: Person) -> None:
    times = [number for number in range(16) if reminders.remind_at_risk(now=NOON + number * DAY)]

    assert times == [0, 7, 14]
    assert told() == {ada.pk}


def test_people_are_found_in_every_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "RANGE", 2)
    people = make.PersonFactory.create_batch(5)
    for person in people[:2]:
        began(person)

    assert reminders.remind_at_risk(now=NOON) == 5


def test_a_range_costs_the_same_statements_for_one_person_as_for_three() -> None:
    counts = []
    for _people in (1, 2):
        began(make.PersonFactory())
        make.PersonFactory()
        with CaptureQueriesContext(connection) as queries:
            reminders.remind_at_risk(now=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]


SHARES = st.sampled_from([(0, 1), (2, 3), (1, 2)])
#: Confirmed public and professional hours, and what waits for an office.
HELD = st.tuples(st.integers(0, 4_000), st.integers(0, 9_000), st.integers(0, 3_000))


@hypothesis_settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=HELD, share=SHARES, days=st.integers(0, 90))
def test_the_database_judges_as_the_rule_does(
    ada: Person, held: tuple[int, int, int], share: tuple[int, int], days: int
) -> None:
    Notice.objects.all().delete()
    AnnualRecord.objects.all().delete()
    numerator, denominator = share
    requirement = make.RequirementFactory(
        version=numerator * 10 + denominator + 1,
        professional_share_numerator=numerator,
        professional_share_denominator=denominator,
    )
    public, professional, pending = held
    began(
        ada, public=public, professional=professional, pending_professional_centihours=pending, requirement=requirement
    )
    today = dt.date(2026, 12, 31) - days * DAY
    reminders.remind_at_risk(now=dt.datetime(today.year, today.month, today.day, 4, tzinfo=dt.UTC))

    needed = missing(requirement.as_rule(), Totals(public, professional + pending)).to_study_centihours
    expected = [needed] if is_at_risk(needed, days, weekly_centihours=800) else []
    assert [notice.facts["centihours"] for notice in Notice.objects.filter(person=ada)] == expected
