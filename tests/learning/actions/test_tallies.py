"""Counting a year: everybody once, again when it has rested, and one truth whoever counts."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from learning import tasks
from learning.actions import credits, reversals, tallies
from learning.models import (
    AnnualRecord,
    BaseTally,
    Organisation,
    Person,
    PersonTally,
    QueueTally,
    Requirement,
    Tally,
    YearTally,
)
from learning.rules.credit_states import State
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

DAY = dt.timedelta(days=1)


@pytest.fixture
def unit(db: None) -> Organisation:
    return make.OrganisationFactory(slug="unit")


@pytest.mark.django_db
def test_take_counts_everybody_once_where_they_belong(ada: Person, unit: Organisation) -> None:
    make.MembershipFactory(person=ada, organisation=unit)
    make.MembershipFactory(person=ada, organisation=make.OrganisationFactory())
    done = years.fulfilled_year()
    make.PersonFactory(region=make.lankao(), title_level="junior")

    assert tallies.take(year=2026, now=NOON)

    rows = YearTally.objects.order_by("pk").values_list(
        "region_id", "title_level", "employer__slug", "people", "qualified", "not_started", "confirmed_centihours"
    )
    assert set(rows) == {
        ("410200", "intermediate", "unit", 1, 0, 1, 0),
        ("410200", "intermediate", None, 1, 1, 0, 8_800),
        ("410225", "junior", None, 1, 0, 1, 0),
    }
    (base,) = BaseTally.objects.all()
    assert (base.base, base.people, base.qualified) == (done.base, 1, 1)


@pytest.mark.django_db
def test_take_says_of_everybody_how_they_were_found(ada: Person, unit: Organisation) -> None:
    make.MembershipFactory(person=ada, organisation=unit)
    done = years.fulfilled_year()
    stranger = make.PersonFactory(title_level="")

    tallies.take(year=2026, now=NOON)

    rows = PersonTally.objects.order_by("pk").values_list(
        "person", "region", "title_level", "employer__slug", "status", "to_study_centihours", "confirmed_centihours"
    )
    assert set(rows) == {
        (ada.pk, "410200", "intermediate", "unit", "not_started", None, 0),
        (done.person.pk, "410200", "intermediate", None, "qualified", 0, 8_800),
    }
    assert not stranger.tallies.exists()


@pytest.mark.django_db
def test_take_again_writes_only_the_lines_that_differ(ada: Person, requirement: Requirement) -> None:
    """What was written last has the newest number; a line that is still true is left alone."""
    others = [make.PersonFactory() for _person in range(3)]
    tallies.take(year=2026, now=NOON)
    tallies.take(year=2025, now=NOON)
    same, other, gone = (PersonTally.objects.get(person=person, year=2026) for person in others)
    Person.objects.filter(pk=other.person_id).update(title_level="junior")
    Person.objects.filter(pk=gone.person_id).update(is_active=False)
    AnnualRecord.objects.create(person=ada, year=2026, requirement=requirement, confirmed_public_centihours=100)
    new = make.PersonFactory()

    with CaptureQueriesContext(connection) as asked:
        tallies.take(year=2026, now=NOON + DAY)

    found = {row.person_id: row for row in PersonTally.objects.filter(year=2026)}
    assert set(found) == {ada.pk, same.person_id, other.person_id, new.pk}
    assert found[same.person_id].pk == same.pk
    assert (found[other.person_id].pk, found[other.person_id].title_level) == (other.pk, "junior")
    assert (found[ada.pk].status, found[ada.pk].to_study_centihours) == ("at_risk", 8_500)
    assert YearTally.objects.filter(tally__counted_on=NOON.date() + DAY, title_level="junior").get().people == 1
    assert sum(query["sql"].startswith("INSERT INTO learning_persontally") for query in asked) == 1


@pytest.mark.django_db
def test_hours_at_two_bases_stand_at_each_and_twice_at_none(requirement: Requirement) -> None:
    person = make.PersonFactory()
    make.BureauFactory()
    first, second = make.BaseFactory(), make.BaseFactory()
    for base, kind in ((first, SubjectKind.PUBLIC), (first, SubjectKind.PROFESSIONAL), (second, SubjectKind.PUBLIC)):
        edition = years.published(base=base, requirement=requirement, kind=kind, centihours=400)
        years.earn(person=person, edition=edition)

    tallies.take(year=2026, now=NOON)

    assert set(BaseTally.objects.values_list("base", "people", "at_risk")) == {(first.pk, 1, 1), (second.pk, 1, 1)}


@pytest.mark.django_db
def test_take_counts_what_waits_by_who_holds_it() -> None:
    year = years.fulfilled_year(stop_at="audited")
    waiting = years.fulfilled_year(person=make.PersonFactory(), base=year.base, bureau=year.bureau, stop_at="earned")
    credits.return_to_learner(
        entry=waiting.entries[0], by=year.auditor, reason_code="evidence_unclear", reason_text="?", now=NOON
    )

    tallies.take(year=2026, now=NOON + 8 * DAY)

    rows = QueueTally.objects.values_list(
        "bureau", "auditor", "state", "entries", "centihours", "week_entries", "fortnight_entries"
    )
    place = (year.bureau.pk, year.base.pk)
    assert set(rows) == {
        (*place, State.AUDITED, 2, 8_800, 2, 0),
        (*place, State.EARNED, 1, 6_200, 1, 0),
        (*place, State.RETURNED, 1, 2_600, 1, 0),
    }
    assert QueueTally.objects.get(state=State.RETURNED).oldest_at == NOON


@pytest.mark.django_db
def test_hours_that_no_longer_count_teach_nobody() -> None:
    year = years.fulfilled_year()
    for entry in year.entries:
        reversals.reverse(entry=entry, by=year.officer, reason_code=SendBackReason.HOURS, reason_text="重复", now=NOON)

    tallies.take(year=2026, now=NOON)

    assert not BaseTally.objects.exists()
    assert YearTally.objects.get().not_started == 1


@pytest.mark.django_db
def test_take_again_replaces_the_day_and_keeps_the_days_before(ada: Person, requirement: object) -> None:
    tallies.take(year=2026, now=NOON - 7 * DAY)
    tallies.take(year=2026, now=NOON - 16 * DAY)
    tallies.take(year=2026, now=NOON)
    make.PersonFactory()
    tallies.take(year=2026, now=NOON + dt.timedelta(hours=1))

    days = {row.counted_on: sum(row.years.values_list("people", flat=True)) for row in Tally.objects.all()}
    assert days == {NOON.date() - 7 * DAY: 1, NOON.date(): 2}
    tally = Tally.objects.latest_of(2026)
    assert tally is not None
    before = Tally.objects.week_before(tally)
    assert before is not None
    assert before.counted_on == NOON.date() - 7 * DAY


@pytest.mark.django_db
def test_a_count_that_began_earlier_does_not_overwrite_a_later_one(ada: Person, requirement: object) -> None:
    tallies.take(year=2026, now=NOON)

    assert not tallies.take(year=2026, now=NOON)
    assert not tallies.take(year=2026, now=NOON - dt.timedelta(minutes=1))


@pytest.mark.django_db
def test_take_due_lets_a_count_rest_the_longer_the_longer_it_took(ada: Person, requirement: object) -> None:
    assert tallies.take_due(now=NOON) == [2026, 2025]
    assert tallies.take_due(now=NOON + dt.timedelta(seconds=59)) == []
    Tally.objects.filter(year=2026).update(took_ms=0)
    assert tallies.take_due(now=NOON + dt.timedelta(seconds=60)) == [2026]
    Tally.objects.filter(year=2026).update(took_ms=6_000)
    assert tallies.take_due(now=NOON + dt.timedelta(seconds=300)) == []
    assert tallies.take_due(now=NOON + dt.timedelta(seconds=360)) == [2026]
    # The year before is counted once a day.
    assert tallies.take_due(now=NOON + DAY) == [2026, 2025]


@pytest.mark.django_db
def test_the_sweep_counts_and_may_run_twice(ada: Person, requirement: object) -> None:
    tasks.count_due_years()
    tasks.count_due_years()

    assert [row.year for row in Tally.objects.order_by("year")] == [2025, 2026]
    assert sum(YearTally.objects.filter(tally__year=2026).values_list("people", flat=True)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("people", [1, 3])
def test_take_costs_the_same_questions_for_many(people: int, django_assert_num_queries: object) -> None:
    year = years.fulfilled_year()
    for _person in range(people):
        years.earn(
            person=make.PersonFactory(),
            edition=years.published(
                base=make.BaseFactory(),
                requirement=year.requirement,
                kind=SubjectKind.PUBLIC,
                centihours=400,
            ),
        )

    with django_assert_num_queries(22):  # type: ignore[operator]
        tallies.take(year=2026, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_counts_at_once_leave_one_truth(ada: Person, requirement: object) -> None:
    start = threading.Barrier(2)

    def count(minute: int) -> None:
        try:
            start.wait()
            tallies.take(year=2026, now=NOON + dt.timedelta(minutes=minute))
        finally:
            connection.close()

    counters = [threading.Thread(target=count, args=(minute,)) for minute in (0, 1)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()

    (tally,) = Tally.objects.all()
    assert tally.counted_at == NOON + dt.timedelta(minutes=1)
    assert sum(tally.years.values_list("people", flat=True)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_count_that_breaks_leaves_the_one_before(
    ada: Person, requirement: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    tallies.take(year=2026, now=NOON)

    def broken(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("learning.actions.tallies._count_queues", broken)
    with pytest.raises(RuntimeError):
        tallies.take(year=2026, now=NOON + DAY / 24)

    tally = Tally.objects.get()
    assert tally.counted_at == NOON
    assert tally.years.get().people == 1
    assert transaction.get_connection().in_atomic_block is False
