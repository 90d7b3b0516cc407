"""Many people, one exam, one network, one day."""

from dataclasses import replace

from learning.rules.flags import Flag, FlagCode, same_network
from tests.factories.flags import TERMS_AT_FIRST as TERMS
from tests.factories.flags import case, sat


def test_same_network_is_flagged_from_the_policys_number_of_people() -> None:
    assert same_network.flag(sat(30, people=5), 1, TERMS) == Flag(FlagCode.SAME_NETWORK, 5, 1)


def test_same_network_is_not_flagged_with_one_person_less() -> None:
    assert same_network.flag(sat(30, people=4), 1, TERMS) is None


def test_same_network_is_not_flagged_where_a_course_is_usually_sat_together() -> None:
    assert same_network.flag(sat(30, people=5), 3, TERMS) is None
    assert same_network.flag(sat(30, people=6), 3, TERMS) is not None


def test_same_network_is_flagged_without_anything_to_compare_with() -> None:
    assert same_network.flag(sat(30, people=7), None, TERMS) == Flag(FlagCode.SAME_NETWORK, 7)


def test_same_network_follows_the_policy() -> None:
    assert same_network.flag(sat(30, people=2), None, replace(TERMS, network_people_min=2)) is not None


def test_same_network_says_nothing_where_no_network_is_known() -> None:
    assert same_network.measure(sat(30, people=0), TERMS) is None
    assert same_network.measure(case(), TERMS) is None
