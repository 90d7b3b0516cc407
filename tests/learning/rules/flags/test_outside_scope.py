"""R27: a base teaches what it was recognised for."""

from learning.rules.flags import Flag, FlagCode, outside_scope
from tests.factories.flags import TERMS_AT_FIRST as TERMS
from tests.factories.flags import case


def test_r27_outside_scope_is_flagged() -> None:
    assert outside_scope.flag(case(is_in_scope=False), None, TERMS) == Flag(FlagCode.OUTSIDE_SCOPE, 1)


def test_within_scope_or_without_one_nothing_is_flagged() -> None:
    assert outside_scope.flag(case(is_in_scope=True), None, TERMS) is None
    assert outside_scope.flag(case(is_in_scope=None), None, TERMS) is None


def test_measure_tells_within_from_unknown() -> None:
    assert outside_scope.measure(case(is_in_scope=True), TERMS) == 0
    assert outside_scope.measure(case(is_in_scope=None), TERMS) is None
