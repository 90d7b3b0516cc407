from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from cms.demo import prose
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
