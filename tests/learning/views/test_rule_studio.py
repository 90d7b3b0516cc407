"""The rule studio: drafted, simulated, submitted and issued through its pages; another region's sets are not there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from learning.actions import rule_words
from learning.models import Person, RuleSet
from tests.factories import learning as make
from tests.factories.rules import Studio, a_draft, written

pytestmark = pytest.mark.django_db
State = RuleSet.State


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


def test_a_set_goes_from_draft_to_force_through_the_pages(studio: Studio) -> None:
    writer, second = signed_in(studio.writer), signed_in(studio.second)
    begun = writer.post("/bureau/rules/", {"region": studio.region.pk, "year": "2026"})
    rule_set = RuleSet.objects.get()
    assert begun["Location"] == f"/bureau/rules/{rule_set.pk}/edit/"
    here = f"/bureau/rules/{rule_set.pk}/"

    assert writer.post(f"{here}edit/", written())["Location"] == here
    assert writer.post(here, {"do": "submit"})["Location"] == here
    seen = second.get(here).context["digest"]
    second.post(here, {"do": "issue", "seen": seen})

    rule_set.refresh_from_db()
    row = rule_set.requirements.get(title_level="junior")
    assert (rule_set.state, rule_set.issued_by) == (State.ISSUED, studio.second)
    assert (row.total_centihours, row.public_centihours, row.hour_seconds) == (8_600, 2_650, 2_700)
    assert (row.professional_share_numerator, row.professional_share_denominator) == (2, 3)
    assert (row.daily_cap_centihours, row.review_rate_percent, row.inherited) == (None, 200, {})


def test_edit_shows_what_was_saved_as_it_is_typed(studio: Studio) -> None:
    rule_set = studio.draft(hour_seconds=30, professional_share=(2, 3))
    page = signed_in(studio.writer).get(reverse("learning:rule-set-edit", args=[rule_set.pk]))

    form = page.context["form"]
    shown = {name: form[name].value() for name in ("hour_seconds", "junior-professional_share", "rounding_centihours")}
    assert shown == {"hour_seconds": "0.5", "junior-professional_share": "2/3", "rounding_centihours": "0.1"}


def test_edit_takes_an_empty_figure_from_the_region_above(studio: Studio) -> None:
    Studio(make.henan()).issued(total_centihours=9_000)
    rule_set = studio.draft()
    client = signed_in(studio.writer)
    assert "Empty: as in Henan, 90.0 h." in english(client, "learning:rule-set-edit", rule_set.pk).text

    client.post(f"/bureau/rules/{rule_set.pk}/edit/", written(**{"junior-total_centihours": ""}))

    assert rule_set.requirements.get(title_level="junior").inherited == {"total_centihours": "410000"}
    page = english(client, "learning:rule-set", rule_set.pk).text
    assert "from Henan" in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"junior-public_centihours": "90"}, "junior-public_centihours", "Public hours cannot exceed"),
        ({"junior-professional_share": "3/2"}, "junior-professional_share", "at most the whole"),
        ({"junior-professional_share": "2:3"}, "junior-professional_share", "such as 2/3"),
        ({"junior-public_centihours": "40"}, "junior-professional_share", "together exceed"),
        ({"junior-total_centihours": ""}, "junior-total_centihours", "state it here"),
        ({"cutoff_on": ""}, "cutoff_on", "state it here"),
        ({"cutoff_on": "2024-12-31"}, "cutoff_on", "lies in the year"),
        ({"hour_seconds": "0"}, "hour_seconds", "must have a length"),
        ({"check_min_s": "2000"}, "check_max_s", "not shorter"),
        ({"review_rate_percent": "0.5"}, "review_rate_percent", "at least 1.0"),
        ({"accounting": "points"}, "point_hours", "how many hours a point"),
        ({"source": ""}, "source", "required"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_edit_names_each_mistake_beside_its_field(
    studio: Studio, changes: dict[str, str], field: str, words: str
) -> None:
    rule_set = studio.draft()

    page = signed_in(studio.writer).post(f"/en/bureau/rules/{rule_set.pk}/edit/", written(**changes))

    assert page.status_code == 422
    assert any(words in error for error in page.context["form"].errors[field])
    assert f'href="#id_{field}"' in page.text
    assert rule_set.requirements.filter(public_centihours=2_600).count() == 4


def test_points_are_told_in_words(studio: Studio) -> None:
    rule_set = studio.draft()
    client = signed_in(studio.writer)
    client.post(f"/bureau/rules/{rule_set.pk}/edit/", written(accounting="points", point_hours="10"))

    page = english(client, "learning:rule-set", rule_set.pk).text

    assert "in points: 1 point is 10 hours" in page
    assert "8.6 points" in page


def test_who_drafted_is_told_why_they_cannot_issue(studio: Studio) -> None:
    rule_set = studio.submitted()
    client = signed_in(studio.writer)

    page = english(client, "learning:rule-set", rule_set.pk).text
    answer = client.post(f"/bureau/rules/{rule_set.pk}/", {"do": "issue", "seen": rule_words.digest(rule_set)})

    assert "a second officer of your office issues it" in page
    assert 'value="issue"' not in page
    assert (answer.status_code, RuleSet.objects.get().state) == (403, State.SUBMITTED)


def test_issue_of_another_digest_does_nothing_and_says_so(studio: Studio) -> None:
    rule_set = studio.submitted()

    page = signed_in(studio.second).post(
        f"/en/bureau/rules/{rule_set.pk}/", {"do": "issue", "seen": "f00d"}, follow=True
    )

    assert "The version changed meanwhile" in page.text
    assert RuleSet.objects.get().state == State.SUBMITTED


@pytest.mark.parametrize("act", ["send_back", "withdraw"])
def test_a_reason_is_owed_and_shown(studio: Studio, act: str) -> None:
    rule_set = studio.submitted()
    client, here = signed_in(studio.second), f"/en/bureau/rules/{rule_set.pk}/"

    assert client.post(here, {"do": act, "reason": " "}).status_code == 422
    page = client.post(here, {"do": act, "reason": "请核对公需学时"}, follow=True).text

    assert "请核对公需学时" in page
    assert RuleSet.objects.get().state == (State.DRAFT if act == "send_back" else State.WITHDRAWN)


def test_begin_twice_leads_to_the_coming_version(studio: Studio) -> None:
    client, said = signed_in(studio.second), {"region": studio.region.pk, "year": "2026"}
    coming = studio.draft()

    assert client.post("/bureau/rules/", said)["Location"] == f"/bureau/rules/{coming.pk}/"


def test_begin_for_next_year_moves_the_cut_off_along(studio: Studio) -> None:
    studio.issued()

    signed_in(studio.writer).post("/bureau/rules/", {"region": studio.region.pk, "year": "2027"})

    rule_set = RuleSet.objects.get(year=2027)
    assert rule_set.effective_on == dt.date(2027, 1, 1)
    assert {*rule_set.requirements.values_list("cutoff_on", flat=True)} == {dt.date(2027, 12, 31)}


def test_another_region_s_sets_are_not_there(studio: Studio) -> None:
    theirs = Studio(make.lankao()).submitted()
    client = signed_in(studio.writer)

    assert "2026-1" not in client.get("/bureau/rules/").text
    for name in ("rule-set", "rule-set-edit", "rule-simulation", "rule-comparison"):
        assert client.get(reverse(f"learning:{name}", args=[theirs.pk])).status_code == 404, name
    assert client.post(f"/bureau/rules/{theirs.pk}/", {"do": "withdraw", "reason": "x"}).status_code == 404
    begun = client.post("/bureau/rules/", {"region": "410225", "year": "2027"})
    assert (begun.status_code, RuleSet.objects.filter(year=2027).exists()) == (422, False)


def test_comparison_with_another_region_s_set_is_not_there(studio: Studio) -> None:
    ours, theirs = studio.draft(), Studio(make.lankao()).draft()

    client = signed_in(studio.writer)

    assert client.get(f"/bureau/rules/{ours.pk}/comparison/?with={theirs.pk}").status_code == 404


def test_who_makes_no_rules_finds_no_studio(ada: Person) -> None:
    assert signed_in(ada).get("/bureau/rules/").status_code == 404


def test_list_filters_by_year_and_state_is_in_words(studio: Studio) -> None:
    studio.issued()
    studio.draft(a_draft(cutoff_on=dt.date(2027, 12, 31)), year=2027)
    client = signed_in(studio.writer)

    everything = english(client, "learning:rule-studio").text
    one_year = english(client, "learning:rule-studio", query="?year=2027").text

    assert ("In force" in everything, ">2026-1<" in everything) == (True, True)
    assert (">2027-1<" in one_year, ">2026-1<" in one_year) == (True, False)


@pytest.mark.parametrize("query", ["?year=x&region=y", "?page=99", "?year=1999", "?region=410225"])
def test_list_answers_any_question(studio: Studio, query: str) -> None:
    assert signed_in(studio.writer).get(f"/bureau/rules/{query}").status_code == 200


def test_list_costs_as_many_queries_for_one_set_as_for_three(
    studio: Studio, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(studio.writer)
    studio.issued()
    with django_assert_max_num_queries(20) as first:
        client.get("/bureau/rules/")

    studio.issued()
    studio.issued()

    with django_assert_num_queries(len(first)):
        client.get("/bureau/rules/")
