"""A closed year of which something is open once more: it is decided, closed again, and nothing is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from learning import tasks
from learning.actions import credits, enrolments, evidence, reversal_chunks, reversals
from learning.models import AnnualRecord, CreditEntry, Enrolment, Person, Requirement
from learning.rules.reasons import ReversalReason
from learning.rules.requirements import SubjectKind
from tests.factories import clock, guards, runs
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.learning import NOON
from tests.factories.offices import Office
from tests.factories.rules import Studio
from tests.factories.years import differences

pytestmark = pytest.mark.django_db
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CAPS = {"carry_public_centihours": 100, "carry_professional_centihours": 500}


def close(now: dt.datetime) -> None:
    with clock.standing(now):
        tasks.close_due_years()


def is_closed(person: Person) -> bool:
    return AnnualRecord.objects.get(person=person, year=2026).is_closed


def next_rule() -> Requirement:
    rule: Requirement = make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    return rule


def surplus_year(**figures: Any) -> study.Year:
    """A year of 28.0 public and 65.0 professional hours, 7.0 more than asked, closed."""
    year = study.fulfilled_year(
        requirement=make.RequirementFactory(**(CAPS | figures)), public_centihours=2_800, professional_centihours=6_500
    )
    next_rule()
    close(NEW_YEAR)
    return year


def again(entry: CreditEntry, year: study.Year, now: dt.datetime) -> CreditEntry:
    reversal = reversals.reverse(
        entry=entry, by=year.officer, reason_code=ReversalReason.MISTAKE, reason_text="误确认", is_again=True, now=now
    )
    return CreditEntry.objects.get(restores=reversal)


def judge(entry: CreditEntry, year: study.Year, now: dt.datetime) -> None:
    credits.approve(entry=entry, by=year.auditor, now=now)
    credits.confirm(entry=entry, by=year.officer, now=now)


def carried(person: Person) -> dict[str, list[int]]:
    rows = CreditEntry.objects.filter(person=person, kind="carried", standing__state="confirmed").order_by("pk")
    found: dict[str, list[int]] = {}
    for kind, centihours in rows.values_list("subject_kind", "centihours"):
        found.setdefault(kind, []).append(centihours)
    return found


def test_an_exam_that_ends_after_the_closing_earns_and_the_year_is_closed_once_more() -> None:
    year = study.fulfilled_year(requirement=make.RequirementFactory(), professional_centihours=5_600)
    edition = study.published(
        base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=400
    )
    place = enrolments.enrol(person=year.person, edition=edition, now=NOON)
    for lesson in edition.lessons.all():
        evidence.record_watched(enrolment=place, lesson=lesson, covered_s=lesson.duration_s, digest="ab" * 32, now=NOON)
    close(NEW_YEAR)

    evidence.record_passed(enrolment=place, score_percent=88, attempt_id=1, digest="cd" * 32, now=NEW_YEAR)

    place.refresh_from_db()
    assert place.status == Enrolment.Status.CREDITED
    assert differences() == []
    close(NEW_YEAR + DAY)
    assert not is_closed(year.person)
    judge(CreditEntry.objects.get(enrolment=place), year, NEW_YEAR + 2 * DAY)
    close(NEW_YEAR + 3 * DAY)
    assert is_closed(year.person)
    assert differences() == []


def test_surplus_taken_back_by_mistake_is_carried_over_once_it_is_confirmed_anew() -> None:
    year = surplus_year()

    restored = again(year.entries[1], year, NEW_YEAR + 30 * DAY)
    assert carried(year.person) == {}
    judge(restored, year, NEW_YEAR + 31 * DAY)
    close(NEW_YEAR + 32 * DAY)

    assert carried(year.person) == {"professional": [500], "public": [100]}
    assert differences() == []


def test_of_a_part_taken_back_only_the_part_is_carried_over_again() -> None:
    year = study.fulfilled_year(
        requirement=make.RequirementFactory(**CAPS), public_centihours=2_700, professional_centihours=6_100
    )
    edition = study.published(
        base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=300
    )
    entry = study.earn(person=year.person, edition=edition, now=NOON)
    judge(entry, year, NOON)
    next_rule()
    close(NEW_YEAR)
    assert carried(year.person) == {"professional": [500]}

    restored = again(entry, year, NEW_YEAR + DAY)
    assert carried(year.person) == {"professional": [200]}
    judge(restored, year, NEW_YEAR + 2 * DAY)
    close(NEW_YEAR + 3 * DAY)
    close(NEW_YEAR + 4 * DAY)

    assert carried(year.person) == {"professional": [200, 300]}
    assert differences() == []

    again(entry=restored, year=year, now=NEW_YEAR + 5 * DAY)

    assert carried(year.person) == {"professional": [200]}
    assert differences() == []


def test_what_is_judged_again_is_decided_after_the_grace_and_waited_for() -> None:
    year = surplus_year(grace_days=10)

    restored = again(year.entries[0], year, NEW_YEAR + 20 * DAY)
    close(NEW_YEAR + 21 * DAY)
    assert not is_closed(year.person)
    judge(restored, year, NEW_YEAR + 22 * DAY)
    close(NEW_YEAR + 23 * DAY)

    assert is_closed(year.person)
    assert carried(year.person) == {"professional": [500], "public": [100]}
    assert differences() == []


def test_runs_take_back_and_confirm_anew_in_a_closed_year_after_the_grace() -> None:
    office = Office(entries=2)
    office.approved()
    first = runs.done(office)
    guards.rewrite_rules(office.entries[0].requirement_id, grace_days=0)
    close(NEW_YEAR)
    people = [entry.person for entry in office.entries]
    assert [is_closed(person) for person in people] == [True, True]

    undo = runs.undo_signed(office, runs.undoing(office, of=first, is_again=True))
    while reversal_chunks.reverse_next(undo.pk, now=NEW_YEAR + DAY):
        pass
    assert [is_closed(person) for person in people] == [False, False]
    for restored in CreditEntry.objects.filter(restores__isnull=False):
        credits.approve(entry=restored, by=office.auditor, now=NEW_YEAR + DAY)
    run = runs.work(runs.running(office), now=NEW_YEAR + 2 * DAY)

    assert (run.confirmed_count, run.left_count) == (2, 0)
    close(NEW_YEAR + 3 * DAY)
    assert [is_closed(person) for person in people] == [True, True]


def test_a_met_year_that_is_missed_again_closes_with_its_window() -> None:
    rule = make.RequirementFactory(makeup_until_on=dt.date(2027, 4, 30))
    year = study.fulfilled_year(requirement=rule)
    next_rule()
    close(NEW_YEAR)
    reversals.reverse(
        entry=year.entries[1],
        by=year.officer,
        reason_code=ReversalReason.MISTAKE,
        reason_text="依据有误",
        now=NEW_YEAR + DAY,
    )
    edition = study.published(base=year.base, requirement=rule, kind=SubjectKind.PROFESSIONAL, centihours=6_200)
    place = enrolments.enrol(person=year.person, edition=edition, now=NEW_YEAR + 2 * DAY, year=2026)

    close(NEW_YEAR + 3 * DAY)
    assert not is_closed(year.person)
    close(dt.datetime(2027, 4, 30, 16, 0, tzinfo=dt.UTC))

    place.refresh_from_db()
    assert place.status == Enrolment.Status.EXPIRED
    assert is_closed(year.person)
    assert differences() == []


def test_a_place_whose_rule_ended_goes_on_under_the_one_that_lengthened_the_year(ada: Person) -> None:
    make.RequirementFactory()
    studio = Studio()
    place = enrolments.enrol(person=ada, edition=make.EditionFactory(), now=NOON)
    studio.issued(makeup_until_on=dt.date(2027, 4, 30))
    tasks.bring_rules_into_force()
    close(NEW_YEAR)
    assert not is_closed(ada)

    again = enrolments.enrol(person=ada, edition=place.edition, now=NEW_YEAR + DAY, year=2026)

    assert (again.pk, again.status) == (place.pk, Enrolment.Status.ENROLLED)
    assert again.requirement.makeup_until_on == dt.date(2027, 4, 30)


def test_a_year_that_a_later_rule_opens_again_closes_on_its_days(ada: Person) -> None:
    make.RequirementFactory()
    studio = Studio()
    place = enrolments.enrol(person=ada, edition=make.EditionFactory(), now=NOON)
    close(NEW_YEAR)
    studio.issued(makeup_until_on=dt.date(2027, 4, 30))
    with clock.standing(NEW_YEAR + DAY):
        tasks.bring_rules_into_force()
    enrolments.enrol(person=ada, edition=place.edition, now=NEW_YEAR + DAY, year=2026)

    close(NEW_YEAR + 2 * DAY)
    assert not is_closed(ada)
    close(dt.datetime(2027, 4, 30, 16, 0, tzinfo=dt.UTC))

    place.refresh_from_db()
    assert (place.status, is_closed(ada)) == (Enrolment.Status.EXPIRED, True)
