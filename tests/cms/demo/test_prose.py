from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from cms.demo import prose
from cms.demo.notice_texts import notices
from cms.models import HelpPage, NoticePage
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]

Catalogue = Callable[..., list[str]]


def test_demo_prose_is_written_once_and_translated() -> None:
    prose.build(make.NOON)
    prose.build(make.NOON)

    assert (NoticePage.objects.count(), HelpPage.objects.count()) == (6, 6)
    for page in (*NoticePage.objects.all(), *HelpPage.objects.all()):
        assert page.get_translations().count() == 1


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_notice_and_help_pages_open(client: Client, prefix: str) -> None:
    prose.build(make.NOON)

    for path in ("/notices/year-end-2026/", "/help/verify-a-certificate/"):
        assert client.get(prefix + path).status_code == 200


@pytest.mark.parametrize(
    "today", [dt.date(2027, 1, 1), dt.date(2027, 1, 3), dt.date(2028, 2, 29), dt.date(2026, 12, 31)], ids=str
)
def test_notices_are_dated_in_the_year_they_speak_of_and_not_ahead(today: dt.date) -> None:
    for notice in notices(today):
        assert dt.date(today.year, 1, 1) <= notice.issued_on <= today
