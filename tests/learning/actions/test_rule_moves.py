"""Open years go under the version in force; what was met keeps its rule."""

from __future__ import annotations

import datetime as dt

import pytest

from learning import tasks
from learning.actions import reversals, rule_moves
from learning.models import AnnualRecord, CreditEntry, Person, Region, RuleSet
from learning.rules.reasons import ReversalReason
from tests.factories import clock
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.rules import Studio
from tests.factories.years import Year, differences, fulfilled_year

pytestmark = pytest.mark.django_db
State = AnnualRecord.State
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def studio(db: None) -> Studio:
    make.RequirementFactory()
    return Studio()


def open_year(person: Person, public: int, professional: int) -> AnnualRecord:
    return AnnualRecord.objects.create(
        person=person,
        year=2026,
        requirement=make.RequirementFactory(),
        confirmed_public_centihours=public,
        confirmed_professional_centihours=professional,
    )


def reverse(entry: CreditEntry, year: Year) -> None:
    reversals.reverse(
        entry=entry, by=year.officer, reason_code=ReversalReason.EVIDENCE, reason_text="重复", now=NOON + HOUR
    )


def test_sweep_moves_open_years_and_finds_them_met(studio: Studio, ada: Person, cy: Person) -> None:
    short, enough = open_year(ada, 2_000, 4_000), open_year(cy, 2_600, 5_400)
    rule_set = studio.issued(total_centihours=8_000)

    tasks.bring_rules_into_force()

    for row in (short, enough):
        row.refresh_from_db()
        assert row.requirement.rule_set == rule_set
    assert [(row.state, row.met_at) for row in (short, enough)] == [(State.OPEN, None), (State.MET, NOON)]
    assert RuleSet.objects.get(pk=rule_set.pk).moved_at == NOON


def test_sweep_leaves_a_met_year_under_the_rule_it_met(studio: Studio) -> None:
    year = fulfilled_year(bureau=studio.office)

    studio.issued(total_centihours=12_000)
    tasks.bring_rules_into_force()

    record = AnnualRecord.objects.get(person=year.person)
    assert (record.state, record.requirement) == (State.CONFIRMED, year.requirement)


def test_a_year_opened_again_goes_under_the_version_the_others_went_under(studio: Studio) -> None:
    year = fulfilled_year(bureau=studio.office)
    rule_set = studio.issued(total_centihours=9_000)
    tasks.bring_rules_into_force()

    reverse(year.entries[1], year)
    tasks.bring_rules_into_force()

    record = AnnualRecord.objects.get(person=year.person)
    assert (record.state, record.requirement.rule_set) == (State.OPEN, rule_set)
    assert differences() == []


def test_a_year_opened_again_that_meets_the_version_in_force_is_met_and_due_for_a_page(studio: Studio) -> None:
    year = fulfilled_year(bureau=studio.office)
    studio.issued(total_centihours=2_600, public_centihours=2_600)
    tasks.bring_rules_into_force()

    reverse(year.entries[1], year)

    record = AnnualRecord.objects.get(person=year.person)
    assert (record.state, record.requirement.total_centihours) == (State.MET, 2_600)
    assert year.certificate.state == "revoked"
    assert list(AnnualRecord.objects.due_for_page(year.bureau)) == [record]
    assert differences() == []


def test_a_year_opened_again_is_judged_where_it_was_though_its_person_has_moved_away(studio: Studio) -> None:
    year = fulfilled_year(bureau=studio.office)
    elsewhere = Region.objects.create(code="420000", name_zh="湖北省", name_en="Hubei")
    make.RequirementFactory(region=elsewhere, total_centihours=100, public_centihours=0)
    rule_set = studio.issued(total_centihours=9_000)
    tasks.bring_rules_into_force()
    Person.objects.filter(pk=year.person.pk).update(region=elsewhere)

    reverse(CreditEntry.objects.get(pk=year.entries[1].pk), year)

    record = AnnualRecord.objects.get(person=year.person)
    assert (record.state, record.requirement.rule_set) == (State.OPEN, rule_set)


def test_sweep_goes_on_where_a_killed_one_stopped(
    studio: Studio, ada: Person, cy: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_moves, "BLOCK_SIZE", 1)
    open_year(ada, 0, 0)
    open_year(cy, 0, 0)
    rule_set = studio.issued()

    moved = [rule_moves.move_block(rule_set=rule_set, now=NOON) for _time in range(4)]

    assert moved == [1, 1, 0, 0]
    assert rule_set.requirements.get(title_level="intermediate").pk in {
        *AnnualRecord.objects.values_list("requirement", flat=True)
    }


def test_sweep_brings_an_issued_set_into_force_on_its_day(studio: Studio, ada: Person) -> None:
    row = open_year(ada, 0, 0)
    rule_set = studio.issued(studio.later(1))
    tasks.bring_rules_into_force()
    assert RuleSet.objects.get(pk=rule_set.pk).state == RuleSet.State.ISSUED

    with clock.standing(NOON.replace(day=20)):
        tasks.bring_rules_into_force()

    row.refresh_from_db()
    assert row.requirement.rule_set == rule_set
