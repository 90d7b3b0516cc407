"""The register's ID number and the account's."""

from learning.rules.flags import Flag, FlagCode, identity
from tests.factories.flags import TERMS_AT_FIRST as TERMS
from tests.factories.flags import case


def test_another_id_number_is_flagged() -> None:
    assert identity.flag(case(is_same_identity=False), None, TERMS) == Flag(FlagCode.IDENTITY, 1)


def test_the_same_or_an_unknown_one_is_not() -> None:
    assert identity.flag(case(is_same_identity=True), None, TERMS) is None
    assert identity.flag(case(is_same_identity=None), None, TERMS) is None


def test_measure_tells_the_same_from_unknown() -> None:
    assert identity.measure(case(is_same_identity=True), TERMS) == 0
    assert identity.measure(case(is_same_identity=None), TERMS) is None
