"""Closing years: what ends, what is carried over, what is made up, and what is decided too late."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command

from learning.actions import credits, enrolments, evidence, reversals, waivers, years
from learning.models import AnnualRecord, Enrolment, Person, Requirement
from learning.rules.eligibility import Refusal
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind
from learning.rules.years import YearState
from learning.tasks import close_due_years
from tests.factories import clock, guards
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.waivers import MINUTE, NOON, Bureau, leave
from tests.factories.years import differences

pytestmark = pytest.mark.django_db
#: The first second of 2027 in Kaifeng, and of 1 May.
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
MAY = dt.datetime(2027, 4, 30, 16, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MAKE_UP = {"makeup_until_on": dt.date(2027, 4, 30)}


def close(now: dt.datetime) -> None:
    with clock.standing(now):
        close_due_years()


def record_of(person: Person, year: int = 2026) -> AnnualRecord:
    return AnnualRecord.objects.select_related("requirement").get(person=person, year=year)


def next_rule(**figures: Any) -> Requirement:
    facts = {"year": 2027, "cutoff_on": dt.date(2027, 12, 31), "issued_on": dt.date(2026, 11, 1)} | figures
    return make.RequirementFactory(**facts)


def refused(person: Person, edition: Any, now: dt.datetime, year: int | None = None) -> tuple[Refusal, ...]:
    with pytest.raises(enrolments.NotEligible) as refusal:
        enrolments.enrol(person=person, edition=edition, now=now, year=year)
    return refusal.value.reasons


def test_r1_closing_ends_unfinished_places_after_the_last_day_and_not_before(ada: Person) -> None:
    make.RequirementFactory()
    place = enrolments.enrol(person=ada, edition=make.EditionFactory(), now=NOON)

    close(NEW_YEAR - SECOND)
    assert record_of(ada).closed_at is None
    close(NEW_YEAR)

    place.refresh_from_db()
    assert place.status == Enrolment.Status.EXPIRED
    assert (record_of(ada).closed_at, record_of(ada).state) == (NEW_YEAR, AnnualRecord.State.OPEN)
    assert [text for text in differences() if text.startswith("record")] == []


def test_closing_twice_changes_nothing(ada: Person) -> None:
    make.RequirementFactory()
    enrolments.enrol(person=ada, edition=make.EditionFactory(), now=NOON)
    close(NEW_YEAR)

    close(NEW_YEAR + dt.timedelta(days=9))

    assert record_of(ada).closed_at == NEW_YEAR


def test_the_command_closes_what_the_sweep_would(ada: Person, capsys: pytest.CaptureFixture[str]) -> None:
    make.RequirementFactory()
    enrolments.enrol(person=ada, edition=make.EditionFactory(), now=NOON)

    with clock.standing(NEW_YEAR):
        call_command("close_years")
        call_command("close_years")

    assert capsys.readouterr().out.splitlines() == ["1 years closed", "0 years closed"]


def test_a_missed_year_is_closed_when_its_window_is_and_a_met_one_at_the_cut_off(ada: Person) -> None:
    rule = make.RequirementFactory(**MAKE_UP)
    met = study.fulfilled_year(requirement=rule)
    enrolments.enrol(person=ada, edition=make.EditionFactory(), now=NOON)

    close(NEW_YEAR)
    assert (record_of(ada).is_closed, record_of(met.person).is_closed) == (False, True)
    close(MAY - SECOND)
    assert not record_of(ada).is_closed
    close(MAY)
    assert record_of(ada).is_closed


def test_a_year_with_pending_hours_waits_as_long_as_they_are_decided() -> None:
    rule = make.RequirementFactory(grace_days=30)
    year = study.fulfilled_year(requirement=rule, stop_at="audited")

    close(NEW_YEAR + dt.timedelta(days=29))
    assert not record_of(year.person).is_closed
    close(NEW_YEAR + dt.timedelta(days=30))
    assert record_of(year.person).is_closed


def test_without_a_limit_pending_hours_are_waited_for() -> None:
    year = study.fulfilled_year(stop_at="audited")

    close(NEW_YEAR + dt.timedelta(days=900))
    assert not record_of(year.person).is_closed
    for entry in year.entries:
        credits.confirm(entry=entry, by=year.officer, now=NEW_YEAR + dt.timedelta(days=901))
    close(NEW_YEAR + dt.timedelta(days=902))
    assert record_of(year.person).is_closed


@pytest.mark.parametrize(("days", "is_late"), [(29, False), (30, True)])
def test_pending_hours_are_decided_until_the_grace_is_over(days: int, is_late: bool) -> None:
    year = study.fulfilled_year(requirement=make.RequirementFactory(grace_days=30), stop_at="audited")
    now = NEW_YEAR + dt.timedelta(days=days)

    if is_late:
        with pytest.raises(credits.TooLate):
            credits.confirm(entry=year.entries[0], by=year.officer, now=now)
        return
    credits.confirm(entry=year.entries[0], by=year.officer, now=now)


def test_confirmed_hours_are_taken_back_however_late() -> None:
    year = study.fulfilled_year(requirement=make.RequirementFactory(grace_days=0))

    reversals.reverse(
        entry=year.entries[0],
        by=year.officer,
        reason_code=SendBackReason.EVIDENCE,
        reason_text="",
        now=NEW_YEAR + dt.timedelta(days=400),
    )

    assert record_of(year.person).state == AnnualRecord.State.OPEN


def test_r1_a_missed_year_is_made_up_in_its_window_and_its_hours_count_in_it(ada: Person) -> None:
    rule = make.RequirementFactory(**MAKE_UP)
    next_rule()
    bureau = make.BureauFactory(region=make.kaifeng())
    edition = study.published(
        base=make.BaseFactory(), requirement=rule, kind=SubjectKind.PUBLIC, centihours=2_600, now=NOON
    )
    now = MAY - SECOND

    place = enrolments.enrol(person=ada, edition=edition, now=now, year=2026)

    assert (place.year, place.requirement) == (2026, rule)
    assert record_of(ada).standing(dt.date(2027, 4, 30)) == YearState.MAKE_UP
    assert enrolments.enrol(person=ada, edition=edition, now=now, year=2026) == place
    assert refused(make.PersonFactory(), edition, MAY, 2026) == (Refusal.YEAR_CLOSED,)
    assert bureau


def test_r1_without_a_window_nothing_is_made_up(ada: Person) -> None:
    make.RequirementFactory()
    next_rule()

    assert refused(ada, make.EditionFactory(), NEW_YEAR, 2026) == (Refusal.YEAR_CLOSED,)
    assert [rule.year for rule in enrolments.years_open(ada, now=NEW_YEAR)] == [2027]


def test_r1_a_met_year_is_not_made_up() -> None:
    year = study.fulfilled_year(requirement=make.RequirementFactory(**MAKE_UP))
    next_rule()

    assert refused(year.person, make.EditionFactory(), NEW_YEAR, 2026) == (Refusal.YEAR_CLOSED,)


def test_years_open_names_the_present_year_and_one_to_make_up(ada: Person) -> None:
    make.RequirementFactory(**MAKE_UP)
    next_rule()

    assert [rule.year for rule in enrolments.years_open(ada, now=NEW_YEAR - SECOND)] == [2026]
    assert [rule.year for rule in enrolments.years_open(ada, now=NEW_YEAR)] == [2027, 2026]
    assert [rule.year for rule in enrolments.years_open(ada, now=MAY)] == [2027]


def test_nobody_studies_for_a_year_that_has_not_begun(ada: Person) -> None:
    make.RequirementFactory(**MAKE_UP)
    next_rule()

    assert refused(ada, make.EditionFactory(), NEW_YEAR - SECOND, 2027) == (Refusal.YEAR_CLOSED,)


def test_a_course_counts_in_one_year_only(ada: Person) -> None:
    make.RequirementFactory(**MAKE_UP)
    next_rule()
    edition, other = make.EditionFactory(), make.EditionFactory()
    enrolments.enrol(person=ada, edition=edition, now=NEW_YEAR, year=2026)
    enrolments.enrol(person=ada, edition=other, now=NEW_YEAR)

    assert refused(ada, edition, NEW_YEAR) == (Refusal.COUNTS_ELSEWHERE,)
    assert refused(ada, other, NEW_YEAR, 2026) == (Refusal.COUNTS_ELSEWHERE,)


def test_a_course_of_last_year_may_be_taken_again_this_year(ada: Person) -> None:
    make.RequirementFactory()
    next_rule()
    edition = make.EditionFactory()
    enrolments.enrol(person=ada, edition=edition, now=NOON)

    assert enrolments.enrol(person=ada, edition=edition, now=NEW_YEAR).year == 2027


def test_a_course_begun_last_year_counts_in_it_while_it_may_be_finished_for_it(ada: Person) -> None:
    make.RequirementFactory(**MAKE_UP)
    next_rule()
    edition = make.EditionFactory()
    enrolments.enrol(person=ada, edition=edition, now=NOON)

    assert refused(ada, edition, NEW_YEAR) == (Refusal.COUNTS_ELSEWHERE,)
    assert enrolments.enrol(person=ada, edition=edition, now=MAY).year == 2027


@pytest.mark.parametrize("passed_at", [NEW_YEAR - SECOND, NEW_YEAR])
def test_a_course_finished_this_year_for_the_last_one_counts_in_that(ada: Person, passed_at: dt.datetime) -> None:
    make.BureauFactory(region=make.kaifeng())
    rule = make.RequirementFactory(**MAKE_UP)
    next_rule()
    edition = study.published(
        base=make.BaseFactory(), requirement=rule, kind=SubjectKind.PROFESSIONAL, centihours=400, now=NOON
    )
    place = enrolments.enrol(person=ada, edition=edition, now=NOON)
    for lesson in edition.lessons.all():
        evidence.record_watched(enrolment=place, lesson=lesson, covered_s=lesson.duration_s, digest="ab" * 32, now=NOON)
    evidence.record_passed(enrolment=place, score_percent=88, attempt_id=1, digest="cd" * 32, now=passed_at)

    found = enrolments.refusals(person=ada, edition=edition, now=MAY)

    assert found == ((Refusal.COUNTS_ELSEWHERE,) if passed_at == NEW_YEAR else ())


def test_a_place_that_ended_goes_on_when_a_later_rule_opens_the_year_again(ada: Person) -> None:
    rule = make.RequirementFactory()
    next_rule()
    edition = make.EditionFactory()
    place = enrolments.enrol(person=ada, edition=edition, now=NOON)
    close(NEW_YEAR)
    guards.rewrite_rules(rule.pk, **MAKE_UP)

    again = enrolments.enrol(person=ada, edition=edition, now=NEW_YEAR + MINUTE, year=2026)

    assert (again.pk, again.status) == (place.pk, Enrolment.Status.ENROLLED)


def test_close_block_asks_as_much_for_three_years_as_for_one(django_assert_num_queries: Any) -> None:
    make.RequirementFactory()
    for _number in range(3):
        enrolments.enrol(person=make.PersonFactory(), edition=make.EditionFactory(), now=NOON)
    kept = list(AnnualRecord.objects.order_by("pk").values_list("pk", flat=True))
    AnnualRecord.objects.filter(pk__in=kept[1:]).update(year=2030)

    with django_assert_num_queries(13) as one:
        assert years.close_block(now=NEW_YEAR) == 1
    AnnualRecord.objects.filter(pk__in=kept[1:]).update(year=2026)
    with django_assert_num_queries(len(one)):
        assert years.close_block(now=NEW_YEAR) == 2


def test_asking_for_leave_and_closing_do_not_meet(ada: Person) -> None:
    """A year whose window is over takes no leave any more, closed by the sweep or not."""
    bureau = Bureau(makeup_until_on=None)

    with pytest.raises(waivers.NotWaived):
        bureau.asked(ada, leave(), now=NEW_YEAR)
