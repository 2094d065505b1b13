"""Limits count callers, not the spellings and the spare addresses that a caller has."""

import pytest

from service.client_addresses import limited_as, plain_address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("10.0.0.1", "::FFFF:0a00:0001", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002::7", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
        ("unknown", "10.0.0.1", False),
    ],
)
def test_limits_count_a_subscriber_under_one_name(one: str, other: str, same: bool) -> None:
    assert (limited_as(one) == limited_as(other)) is same


def test_an_address_has_one_spelling() -> None:
    assert plain_address("::ffff:10.0.0.1") == "10.0.0.1"
    assert plain_address("2001:0DB8::0001") == "2001:db8::1"
    assert plain_address("no address") == "no address"
