"""A day's network, told from others without being known."""

from datetime import date

import pytest

from assessments.rules.networks import KEY_BYTES, network_key
from tests.factories.learning import PASSWORD

DAY = date(2026, 11, 19)


def key(address: str, *, on: date = DAY) -> bytes:
    return network_key(address, on=on, secret=PASSWORD)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.5", "203.0.113.250"),
        ("2001:db8:1::1", "2001:db8:1:ffff::9"),
        ("203.0.113.5", "::ffff:203.0.113.77"),
    ],
)
def test_addresses_of_one_network_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)
    assert len(key(one)) == KEY_BYTES


@pytest.mark.parametrize(("one", "other"), [("203.0.113.5", "203.0.114.5"), ("2001:db8:1::1", "2001:db8:2::1")])
def test_addresses_of_two_networks_do_not(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_a_network_has_another_key_on_another_day_and_under_another_secret() -> None:
    under_another = network_key("203.0.113.5", on=DAY, secret="another")
    keys = {key("203.0.113.5"), key("203.0.113.5", on=date(2026, 11, 20)), under_another}

    assert len(keys) == 3


@pytest.mark.parametrize("address", ["", "unknown", "203.0.113", "203.0.113.5:80"])
def test_what_is_no_address_has_no_key(address: str) -> None:
    assert key(address) == b""
