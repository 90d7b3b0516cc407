"""The rules page: what a year asks of whom, in the regulation's words."""

import pytest
from django.test import Client

from learning.models import Person, Region
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make

pytestmark = pytest.mark.django_db


def test_rules_open_at_the_present_year(client: Client, requirement: object) -> None:
    assert client.get("/rules/")["Location"] == "/rules/2026/"


def test_rules_quote_the_article_the_version_and_the_hour(client: Client, requirement: object) -> None:
    page = client.get("/rules/2026/").text

    assert "≥ 86" in page
    assert "≥ 26" in page
    assert "不少于86学时" in page
    assert "2026-1" in page
    assert "30 秒 · 演示用" in page


def test_rules_of_a_real_hour_make_no_excuse(client: Client) -> None:
    make.RequirementFactory(hour_seconds=2_700)

    page = client.get("/rules/2026/").text

    assert "45 分钟" in page
    assert "演示用" not in page


def test_rules_show_the_level_asked_for(client: Client, requirement: object) -> None:
    make.RequirementFactory(title_level=TitleLevel.JUNIOR, total_centihours=7_400, public_centihours=2_200)

    page = client.get("/rules/2026/?level=junior").text

    assert "≥ 74" in page
    assert "≥ 86" not in page


def test_rules_begin_with_the_learners_own(client: Client, ada: Person) -> None:
    make.RequirementFactory()
    make.RequirementFactory(region=make.lankao(), total_centihours=7_000)
    client.force_login(ada)
    assert "≥ 86" in client.get("/rules/2026/").text

    Person.objects.filter(pk=ada.pk).update(region=make.lankao())
    assert "≥ 70" in client.get("/rules/2026/").text


def test_rules_with_a_share_name_the_professional_minimum(client: Client) -> None:
    nation = Region.objects.create(code="000000", name_zh="全国", name_en="Nation")
    make.RequirementFactory(
        region=nation, total_centihours=9_000, professional_share_numerator=2, professional_share_denominator=3
    )

    assert "≥ 60" in client.get("/rules/2026/?region=000000").text


def test_rules_show_the_newest_version_and_list_the_earlier(client: Client, requirement: object) -> None:
    make.RequirementFactory(version=2, total_centihours=8_800)

    page = client.get("/rules/2026/").text

    assert "≥ 88" in page
    assert page.index("2026-2") < page.index("2026-1")


@pytest.mark.parametrize("query", ["?level=king", "?region=999999", "?level=&region="])
def test_rules_answer_any_question(client: Client, requirement: object, query: str) -> None:
    assert client.get(f"/rules/2026/{query}").status_code == 200


def test_rules_of_a_year_without_rules_are_not_found(client: Client, requirement: object) -> None:
    assert client.get("/rules/1999/").status_code == 404


def test_rules_without_any_rule_at_a_level_say_so(client: Client, requirement: object) -> None:
    assert "没有单独的规则" in client.get("/rules/2026/?level=senior_full").text
