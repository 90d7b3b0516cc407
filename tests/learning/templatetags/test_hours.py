"""Hours, clocks and names as pages show them."""

import datetime as dt

import pytest
from django.utils.translation import override

from learning.models import Person
from learning.templatetags import hours


@pytest.mark.parametrize(
    ("centihours", "shown"), [(5_250, "52.5"), (93, "0.93"), (0, "0.0"), (-50, "−0.5"), (None, "")]
)
def test_hours_shows_tenths_unless_they_would_hide_something(centihours: int | None, shown: str) -> None:
    assert hours.hours(centihours) == shown


@pytest.mark.parametrize(("centihours", "shown"), [(8_600, "86"), (2_250, "22.5")])
def test_hours_short_writes_as_laws_do(centihours: int, shown: str) -> None:
    assert hours.hours_short(centihours) == shown


def test_signed_hours_always_has_a_sign() -> None:
    assert [hours.signed_hours(900), hours.signed_hours(-50)] == ["+9.0", "−0.5"]


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (35, "35 秒", "35 s"),
        (92, "1 分 32 秒", "1 min 32 s"),
        (120, "2 分钟", "2 min"),
        (7_020, "1 小时 57 分", "1 h 57 min"),
    ],
)
def test_duration_reads_as_people_say_it(seconds: int, zh: str, en: str) -> None:
    with override("zh-hans"):
        assert hours.duration(seconds) == zh
    with override("en"):
        assert hours.duration(seconds) == en


@pytest.mark.parametrize(
    ("since", "days"),
    [
        ("2026-12-31T15:59:00+00:00", 3),  # the last minute of Thursday here: New Year's Day, Monday, Tuesday
        ("2026-12-31T16:00:00+00:00", 2),  # Friday has begun here
        ("2027-01-02T02:00:00+00:00", 2),  # a Saturday
        ("2027-01-05T03:00:00+00:00", 0),
    ],
)
def test_working_days_since_counts_local_days_across_the_new_year(
    monkeypatch: pytest.MonkeyPatch, since: str, days: int
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: dt.datetime(2027, 1, 5, 4, tzinfo=dt.UTC))

    assert hours.working_days_since(dt.datetime.fromisoformat(since)) == days


def test_month_here_is_short_in_both_languages() -> None:
    with override("zh-hans"):
        assert hours.month_here(dt.date(2026, 11, 1)) == "11月"
    with override("en"):
        assert hours.month_here(dt.date(2026, 11, 1)) == "Nov"


def test_name_here_follows_the_language() -> None:
    person = Person(full_name="陈慧", full_name_en="Chen Hui", title_zh="工程师", title_level="intermediate")

    with override("zh-hans"):
        assert (hours.name_here(person), hours.title_here(person)) == ("陈慧", "工程师 · 中级")
    with override("en"):
        assert (hours.name_here(person), hours.title_here(person)) == ("Chen Hui", "工程师 · intermediate")
