"""What a new version begins from: the newest rules, else the region above, else nothing asked yet."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.actions import rule_drafts, rule_sets
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.rules import FIGURES, Studio, a_draft

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def test_first_draft_repeats_the_newest_rules() -> None:
    studio = Studio()
    studio.issued(total_centihours=8_800)

    draft = rule_drafts.first_draft(region=studio.region, year=2026, today=TODAY)

    assert draft.effective_on == TODAY
    assert dict(draft.levels[TitleLevel.JUNIOR].own) == FIGURES | {"total_centihours": 8_800}
    assert draft.source == "汴人社〔2026〕1号"


def test_first_draft_of_another_year_moves_the_cut_off_along() -> None:
    studio = Studio()
    studio.issued(cutoff_on=dt.date(2027, 4, 30))

    draft = rule_drafts.first_draft(region=studio.region, year=2027, today=TODAY)

    assert draft.effective_on == dt.date(2027, 1, 1)
    assert draft.levels[TitleLevel.JUNIOR].own["cutoff_on"] == dt.date(2028, 4, 30)


def test_first_draft_moves_the_end_of_february_as_the_month_ends() -> None:
    studio = Studio()
    studio.issued(year=2023, draft=a_draft(cutoff_on=dt.date(2024, 2, 29)))

    draft = rule_drafts.first_draft(region=studio.region, year=2024, today=TODAY)

    assert draft.levels[TitleLevel.JUNIOR].own["cutoff_on"] == dt.date(2025, 2, 28)


def test_first_draft_repeats_only_what_the_region_states_itself() -> None:
    Studio(make.henan()).issued(total_centihours=9_000)
    studio = Studio()
    studio.issued(a_draft({"public_centihours": 2_600}))

    draft = rule_drafts.first_draft(region=studio.region, year=2026, today=TODAY)

    assert [dict(said.own) for said in draft.levels.values()] == [{"public_centihours": 2_600}] * len(TitleLevel)


def test_first_draft_below_a_province_leaves_all_to_it_and_quotes_its_article() -> None:
    Studio(make.henan()).issued()

    draft = rule_drafts.first_draft(region=make.kaifeng(), year=2026, today=TODAY)

    level = draft.levels[TitleLevel.JUNIOR]
    assert (dict(level.own), level.article_zh) == ({}, "每年不少于规定学时。")


def test_first_draft_where_nobody_rules_can_be_kept_but_not_submitted() -> None:
    studio = Studio()
    draft = rule_drafts.first_draft(region=studio.region, year=2026, today=TODAY)
    rule_set = studio.draft(draft)

    with pytest.raises(rule_sets.Faulty):
        rule_sets.submit(rule_set=rule_set, office=studio.office, by=studio.writer, now=NOON)
