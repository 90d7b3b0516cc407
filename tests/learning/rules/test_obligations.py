"""R13–R15: what one person must do, test by test, at the boundaries of the regulations."""

from __future__ import annotations

import pytest

from learning.rules.accounting import centipoints_of
from learning.rules.obligations import Asked, obligations
from learning.rules.requirements import RequirementRule, Totals

SENIOR, JUNIOR, NATION = RequirementRule(8_600, 2_600), RequirementRule(7_400, 2_200), RequirementRule(9_000, 0, 2, 3)
NOTHING = Totals(0, 0)


@pytest.mark.parametrize(
    ("rule", "total", "public", "lacking"),
    [
        (SENIOR, 8_600, 2_600, {"total": 0, "public": 0}),
        (SENIOR, 8_600, 2_500, {"total": 0, "public": 100}),
        (SENIOR, 8_500, 2_600, {"total": 100, "public": 0}),
        (JUNIOR, 7_400, 2_200, {"total": 0, "public": 0}),
        (SENIOR, 7_400, 2_200, {"total": 1_200, "public": 400}),
        (NATION, 9_000, 3_000, {"total": 0, "professional": 0}),
        (NATION, 9_000, 3_100, {"total": 0, "professional": 100}),
    ],
    ids=[
        "R14 (86,26)",
        "R14 (86,25)",
        "R14 (85,26)",
        "R15 (74,22)",
        "R14 (74,22) of a senior",
        "Order 25 (90,30)",
        "Order 25 (90,31)",
    ],
)
def test_r14_r15_each_test_lacks_its_own(
    rule: RequirementRule, total: int, public: int, lacking: dict[str, int]
) -> None:
    found = obligations(rule, confirmed=Totals(public, total - public), pending=NOTHING)

    assert {row.test.value: row.lacking_centihours for row in found} == lacking


def test_pending_hours_count_as_studied_and_are_told_apart() -> None:
    whole, public = obligations(SENIOR, confirmed=Totals(2_000, 5_000), pending=Totals(600, 1_000))

    assert (whole.test, whole.confirmed_centihours, whole.pending_centihours, whole.is_done) == (
        Asked.TOTAL, 7_000, 1_600, True,
    )  # fmt: skip
    assert (public.confirmed_centihours, public.pending_centihours, public.is_done) == (2_000, 600, True)


def test_a_share_of_none_is_no_test() -> None:
    assert [row.test for row in obligations(SENIOR, confirmed=NOTHING, pending=NOTHING)] == [Asked.TOTAL, Asked.PUBLIC]


@pytest.mark.parametrize(
    ("centihours", "point_centihours", "centipoints"),
    [(8_600, 100, 8_600), (8_600, 1_000, 860), (2_600, 1_000, 260), (100, 300, 33), (0, 300, 0)],
    ids=["R13 an hour a point", "R13 ten hours a point", "R13 public", "R13 rounded down", "R13 nothing"],
)
def test_r13_points_say_the_same_amount_otherwise(centihours: int, point_centihours: int, centipoints: int) -> None:
    assert centipoints_of(centihours, point_centihours=point_centihours) == centipoints
