"""Rule sets: drafted by one, issued by another, inherited with their origin, never edited afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from learning.actions import rule_sets, rule_words
from learning.models import AuditLogEntry, Person, Requirement, RuleSet
from learning.rules.figures import Fault
from learning.rules.inheritance import NothingAbove
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.rules import FIGURES, Studio, a_draft

pytestmark = pytest.mark.django_db
State = RuleSet.State


@pytest.fixture
def studio(db: None) -> Studio:
    return Studio()


def state_of(rule_set: RuleSet) -> str:
    return RuleSet.objects.values_list("state", flat=True).get(pk=rule_set.pk)


def test_draft_makes_a_row_for_every_level_and_binds_nobody(studio: Studio) -> None:
    rule_set = studio.draft()

    assert rule_set.requirements.count() == len(TitleLevel)
    assert Requirement.objects.binding(region=studio.region, year=2026, title_level="junior") is None


def test_draft_numbers_on_from_the_version_before(studio: Studio) -> None:
    make.RequirementFactory(version=3)

    assert studio.draft().label == "2026-4"


def test_draft_refuses_a_second_coming_version(studio: Studio) -> None:
    studio.draft()

    with pytest.raises(rule_sets.AlreadyComing):
        studio.draft()


def test_only_the_writer_rewrites_and_submits(studio: Studio) -> None:
    rule_set = studio.draft()

    for verb, facts in ((rule_sets.rewrite, {"draft": a_draft()}), (rule_sets.submit, {})):
        with pytest.raises(rule_sets.StandsElsewhere):
            verb(rule_set=rule_set, office=studio.office, by=studio.second, now=NOON, **facts)

    assert state_of(rule_set) == State.DRAFT


def test_submit_refuses_figures_that_cannot_be_a_rule(studio: Studio) -> None:
    with pytest.raises(rule_sets.Faulty) as refusal:
        studio.submitted(rounding_centihours=0)

    assert refusal.value.found == {level: [Fault.NO_STEP] for level in TitleLevel}


def test_issue_by_the_second_officer_binds_from_its_day(studio: Studio, ada: Person) -> None:
    old = make.RequirementFactory()

    rule_set = studio.issued(total_centihours=9_000)

    bound = Requirement.objects.binding_person(ada, 2026)
    assert bound is not None
    assert (bound.label, bound.total_centihours, bound.issued_on) == ("2026-2", 9_000, dt.date(2026, 11, 19))
    assert (rule_set.state, state_of(old.rule_set)) == (State.IN_FORCE, State.SUPERSEDED)
    assert [*AuditLogEntry.objects.order_by("sequence").values_list("action", "actor")] == [
        ("rule_set.draft", studio.writer.pk),
        ("rule_set.submit", studio.writer.pk),
        ("rule_set.issue", studio.second.pk),
        ("rule_set.in_force", None),
    ]


def test_issue_refuses_who_drafted_it(studio: Studio) -> None:
    rule_set = studio.submitted()

    with pytest.raises(rule_sets.SameOfficer):
        studio.issue(rule_set, by=studio.writer)

    assert state_of(rule_set) == State.SUBMITTED


def test_the_database_refuses_one_officer_in_both_parts(studio: Studio) -> None:
    rule_set = studio.submitted()

    with pytest.raises(IntegrityError, match="rule_set_issued_by_a_second"), transaction.atomic():
        RuleSet.objects.filter(pk=rule_set.pk).update(state=State.ISSUED, issued_by=studio.writer, issued_at=NOON)


def test_the_database_refuses_an_issue_nobody_signed(studio: Studio) -> None:
    rule_set = studio.submitted()

    with pytest.raises(IntegrityError, match="rule_set_issue_is_signed"), transaction.atomic():
        RuleSet.objects.filter(pk=rule_set.pk).update(state=State.ISSUED, issued_at=NOON)


def test_issue_refuses_other_figures_than_were_seen(studio: Studio) -> None:
    rule_set = studio.submitted()
    seen = rule_words.digest(rule_set)
    rule_set.requirements.filter(title_level=TitleLevel.JUNIOR).update(total_centihours=7_400)

    with pytest.raises(rule_sets.NotWhatWasSeen):
        studio.issue(rule_set, seen=seen)


def test_issue_twice_is_refused(studio: Studio) -> None:
    rule_set = studio.issued()

    with pytest.raises(rule_sets.StandsElsewhere):
        studio.issue(rule_set)


def test_issue_before_its_day_binds_nobody_yet(studio: Studio, ada: Person) -> None:
    old = make.RequirementFactory()
    rule_set = studio.issued(studio.later(10, total_centihours=9_000))
    assert (rule_set.state, Requirement.objects.binding_person(ada, 2026)) == (State.ISSUED, old)

    with pytest.raises(rule_sets.StandsElsewhere):
        rule_sets.come_into_force(rule_set=rule_set, now=NOON)
    rule_sets.come_into_force(rule_set=rule_set, now=NOON + dt.timedelta(days=10))

    bound = Requirement.objects.binding_person(ada, 2026)
    assert bound is not None
    assert bound.rule_set == rule_set


def test_send_back_gives_the_draft_to_its_writer_with_the_reason(studio: Studio) -> None:
    rule_set = studio.submitted()

    rule_sets.send_back(rule_set=rule_set, reason="公需学时请核对", office=studio.office, by=studio.second, now=NOON)

    rule_set.refresh_from_db()
    assert (rule_set.state, rule_set.reason_text, rule_set.submitted_at) == (State.DRAFT, "公需学时请核对", None)
    rule_sets.rewrite(rule_set=rule_set, draft=a_draft(), office=studio.office, by=studio.writer, now=NOON)


@pytest.mark.parametrize("stands", ["draft", "submitted", "issued"])
def test_withdraw_ends_a_set_that_is_not_in_force(studio: Studio, stands: str) -> None:
    later = studio.later(5)
    rule_set = {"draft": studio.draft, "submitted": studio.submitted, "issued": studio.issued}[stands](later)

    rule_sets.withdraw(rule_set=rule_set, reason="改由市里统一规定", office=studio.office, by=studio.second, now=NOON)

    assert state_of(rule_set) == State.WITHDRAWN
    assert studio.draft().version == rule_set.version + 1


def test_withdraw_refuses_what_is_in_force(studio: Studio) -> None:
    rule_set = studio.issued()

    with pytest.raises(rule_sets.StandsElsewhere):
        rule_sets.withdraw(rule_set=rule_set, reason="错了", office=studio.office, by=studio.second, now=NOON)


def insert(rule_set: RuleSet) -> None:
    RuleSet.objects.filter(pk=rule_set.pk)
    row = rule_set.requirements.first()
    assert row is not None
    row.pk, row.version = None, 99
    row.save()


@pytest.mark.parametrize(
    "change",
    [
        lambda rule_set: rule_set.requirements.update(total_centihours=1),
        lambda rule_set: rule_set.requirements.all().delete(),
        insert,
        lambda rule_set: RuleSet.objects.filter(pk=rule_set.pk).update(effective_on=dt.date(2026, 1, 1)),
        lambda rule_set: RuleSet.objects.filter(pk=rule_set.pk).update(digest="f00d"),
        lambda rule_set: RuleSet.objects.filter(pk=rule_set.pk).update(
            state=State.DRAFT, submitted_at=None, issued_at=None, in_force_at=None
        ),
        lambda rule_set: rule_set.delete(),
    ],
    ids=["row updated", "row deleted", "row added", "day changed", "digest changed", "back to draft", "set deleted"],
)
def test_nothing_issued_can_be_changed(studio: Studio, change: Callable[[RuleSet], Any]) -> None:
    rule_set = studio.issued()

    with pytest.raises(DatabaseError), transaction.atomic():
        change(rule_set)


def test_a_row_cannot_be_slipped_into_an_issued_set(studio: Studio) -> None:
    issued = studio.issued()
    draft = studio.draft()

    with pytest.raises(DatabaseError), transaction.atomic():
        draft.requirements.update(rule_set=issued)


# Inheritance: province → city → county ------------------------------------------------


@pytest.fixture
def province(db: None) -> RuleSet:
    return Studio(make.henan()).issued(total_centihours=9_000, public_centihours=3_000)


def test_a_figure_left_out_is_taken_from_above_and_names_its_origin(province: RuleSet) -> None:
    city = Studio().issued(a_draft({"public_centihours": 2_600}))
    county = Studio(make.lankao()).issued(a_draft({"daily_cap_centihours": 800}))

    row = county.requirements.get(title_level=TitleLevel.JUNIOR)
    said = {name: (figure.value, figure.region_code) for name, figure in row.figures.items()}
    assert said["total_centihours"] == (9_000, "410000")
    assert said["public_centihours"] == (2_600, city.region_id)
    assert said["daily_cap_centihours"] == (800, "410225")


def test_what_was_inherited_stays_when_the_province_changes(province: RuleSet) -> None:
    city = Studio().issued(a_draft({"public_centihours": 2_600}))

    Studio(make.henan()).issued(total_centihours=9_600)

    assert {*city.requirements.values_list("total_centihours", flat=True)} == {9_000}


def test_submit_takes_anew_what_the_province_changed_meanwhile(province: RuleSet) -> None:
    studio = Studio()
    rule_set = studio.draft(a_draft({"public_centihours": 2_600}))
    Studio(make.henan()).issued(total_centihours=9_600)

    rule_sets.submit(rule_set=rule_set, office=studio.office, by=studio.writer, now=NOON)

    assert {*rule_set.requirements.values_list("total_centihours", flat=True)} == {9_600}


def test_draft_refuses_a_figure_that_nobody_states(studio: Studio) -> None:
    own = {name: value for name, value in FIGURES.items() if name != "cutoff_on"}

    with pytest.raises(NothingAbove) as refusal:
        studio.draft(a_draft(own))

    assert refusal.value.names == ("cutoff_on",)
    assert not RuleSet.objects.exists()


def test_points_need_their_worth(studio: Studio) -> None:
    with pytest.raises(IntegrityError, match="rule_set_points_have_their_worth"), transaction.atomic():
        studio.draft(replace(a_draft(), accounting="points"))  # type: ignore[arg-type]
