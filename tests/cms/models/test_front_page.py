from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from wagtail.models import Collection, Locale, Page, Site

from cms.demo import prose
from tests.factories import cms as make_cms
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]

Catalogue = Callable[..., list[str]]


def test_site_is_laid_in_two_languages_and_once() -> None:
    make_cms.lay_site()

    assert Page.find_problems() == ([], [], [], [], [])
    assert Page.objects.filter(depth__gt=1).count() == 8
    assert set(Locale.objects.values_list("language_code", flat=True)) == {"zh-hans", "en"}


def test_site_is_laid_anew_where_nothing_is_left(client: Client) -> None:
    Site.objects.all().delete()
    Page.objects.all().delete()
    Collection.objects.all().delete()
    Locale.objects.all().delete()

    make_cms.lay_site()

    assert Page.find_problems() == ([], [], [], [], [])
    make_cms.published(slug="ethics")
    assert client.get("/en/courses/ethics/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/courses/", "/notices/", "/help/"])
@pytest.mark.parametrize(("prefix", "lang"), [("", "zh-Hans"), ("/en", "en")])
def test_pages_open_in_both_languages_even_when_empty(client: Client, prefix: str, lang: str, path: str) -> None:
    answer = client.get(prefix + path)

    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.content.decode()


def test_front_page_shows_topics_of_the_year_and_newest_notices(client: Client) -> None:
    edition = make_cms.published(slug="ethics")
    prose.build(make.NOON)

    front = client.get("/")

    assert [door.topic for door in front.context["topics"]] == [edition.topic]
    assert len(front.context["notices"]) == 3
    assert 'name="code"' in front.content.decode()
