from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.models import CoursePage
from learning.models import Person
from learning.rules.eligibility import Tier
from learning.rules.requirements import SubjectKind, TitleLevel
from tests.factories import cms as make_cms
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]

Catalogue = Callable[..., list[str]]


@pytest.fixture
def listed(client: Client) -> Catalogue:
    """Ask the catalogue and return the keys it lists."""

    def ask(**query: str) -> list[str]:
        return [row["edition"].course_key for row in client.get("/courses/", query).context["rows"]]

    return ask


def _count(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_catalogue_lists_what_is_published_and_live(listed: Catalogue) -> None:
    make_cms.published(slug="shown")
    make_cms.course_page(slug="draft")
    make_cms.published(slug="taken-down")
    CoursePage.objects.get(slug="taken-down", alias_of=None).unpublish()

    assert listed() == ["shown"]


def test_catalogue_filters_by_subject_base_and_level(listed: Catalogue) -> None:
    city, county = make.BaseFactory(slug="city"), make.BaseFactory(slug="county", tier=Tier.COUNTY)
    make_cms.published(make_cms.course_page(city, slug="public"))
    make_cms.published(
        make_cms.course_page(
            city, slug="juniors", subject_kind=SubjectKind.PROFESSIONAL, target_levels=[TitleLevel.JUNIOR]
        )
    )
    make_cms.published(make_cms.course_page(county, slug="countys", subject_kind=SubjectKind.PROFESSIONAL))

    assert listed(subject="professional", sort="fewest") == ["countys", "juniors"]
    assert listed(base="county") == ["countys"]
    assert listed(level="junior", sort="fewest") == ["countys", "juniors", "public"]
    assert listed(level="intermediate", sort="fewest") == ["countys", "public"]
    assert listed(level="senior_full") == ["public"]
    assert listed(subject="nonsense", level="nonsense", sort="nonsense", page="9999") != []


def test_catalogue_finds_chinese_words_and_all_of_them(listed: Catalogue) -> None:
    make_cms.published(slug="safety", title="患者安全与感染控制", goals_zh="洗手")
    make_cms.published(slug="other", title="结构抗震", title_en="Seismic design", summary_en="Steel", teacher_zh="李明")

    assert listed(q="感染") == ["safety"]
    assert listed(q="洗手") == ["safety"]
    assert listed(q="感染 洗手") == ["safety"]
    assert listed(q="感染 抗震") == []
    assert listed(q="染患") == []
    assert listed(q="seismic") == ["other"]
    assert listed(q="李明") == ["other"]
    assert listed(q="%") == []


def test_catalogue_orders_by_hours(listed: Catalogue) -> None:
    make_cms.published(slug="long", approved_centihours=400)
    make_cms.published(slug="short", approved_centihours=100)

    assert listed(sort="fewest") == ["short", "long"]
    assert listed(sort="most") == ["long", "short"]


def test_catalogue_pages_keep_the_filters(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.models.course_index.COURSES_PER_PAGE", 1)
    make_cms.published()
    make_cms.published()

    shown = client.get("/courses/?subject=public").content.decode()

    assert "?subject=public&amp;page=2" in shown


def test_empty_catalogue_offers_to_loosen_each_filter(client: Client) -> None:
    shown = client.get("/courses/", {"q": "无此课", "subject": "public"}).content.decode()

    assert 'href="?subject=public"' in shown
    assert 'href="?q=%E6%97%A0%E6%AD%A4%E8%AF%BE"' in shown


def test_catalogue_asks_as_much_for_three_courses_as_for_one(client: Client, ada: Person) -> None:
    client.force_login(ada)
    make_cms.published()
    one = _count(client, "/courses/")

    make_cms.published()
    make_cms.published()

    assert _count(client, "/courses/") == one
