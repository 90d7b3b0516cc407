"""Channels, quiet hours, tries."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.rules.notices import (
    STAFF_KINDS,
    TRIES_MAX,
    URGENT,
    Channel,
    NoticeKind,
    channels_of,
    delay_after,
    is_quiet,
)


def test_what_is_urgent_travels_by_every_channel_and_the_rest_by_mail() -> None:
    assert channels_of(NoticeKind.RETURNED, {}) == {Channel.EMAIL, Channel.SMS}
    assert channels_of(NoticeKind.CONFIRMED, {}) == {Channel.EMAIL}


def test_a_choice_stands_in_place_of_the_usual_and_for_its_kind_alone() -> None:
    chosen = {"confirmed": ["sms"], "returned": []}

    assert channels_of(NoticeKind.CONFIRMED, chosen) == {Channel.SMS}
    assert channels_of(NoticeKind.RETURNED, chosen) == frozenset()
    assert channels_of(NoticeKind.ISSUED, chosen) == {Channel.EMAIL}


def test_a_channel_of_another_time_is_passed_over() -> None:
    assert channels_of(NoticeKind.CONFIRMED, {"confirmed": ["telegram", "email"]}) == {Channel.EMAIL}


def test_offices_are_told_of_nothing_urgent() -> None:
    assert not (URGENT & STAFF_KINDS)


@pytest.mark.parametrize(
    ("hour", "span", "expected"),
    [
        (20, (21, 8), False),
        (21, (21, 8), True),
        (23, (21, 8), True),
        (0, (21, 8), True),
        (7, (21, 8), True),
        (8, (21, 8), False),
        (12, (12, 14), True),
        (14, (12, 14), False),
        (3, (0, 0), False),
    ],
)
def test_is_quiet_from_the_first_hour_until_before_the_last(hour: int, span: tuple[int, int], expected: bool) -> None:
    assert is_quiet(hour, quiet_from=span[0], quiet_until=span[1]) is expected


def test_delay_after_doubles_up_to_six_hours() -> None:
    minutes = [delay_after(tries) // dt.timedelta(minutes=1) for tries in (1, 2, 3, 9, 10, 400)]

    assert minutes == [1, 2, 4, 256, 360, 360]


def test_all_tries_together_outlast_a_night() -> None:
    assert sum((delay_after(tries) for tries in range(1, TRIES_MAX)), dt.timedelta()) > dt.timedelta(hours=16)
