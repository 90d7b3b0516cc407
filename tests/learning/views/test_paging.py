"""Long lists: counting stops, says so, and costs what a page costs."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils.translation import override

from learning.models import Person
from learning.templatetags.hours import hours
from learning.views import paging
from learning.views.paging import Counted, LongPaginator
from tests.factories import learning as make


@pytest.fixture
def three(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three people, and lists that count to two."""
    monkeypatch.setattr(paging, "MOST", 2)
    make.PersonFactory.create_batch(3)


def test_a_short_list_is_counted_whole(three: None) -> None:
    counted = Counted.of(Person.objects.filter(pk=Person.objects.order_by("pk").values("pk")[:1]))

    assert (int(counted), counted.is_cut, str(counted)) == (1, False, "1")


def test_counting_stops_and_is_written_with_a_plus(three: None) -> None:
    counted = Counted.of(Person.objects.all())

    assert (int(counted), counted.is_cut, str(counted)) == (2, True, "2+")


@pytest.mark.usefixtures("three")
def test_the_last_page_is_where_counting_stopped() -> None:
    pages = LongPaginator(Person.objects.order_by("pk"), 1)

    assert (pages.count, pages.num_pages) == (2, 2)
    assert pages.get_page(99).number == 2


def test_a_list_that_was_read_already_is_paged_too() -> None:
    assert LongPaginator([1, 2, 3], 2).num_pages == 2


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_write_the_plus(language: str) -> None:
    template = Template(
        "{% load i18n %}{{ n }} {% blocktranslate count n=n %}{{ n }} x{% plural %}{{ n }} xs{% endblocktranslate %}"
    )
    with override(language):
        said = template.render(Context({"n": Counted(2_000, is_cut=True)}))

    assert said == "2000+ 2000+ xs"


def test_hours_that_were_not_summed_up_to_the_end_say_so() -> None:
    assert hours(Counted(5_250, is_cut=True)) == "52.5+"
    assert hours(Counted(5_250, is_cut=False)) == "52.5"
    assert hours(Counted(93, is_cut=True)) == "0.93+"
