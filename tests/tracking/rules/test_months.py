from __future__ import annotations

import datetime as dt

import pytest

from tracking.rules.months import Month

BEIJING = dt.timezone(dt.timedelta(hours=8))


def ms(*parts: int) -> int:
    return int(dt.datetime(*parts, tzinfo=BEIJING).timestamp() * 1_000)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("text", ["2025-10", "0001-01", "9998-12"])
def test_parse_reads_what_is_written(text: str) -> None:
    assert str(Month.parse(text)) == text


@pytest.mark.parametrize("text", ["2025-13", "2025-00", "2025-1", "25-10", "0000-01", "2025-10-01", " 2025-10", ""])
def test_parse_refuses_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match=text or "^$"):
        Month.parse(text)


def test_month_begins_and_ends_at_midnight_in_beijing() -> None:
    month = Month(2025, 12)

    assert (month.from_ms, month.until_ms) == (ms(2025, 12, 1), ms(2026, 1, 1))


@pytest.mark.parametrize(
    ("at_ms", "month"),
    [
        (ms(2025, 11, 1), Month(2025, 11)),
        (ms(2025, 11, 1) - 1, Month(2025, 10)),
        (ms(2024, 2, 29, 23, 59), Month(2024, 2)),
        (0, Month(1970, 1)),
    ],
)
def test_of_names_the_month_an_instant_lies_in(at_ms: int, month: Month) -> None:
    assert Month.of(at_ms) == month
    assert month.from_ms <= at_ms < month.until_ms


@pytest.mark.parametrize("at_ms", [2**62, -(2**62)])
def test_of_refuses_what_no_calendar_knows(at_ms: int) -> None:
    with pytest.raises(OverflowError):
        Month.of(at_ms)


@pytest.mark.parametrize("months", range(-30, 31))
def test_plus_counts_as_one_month_after_the_other(months: int) -> None:
    month = Month(2025, 6)
    for _each in range(abs(months)):
        month = Month.of(month.until_ms) if months > 0 else Month.of(month.from_ms - 1)

    assert Month(2025, 6).plus(months) == month
