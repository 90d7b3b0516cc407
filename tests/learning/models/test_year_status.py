"""How a year stands: the database's statement against the law's own words."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from learning.actions import reversals
from learning.actions.records import pending_that_counts
from learning.models import AnnualRecord, Person, Requirement
from learning.models.year_status import FULFILLED, people_owing, with_year_status
from learning.rules.reasons import ReversalReason
from learning.rules.requirements import Totals, is_met, missing
from learning.rules.year_status import YearStatus, year_status
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
State = AnnualRecord.State


def law(person: Person, record: AnnualRecord | None) -> tuple[str, int]:
    """Return status and hours to study as the rules say them, one person at a time."""
    if record is None:
        return YearStatus.NOT_STARTED, 0
    rule = record.requirement
    is_decided = rule.as_calendar().takes_decisions(TODAY)
    status = year_status(
        rule.as_rule(),
        confirmed=record.confirmed,
        pending=record.pending,
        is_met=record.state in FULFILLED,
        days_left=(rule.cutoff_on - TODAY).days,
        at_risk_weekly_centihours=rule.at_risk_weekly_centihours,
        is_make_up=rule.as_calendar().is_make_up(TODAY),
        takes_decisions=is_decided,
    )
    counted = record.confirmed + record.pending if is_decided else record.confirmed
    return status, missing(rule.as_rule(), counted).to_study_centihours


def rules() -> list[Requirement]:
    """Return rules with every kind of test, and cut-offs behind, at and before us."""
    made: list[Requirement] = []
    yesterday = TODAY - dt.timedelta(days=1)
    for version, (share, cutoff_on, makeup_until_on, weekly, grace_days) in enumerate(
        [
            ((0, 1), dt.date(2026, 12, 31), dt.date(2027, 12, 31), 800, 0),
            ((2, 3), dt.date(2026, 12, 3), None, 650, None),
            ((1, 7), TODAY, TODAY + dt.timedelta(days=1), 800, 0),
            ((0, 1), yesterday, None, 800, 1),
            ((0, 1), yesterday, TODAY, 800, None),
            ((0, 1), yesterday - dt.timedelta(days=1), yesterday, 800, 0),
        ],
        start=1,
    ):
        made.append(
            make.RequirementFactory(
                version=version,
                total_centihours=9_000 if share[0] else 8_600,
                public_centihours=0 if share[0] == 2 else 2_600,
                professional_share_numerator=share[0],
                professional_share_denominator=share[1],
                cutoff_on=cutoff_on,
                makeup_until_on=makeup_until_on,
                at_risk_weekly_centihours=weekly,
                grace_days=grace_days,
            )
        )
    return made


def test_the_database_says_what_the_law_says() -> None:
    chance = random.Random(20_261_119)  # noqa: S311 -- examples, not secrets
    amounts = (0, 0, 10, 400, 2_500, 2_600, 2_601, 5_400, 6_000, 6_400)
    made = rules()
    people = Person.objects.bulk_create(
        Person(full_name=f"学员{n}", region=make.kaifeng(), title_level="intermediate", date_joined=NOON)
        for n in range(600)
    )
    records = []
    for person in people[:560]:
        rule = chance.choice(made)
        confirmed = Totals(chance.choice(amounts), chance.choice(amounts))
        met = is_met(rule.as_rule(), confirmed)
        state = chance.choice([State.MET, State.CONFIRMED]) if met else State.OPEN
        records.append(
            AnnualRecord(
                person=person, year=2026, requirement=rule, state=state,
                confirmed_public_centihours=confirmed.public_centihours,
                confirmed_professional_centihours=confirmed.professional_centihours,
                pending_public_centihours=chance.choice(amounts),
                pending_professional_centihours=chance.choice(amounts),
                met_at=NOON if met else None, confirmed_at=NOON if state == State.CONFIRMED else None,
            )
        )  # fmt: skip
    AnnualRecord.objects.bulk_create(records)

    rows = with_year_status(people_owing(2026), year=2026, today=TODAY)

    said = {pk: (status, to_study) for pk, status, to_study in rows.values_list("pk", "year_status", "to_study")}  # type: ignore[misc]
    by_person = {row.person_id: row for row in AnnualRecord.objects.select_related("requirement")}
    assert said == {person.pk: law(person, by_person.get(person.pk)) for person in people}
    assert {status for status, _hours in said.values()} == set(YearStatus)


def test_what_is_judged_again_after_the_last_day_awaits_an_office() -> None:
    year = years.fulfilled_year(requirement=make.RequirementFactory(grace_days=0))
    over = NOON.replace(year=2027)
    reversals.reverse(
        entry=year.entries[1],
        by=year.officer,
        reason_code=ReversalReason.MISTAKE,
        reason_text="误确认",
        now=over,
        is_again=True,
    )

    (row,) = with_year_status(people_owing(2026).filter(pk=year.person.pk), year=2026, today=over.date())

    record = AnnualRecord.objects.get(person=year.person)
    assert (vars(row)["year_status"], vars(row)["to_study"]) == (YearStatus.AWAITING, 0)
    assert pending_that_counts(record, now=over) == record.pending == Totals(0, 6_200)


def test_people_owing_are_professionals_who_were_there(ada: Person) -> None:
    make.PersonFactory(title_level="")
    make.PersonFactory(region=None)
    make.PersonFactory(is_active=False)
    make.PersonFactory(date_joined=dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC))
    last_minute = make.PersonFactory(date_joined=dt.datetime(2026, 12, 31, 15, 59, tzinfo=dt.UTC))

    assert set(people_owing(2026)) == {ada, last_minute}


def test_who_came_later_and_makes_the_year_up_owes_it(ada: Person, requirement: Requirement) -> None:
    came_later = make.PersonFactory(date_joined=dt.datetime(2027, 1, 5, tzinfo=dt.UTC))
    AnnualRecord.objects.create(person=came_later, year=2026, requirement=requirement)

    assert set(people_owing(2026)) == {ada, came_later}
    assert set(people_owing(2025)) == set(), "neither was there, and neither studies for it"


def test_another_year_s_record_is_not_this_one_s(ada: Person, requirement: Requirement) -> None:
    AnnualRecord.objects.create(
        person=ada, year=2026, requirement=requirement, confirmed_public_centihours=8_600, state=State.MET, met_at=NOON
    )

    rows = with_year_status(people_owing(2026).filter(pk=ada.pk), year=2026, today=TODAY)
    next_year = with_year_status(people_owing(2027).filter(pk=ada.pk), year=2027, today=TODAY)

    statuses = [vars(row)["year_status"] for found in (rows, next_year) for row in found]
    assert statuses == [YearStatus.QUALIFIED, YearStatus.NOT_STARTED]
