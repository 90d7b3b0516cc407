"""The promotion check page (R16, R17, R21, R22), and what the rules page asks of whoever reads it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from learning.actions import waivers
from learning.models import AnnualRecord, Organisation, Person
from learning.rules.promotion import Standing, Verdict
from learning.rules.requirements import PromotionTrack
from learning.tasks import close_due_years
from tests.factories import clock
from tests.factories import learning as make
from tests.factories.rules import Studio
from tests.factories.waivers import leave
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db


def last_year(person: Person, **facts: Any) -> Year:
    rule = make.RequirementFactory(year=2025, cutoff_on=dt.date(2025, 12, 31))
    return fulfilled_year(person=person, requirement=rule, now=make.NOON - dt.timedelta(days=365), **facts)


def page_of(person: Person, query: str = "") -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/en/me/promotion/{query}")


def standing(page: Any, year: int = 2025) -> Standing:
    found: Standing = next(row.standing for row, _certificate in page.context["rows"] if row.year == year)
    return found


def test_promotion_names_the_certificate_of_a_year_that_stands(ada: Person) -> None:
    year = last_year(ada)

    page = page_of(ada)

    assert [row.year for row, _certificate in page.context["rows"]] == [2025, 2024, 2023, 2022, 2021]
    assert standing(page) == Standing.CERTIFIED
    assert year.certificate.serial in page.text
    assert page.context["verdict"] == Verdict.UNKNOWN
    assert "bring the certificate of those years" in page.text


def test_r16_hours_of_a_county_base_do_not_count_upwards(ada: Person) -> None:
    last_year(ada)
    Organisation.objects.filter(kind="base").update(tier="county")

    upwards, junior = page_of(ada), page_of(ada, f"?track={PromotionTrack.JUNIOR_TO_INTERMEDIATE}")

    assert (standing(upwards), upwards.context["verdict"]) == (Standing.TIER_TOO_LOW, Verdict.NOT_YET)
    assert "88.0 hours were organised below municipal level" in upwards.text
    assert standing(junior) == Standing.CERTIFIED


def county_year(year: int, *, tier: str = "municipal", **facts: Any) -> Year:
    """A year of somebody of Lankao, whose bureau is the county's; studied at a base of this tier."""
    person = facts.pop("person", None) or make.PersonFactory(region=make.lankao())
    caps = {"carry_public_centihours": 500, "carry_professional_centihours": 500, "leave_from_months": 3}
    rule = make.RequirementFactory(region=make.lankao(), year=year, cutoff_on=dt.date(year, 12, 31), **caps)
    bureau = Organisation.objects.filter(kind="bureau").first() or make.BureauFactory(
        region=make.lankao(), tier="county"
    )
    return fulfilled_year(
        person=person, requirement=rule, bureau=bureau, base=make.BaseFactory(tier=tier),
        now=make.NOON.replace(year=year), **facts,
    )  # fmt: skip


def test_r16_hours_the_county_s_bureau_waived_are_nobody_s_training(db: None) -> None:
    year = county_year(2025, public_centihours=2_000, professional_centihours=4_500)
    at = make.NOON.replace(year=2025)
    colleague = make.MembershipFactory(organisation=year.bureau, role="officer").person
    asked = waivers.ask(person=year.person, year=2025, asked=leave("2025-02-01", "2025-04-30"), now=at)
    waivers.check(asked=asked, by=year.officer, reason_text="", now=at, seen=0)
    waivers.grant(asked=asked, by=colleague, now=at, seen=1)

    assert standing(page_of(year.person)) == Standing.CERTIFIED


@pytest.mark.parametrize(("tier", "expected"), [("municipal", Standing.CERTIFIED), ("county", Standing.TIER_TOO_LOW)])
def test_r16_hours_carried_over_are_as_the_year_before_was_organised(db: None, tier: str, expected: Standing) -> None:
    before = county_year(2024, tier=tier, public_centihours=2_600, professional_centihours=6_400)
    make.RequirementFactory(region=make.lankao(), year=2025, cutoff_on=dt.date(2025, 12, 31))
    with clock.standing(make.NOON.replace(year=2025, month=1)):
        close_due_years()
    county_year(2025, person=before.person, public_centihours=2_600, professional_centihours=5_700)

    assert standing(page_of(before.person)) == expected


def test_r22_a_year_without_its_hours_stands_in_the_way(ada: Person) -> None:
    last_year(ada, stop_at="audited")

    page = page_of(ada)

    assert (standing(page), page.context["verdict"]) == (Standing.SHORT, Verdict.NOT_YET)
    assert "86.0 hours are missing" in page.text
    assert "0 of 5 years are in order" in page.text


def test_r21_a_revoked_certificate_is_none(ada: Person) -> None:
    year = last_year(ada)
    type(year.certificate).objects.update(revoked_at=make.NOON, revocation_reason="fraud")

    assert standing(page_of(ada)) == Standing.AWAITS_CERTIFICATE


@pytest.mark.parametrize(
    ("level", "own", "expected"),
    [
        ("intermediate", "", PromotionTrack.INTERMEDIATE_TO_ASSOCIATE),
        ("junior", "", PromotionTrack.JUNIOR_TO_INTERMEDIATE),
        ("senior_associate", "", PromotionTrack.ASSOCIATE_TO_FULL),
        ("senior_full", "", PromotionTrack.ASSOCIATE_TO_FULL),
        ("intermediate", "assoc_to_full", PromotionTrack.ASSOCIATE_TO_FULL),
        ("", "", PromotionTrack.JUNIOR_TO_INTERMEDIATE),
    ],
)
def test_promotion_begins_with_the_person_s_own_track(level: str, own: str, expected: PromotionTrack) -> None:
    person = make.PersonFactory(title_level=level, promotion_track=own)

    assert page_of(person, "?track=nonsense").context["track"] == expected


def test_promotion_costs_as_many_queries_for_one_year_as_for_three(
    ada: Person, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = Client()
    client.force_login(ada)
    rules = [make.RequirementFactory(year=year, cutoff_on=dt.date(year, 12, 31)) for year in (2023, 2024, 2025)]
    AnnualRecord.objects.create(person=ada, year=2025, requirement=rules[2])
    with django_assert_max_num_queries(20) as first:
        client.get("/me/promotion/")

    for rule in rules[:2]:
        AnnualRecord.objects.create(person=ada, year=rule.year, requirement=rule)

    with django_assert_num_queries(len(first)):
        client.get("/me/promotion/")


# The rules page, for whoever is signed in ------------------------------------------------


def rules_page(person: Person) -> Any:
    client = Client()
    client.force_login(person)
    return client.get("/en/rules/2026/")


def test_rules_tell_the_reader_what_is_left_and_why(ada: Person, requirement: Any) -> None:
    AnnualRecord.objects.create(
        person=ada, year=2026, requirement=requirement, confirmed_public_centihours=1_400,
        confirmed_professional_centihours=3_850, pending_public_centihours=600, pending_professional_centihours=900,
    )  # fmt: skip

    page = rules_page(ada)

    assert "Kaifeng asks 86 hours of you" in page.text
    assert "18.5 are left to study, 6.0 of them public." in page.text
    assert [row.lacking_centihours for row in page.context["own"].tests] == [1_850, 600]


def test_rules_say_when_nothing_is_left(ada: Person, requirement: Any) -> None:
    AnnualRecord.objects.create(
        person=ada,
        year=2026,
        requirement=requirement,
        confirmed_public_centihours=2_600,
        pending_professional_centihours=6_000,
    )

    assert "nothing more to do" in rules_page(ada).text


def test_rules_ask_nothing_of_a_stranger(client: Client, requirement: Any) -> None:
    assert client.get("/rules/2026/").context["own"] is None


def test_rules_show_no_draft_to_anyone(ada: Person, requirement: Any) -> None:
    Studio().submitted(total_centihours=9_000)

    assert rules_page(ada).context["requirement"] == requirement
