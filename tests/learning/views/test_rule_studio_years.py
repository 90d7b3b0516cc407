"""The rule studio's figures of what follows a year: written, refused, and no burden on sets from before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from learning import tasks
from learning.actions import rule_words
from learning.models import AnnualRecord, Person, RuleSet
from tests.factories import clock
from tests.factories import learning as make
from tests.factories.rules import Studio, written

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


def test_edit_takes_what_follows_the_year_and_a_dash_for_none(studio: Studio) -> None:
    rule_set = studio.draft()
    client = signed_in(studio.writer)
    said = {
        "grace_days": "30", "makeup_until_on": "2027-04-30", "carry_professional_centihours": "5",
        "prorates_part_year": "yes", "leave_from_months": "3", "leave_whole_months": "10",
    }  # fmt: skip

    answer = client.post(f"/bureau/rules/{rule_set.pk}/edit/", written(**said))

    assert answer.status_code == 302
    row = rule_set.requirements.get(title_level="junior")
    assert (row.grace_days, row.makeup_until_on) == (30, dt.date(2027, 4, 30))
    assert (row.carry_professional_centihours, row.carry_public_centihours) == (500, 0)
    assert (row.leave_from_months, row.leave_whole_months, row.prorates_part_year) == (3, 10, True)
    page = english(client, "learning:rule-set-edit", rule_set.pk).text
    assert 'value="2027-04-30"' in page
    client.post(f"/bureau/rules/{rule_set.pk}/edit/", written())
    row.refresh_from_db()
    assert (row.grace_days, row.makeup_until_on, row.leave_from_months) == (None, None, None)


def test_the_year_before_may_still_be_ruled_and_its_open_years_follow(studio: Studio, ada: Person) -> None:
    """What pages tell whose hours came too late: the office may give the year that is over more days of grace."""
    rule = make.RequirementFactory(grace_days=0)
    AnnualRecord.objects.create(person=ada, year=2026, requirement=rule)
    writer, second = signed_in(studio.writer), signed_in(studio.second)
    with clock.standing(make.NOON.replace(year=2027, month=2)):
        begun = writer.post("/bureau/rules/", {"region": studio.region.pk, "year": "2026"})
        assert begun.status_code == 302
        rule_set = RuleSet.objects.coming().get()
        here = f"/bureau/rules/{rule_set.pk}/"
        writer.post(f"{here}edit/", written(grace_days="90", effective_on="2027-02-19"))
        writer.post(here, {"do": "submit"})
        second.post(here, {"do": "issue", "seen": second.get(here).context["digest"]})
        tasks.bring_rules_into_force()

    assert AnnualRecord.objects.get(person=ada).requirement.grace_days == 90


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"makeup_until_on": "2026-12-31"}, "makeup_until_on", "ends after the cut-off"),
        ({"makeup_until_on": "2028-01-01"}, "makeup_until_on", "ends after the cut-off"),
        ({"makeup_until_on": "soon"}, "makeup_until_on", "Enter a valid date"),
        ({"leave_from_months": "6", "leave_whole_months": "5"}, "leave_whole_months", "not waived for less"),
        ({"leave_whole_months": "5"}, "leave_whole_months", "not waived for less"),
        ({"leave_from_months": "13"}, "leave_from_months", "Give 12 or less"),
    ],
)
def test_edit_refuses_what_cannot_follow_a_year(studio: Studio, said: dict[str, str], field: str, words: str) -> None:
    rule_set = studio.draft()
    client = signed_in(studio.writer)

    with translation.override("en"):
        answer = client.post(reverse("learning:rule-set-edit", args=[rule_set.pk]), written(**said))

        assert words in str(answer.context["form"].errors[field])
    assert answer.status_code == 422


def test_a_set_from_before_these_figures_keeps_its_digest(studio: Studio) -> None:
    rule_set = studio.draft()
    before = rule_words.digest(rule_set)

    rule_set.requirements.update(grace_days=30)

    assert rule_words.digest(rule_set) != before
    rule_set.requirements.update(grace_days=None)
    assert rule_words.digest(rule_set) == before
