"""What the offices owe, as the rule sets in force say it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning.actions import office_terms, rule_words
from learning.ledger_check import facts
from learning.ledger_check.canonical import sha256_of
from learning.rules.figures import OFFICE_FIGURES
from learning.rules.office_terms import UNSAID
from tests.factories import guards, runs
from tests.factories import learning as make
from tests.factories.offices import Office
from tests.factories.rules import FIGURES, Studio, a_draft

pytestmark = pytest.mark.django_db
KAIFENG, LANKAO, HENAN = "410200", "410225", "410000"


def above(region: str, *years: int) -> int:
    return office_terms.of_region(region, years).second_officer_above


def test_a_region_without_a_rule_has_the_default() -> None:
    make.RequirementFactory(second_officer_above=7)

    assert office_terms.by_place({("420000", 2026), (KAIFENG, 2031)}) == {
        ("420000", 2026): UNSAID,
        (KAIFENG, 2031): UNSAID,
    }


def test_the_nearest_region_and_its_highest_version_bind() -> None:
    make.lankao()
    make.RequirementFactory(region=make.henan(), second_officer_above=100)
    assert (above(KAIFENG, 2026), above(LANKAO, 2026)) == (100, 100)

    make.RequirementFactory(second_officer_above=40)
    make.RequirementFactory(version=2, second_officer_above=20)
    assert (above(HENAN, 2026), above(KAIFENG, 2026), above(LANKAO, 2026)) == (100, 20, 20)


def test_of_several_years_and_levels_the_strictest_binds() -> None:
    make.RequirementFactory(second_officer_above=30)
    make.RequirementFactory(second_officer_above=25, title_level="junior")
    make.RequirementFactory(second_officer_above=40, year=2025, cutoff_on=dt.date(2025, 12, 31))

    assert (above(KAIFENG, 2026), above(KAIFENG, 2025), above(KAIFENG, 2025, 2026)) == (25, 40, 25)
    assert above(KAIFENG, 2024, 2025) == 40


def test_a_draft_binds_no_office() -> None:
    studio = Studio()
    studio.submitted(second_officer_above=1)

    assert above(KAIFENG, 2026) == UNSAID.second_officer_above


def test_a_city_takes_the_figures_from_its_province_and_says_so() -> None:
    Studio(make.henan()).issued(second_officer_above=12, audit_working_days=3)
    own = {name: value for name, value in FIGURES.items() if not name.endswith("_working_days")}
    own.pop("second_officer_above")
    city = Studio().issued(a_draft(own))

    row = city.requirements.get(title_level="junior")
    names = {"second_officer_above", "audit_working_days", "confirm_working_days"}
    assert row.inherited == dict.fromkeys(names, HENAN)
    assert office_terms.of_region(KAIFENG, [2026]).audit_working_days == 3


def test_reading_costs_two_queries_however_many_places() -> None:
    make.RequirementFactory()
    make.lankao()
    for places in ({(KAIFENG, 2026)}, {(KAIFENG, 2026), (LANKAO, 2026), (HENAN, 2025)}):
        with CaptureQueriesContext(connection) as queries:
            office_terms.by_place(places)
        assert len(queries) == 2


def test_a_run_freezes_what_the_rules_say_when_it_is_drafted() -> None:
    office = Office(entries=3)
    office.approved()
    guards.rewrite_rules(second_officer_above=2)
    run = runs.drafted(office)
    make.RequirementFactory(version=3, second_officer_above=500)

    run.refresh_from_db()
    assert (run.second_officer_above, run.needs_second) == (2, True)


def test_a_set_that_says_no_more_than_before_keeps_its_digest() -> None:
    """What was issued before these were figures must still hold; another figure is words of its own."""
    rule_set = Studio().submitted()
    digests = []
    for stated in (set[str](), {"confirm_working_days"}):
        guards.rewrite_rules(**dict.fromkeys(stated, 9))
        words = facts.words_of_rule_set(rule_set)
        assert {name for name in OFFICE_FIGURES if f"'{name}'" in str(words)} == stated
        assert rule_words.digest(rule_set) == sha256_of(words)
        digests.append(sha256_of(words))
    assert len(set(digests)) == len(digests)
