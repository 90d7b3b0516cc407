"""What a draft would change: for whom, and against the versions before it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from learning.models import AnnualRecord, Person
from tests.factories import learning as make
from tests.factories.rules import Studio

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio(db: None) -> Studio:
    return Studio()


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def english(client: Client, name: str, *args: object, query: str = "") -> Any:
    with translation.override("en"):
        return client.get(reverse(name, args=args) + query)


def year_of(person: Person, public: int, professional: int) -> AnnualRecord:
    return AnnualRecord.objects.create(
        person=person,
        year=2026,
        requirement=make.RequirementFactory(),
        confirmed_public_centihours=public,
        pending_professional_centihours=professional,
    )


def test_simulation_counts_and_lists_whom_a_draft_changes(studio: Studio, ada: Person) -> None:
    year_of(ada, 2_600, 6_000)
    rule_set = studio.draft(total_centihours=9_000)
    client = signed_in(studio.writer)

    page = english(client, "learning:rule-simulation", rule_set.pk)

    assert dict(page.context["counts"])["more_to_study"] == 1
    assert page.context["outcome"] == "more_to_study"
    assert "Ada" in page.text
    assert "4.0" in page.text
    assert english(client, "learning:rule-set", rule_set.pk).context["counts"] == page.context["counts"]


def test_simulation_names_nobody_whom_a_bureau_below_answers_for(studio: Studio, ada: Person) -> None:
    below = Studio(make.lankao())
    year_of(ada, 2_600, 6_000)
    for number in range(2):
        year_of(make.PersonFactory(full_name=f"周{number}", region=below.region), 2_600, 6_000)
    rule_set = studio.draft(total_centihours=9_000)

    page = english(signed_in(studio.writer), "learning:rule-simulation", rule_set.pk)

    assert dict(page.context["counts"])["more_to_study"] == 3, "all whom it binds are counted"
    assert [row.person for row, _gap in page.context["people"]] == [ada]
    assert page.context["page"].paginator.count == 1
    assert "周" not in page.text
    assert "2 of them answer to bureaus below this office" in page.text


def test_simulation_of_people_all_below_is_no_empty_answer(studio: Studio) -> None:
    below = Studio(make.lankao())
    year_of(make.PersonFactory(region=below.region), 2_600, 6_000)
    rule_set = studio.draft(total_centihours=9_000)

    page = english(signed_in(studio.writer), "learning:rule-simulation", rule_set.pk)

    assert "1 of them answers to a bureau below this office" in page.text
    assert "No year would change in this way" not in page.text


def test_simulation_of_nobody_says_so(studio: Studio) -> None:
    rule_set = studio.draft()

    page = english(signed_in(studio.writer), "learning:rule-simulation", rule_set.pk, query="?outcome=nonsense&page=7")

    assert "No year would change in this way" in page.text


def test_simulation_costs_as_many_queries_for_one_as_for_three(
    studio: Studio, ada: Person, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    year_of(ada, 2_600, 6_000)
    rule_set = studio.draft(total_centihours=9_000)
    client, path = signed_in(studio.writer), f"/bureau/rules/{rule_set.pk}/simulation/"
    with django_assert_max_num_queries(25) as first:
        client.get(path)

    for _number in range(2):
        year_of(make.PersonFactory(), 2_600, 6_000)

    with django_assert_num_queries(len(first)):
        assert client.get(path).context["page"].paginator.count == 3


def test_comparison_names_what_changed_in_words(studio: Studio) -> None:
    studio.issued()
    rule_set = studio.draft(total_centihours=9_000)

    page = english(signed_in(studio.writer), "learning:rule-comparison", rule_set.pk)

    assert (page.context["other"].label, page.context["changed_count"]) == ("2026-1", 4)
    changed = [row for row in page.context["rows"] if row.is_changed]
    assert {(row.name, row.before.value, row.after.value) for row in changed} == {("total_centihours", 8_600, 9_000)}
    assert "changed</b>" in page.text


def test_comparison_of_the_only_version_says_so(studio: Studio) -> None:
    rule_set = studio.draft()

    assert "only version" in english(signed_in(studio.writer), "learning:rule-comparison", rule_set.pk).text
