"""How a year stands: the boundaries of the law."""

from __future__ import annotations

import pytest

from learning.rules.requirements import RequirementRule, Totals
from learning.rules.year_status import YearStatus, is_at_risk, year_status

NOTHING = Totals(0, 0)
#: Ten weeks before the cut-off: 80 hours to study are exactly 8 a week.
TEN_WEEKS = 70


def status(
    confirmed: Totals,
    pending: Totals = NOTHING,
    *,
    is_met: bool = False,
    days_left: int = TEN_WEEKS,
    is_make_up: bool = False,
    weekly: int = 800,
    takes_decisions: bool = True,
) -> YearStatus:
    return year_status(
        RequirementRule(8_600, 2_600),
        confirmed=confirmed,
        pending=pending,
        is_met=is_met,
        days_left=days_left,
        at_risk_weekly_centihours=weekly,
        is_make_up=is_make_up,
        takes_decisions=takes_decisions,
    )


@pytest.mark.parametrize(
    ("confirmed", "pending", "expected"),
    [
        (NOTHING, NOTHING, YearStatus.NOT_STARTED),
        (Totals(0, 590), NOTHING, YearStatus.AT_RISK),
        (Totals(0, 600), NOTHING, YearStatus.ON_TRACK),
        (NOTHING, Totals(0, 600), YearStatus.ON_TRACK),
        (Totals(2_600, 5_990), NOTHING, YearStatus.ON_TRACK),
        (Totals(2_500, 9_000), NOTHING, YearStatus.ON_TRACK),
        (Totals(2_600, 0), Totals(0, 6_000), YearStatus.AWAITING),
        (Totals(2_000, 6_000), Totals(600, 0), YearStatus.AWAITING),
    ],
    ids=[
        "nothing", "more than 8 a week", "exactly 8 a week", "pending counts as studied", "a tenth short",
        "professional never fills public", "all studied", "met by what is pending",
    ],
)  # fmt: skip
def test_year_status_follows_from_what_is_to_study(confirmed: Totals, pending: Totals, expected: YearStatus) -> None:
    assert status(confirmed, pending) == expected


def test_a_met_year_is_qualified_whatever_the_rule_says_now() -> None:
    assert status(NOTHING, is_met=True, days_left=-9) == YearStatus.QUALIFIED


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [(0, YearStatus.AT_RISK), (-1, YearStatus.MISSED)],
    ids=["the last day still counts", "over"],
)
def test_the_cutoff_ends_the_chance(days_left: int, expected: YearStatus) -> None:
    assert status(Totals(2_600, 5_990), days_left=days_left) == expected


@pytest.mark.parametrize(
    ("confirmed", "days_left", "expected"),
    [
        (Totals(2_600, 5_990), -1, YearStatus.MAKING_UP),
        (Totals(2_600, 5_990), 0, YearStatus.AT_RISK),
        (Totals(2_600, 6_000), -1, YearStatus.AWAITING),
        (NOTHING, -1, YearStatus.NOT_STARTED),
    ],
    ids=["something is left", "not over yet", "all studied", "not begun either"],
)
def test_a_missed_year_may_be_made_up(confirmed: Totals, days_left: int, expected: YearStatus) -> None:
    assert status(confirmed, days_left=days_left, is_make_up=days_left < 0) == expected


def test_what_no_office_decides_any_more_awaits_nobody() -> None:
    assert status(Totals(2_600, 0), Totals(0, 6_000), days_left=-40) == YearStatus.AWAITING
    assert status(Totals(2_600, 0), Totals(0, 6_000), days_left=-40, takes_decisions=False) == YearStatus.MISSED
    assert status(NOTHING, Totals(0, 600), days_left=-40, takes_decisions=False) == YearStatus.MISSED


def test_the_pace_is_the_rule_s_own() -> None:
    assert status(Totals(0, 600), weekly=799) == YearStatus.AT_RISK
    assert status(Totals(0, 590), weekly=801) == YearStatus.ON_TRACK


@pytest.mark.parametrize(
    ("needed", "days_left", "expected"),
    [
        (800, 7, False),
        (801, 7, True),
        (4_800, 42, False),
        (4_801, 42, True),
        (1, 0, True),
        (0, 0, False),
        (8_600, -1, False),
        (915, 8, True),
        (914, 8, False),
    ],
)
def test_is_at_risk_above_eight_hours_a_week(needed: int, days_left: int, expected: bool) -> None:
    assert is_at_risk(needed, days_left, weekly_centihours=800) is expected
