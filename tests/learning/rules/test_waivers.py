"""Leave and late starts in months, twelfths and hours (R14, R15, Order 25)."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.requirements import RequirementRule, Totals, missing
from learning.rules.waivers import Absence, Ground, Refusal, Terms, refusal, twelfths, waived

SENIOR = RequirementRule(8_600, 2_600)
JUNIOR = RequirementRule(7_400, 2_200)
ORDER_25 = RequirementRule(9_000, 0, 2, 3)
ORDER_25_WITH_PUBLIC = RequirementRule(9_000, 2_000, 2, 3)
TERMS = Terms(leave_from_months=3, leave_whole_months=10, prorates_part_year=True)


def leave(from_on: str, to_on: str, ground: Ground = Ground.PARENTAL) -> Absence:
    return Absence(ground, dt.date.fromisoformat(from_on), dt.date.fromisoformat(to_on))


@pytest.mark.parametrize(
    ("from_on", "to_on", "months"),
    [
        ("2026-03-15", "2026-04-13", 0),
        ("2026-03-15", "2026-04-14", 1),
        ("2026-03-15", "2026-06-14", 3),
        ("2026-01-01", "2026-12-31", 12),
        ("2026-01-31", "2026-02-26", 0),
        ("2026-01-31", "2026-02-27", 1),
        ("2026-01-31", "2026-03-30", 2),
        ("2028-01-30", "2028-02-28", 1),
        ("2026-05-01", "2026-05-01", 0),
    ],
)
def test_months_are_full_ones(from_on: str, to_on: str, months: int) -> None:
    assert leave(from_on, to_on).months == months


@pytest.mark.parametrize(
    ("absence", "parts"),
    [
        (leave("2026-01-01", "2026-03-30"), 0),
        (leave("2026-01-01", "2026-03-31"), 3),
        (leave("2026-01-01", "2026-10-30"), 9),
        (leave("2026-01-01", "2026-10-31"), 12),
        (leave("2025-11-15", "2026-05-14"), 4),
        (leave("2026-10-15", "2027-06-30"), 0),
        (leave("2026-10-01", "2027-06-30"), 3),
    ],
)
def test_r1_leave_waives_the_twelfths_its_rule_says(absence: Absence, parts: int) -> None:
    assert twelfths(TERMS, absence, year=2026) == parts


@pytest.mark.parametrize(
    ("last", "parts"), [("2026-01-30", 0), ("2026-01-31", 1), ("2026-03-14", 2), ("2026-11-30", 11)]
)
def test_r1_a_late_start_waives_the_full_months_before_it_and_never_more(last: str, parts: int) -> None:
    assert twelfths(TERMS, leave("2026-01-01", last, Ground.PART_YEAR), year=2026) == parts


@pytest.mark.parametrize(
    ("terms", "absence", "reason"),
    [
        (Terms(), leave("2026-01-01", "2026-12-31"), Refusal.NOT_WAIVED),
        (Terms(), leave("2026-01-01", "2026-06-30", Ground.PART_YEAR), Refusal.NOT_WAIVED),
        (Terms(leave_from_months=1), leave("2026-01-01", "2026-06-30", Ground.PART_YEAR), Refusal.NOT_WAIVED),
        (TERMS, leave("2026-06-30", "2026-01-01"), Refusal.DAYS_REVERSED),
        (TERMS, leave("2025-01-01", "2025-12-31"), Refusal.OUTSIDE_YEAR),
        (TERMS, leave("2027-01-01", "2027-12-31"), Refusal.OUTSIDE_YEAR),
        (TERMS, leave("2026-01-01", "2026-03-30"), Refusal.TOO_SHORT),
        (TERMS, leave("2026-01-01", "2026-01-30", Ground.PART_YEAR), Refusal.TOO_SHORT),
        (TERMS, leave("2026-01-01", "2026-03-31"), None),
    ],
)
def test_r1_what_a_rule_does_not_say_is_not_waived(terms: Terms, absence: Absence, reason: Refusal | None) -> None:
    assert refusal(terms, absence, year=2026) == reason
    assert (twelfths(terms, absence, year=2026) > 0) is (reason is None)


@pytest.mark.parametrize(
    ("rule", "parts", "worth"),
    [
        (SENIOR, 3, Totals(650, 1_500)),
        (SENIOR, 1, Totals(210, 500)),
        (SENIOR, 12, Totals(2_600, 6_000)),
        (JUNIOR, 5, Totals(910, 2_160)),
        (JUNIOR, 12, Totals(2_200, 5_200)),
        (ORDER_25, 6, Totals(1_500, 3_000)),
        (ORDER_25, 12, Totals(3_000, 6_000)),
        (ORDER_25_WITH_PUBLIC, 6, Totals(1_000, 3_500)),
        (SENIOR, 0, Totals(0, 0)),
    ],
)
def test_r14_r15_each_test_is_lowered_alike_and_rounded_down(rule: RequirementRule, parts: int, worth: Totals) -> None:
    assert waived(rule, parts, step_centihours=10) == worth


@given(
    rule=st.sampled_from([SENIOR, JUNIOR, ORDER_25, ORDER_25_WITH_PUBLIC]),
    parts=st.integers(0, 12),
    step=st.sampled_from([1, 10, 50, 100]),
)
def test_r14_r15_a_waiver_never_waives_more_of_the_total_than_its_share(
    rule: RequirementRule, parts: int, step: int
) -> None:
    worth = waived(rule, parts, step_centihours=step)

    assert worth.total_centihours <= Fraction(rule.total_centihours * parts, 12)
    assert missing(rule, worth).is_nothing is (parts == 12)
