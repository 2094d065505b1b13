"""Named limits, each in its own window, in memory that cannot grow without bound."""

import time

import pytest

from gateway.access.rate_limits import BoundedMemory, RateLimits
from gateway.errors import ApiError


def limits(**asked: str) -> RateLimits:
    usual = dict.fromkeys(
        ("requests_per_ip", "credentials_per_ip", "orders_per_account", "sockets_per_ip"),
        "100/minute",
    )
    return RateLimits(**(usual | asked))


def test_each_address_and_each_limit_counts_for_itself() -> None:
    guard = limits(credentials_per_ip="2/minute")
    for ip in ("10.0.0.1", "10.0.0.2"):
        guard.credentials(ip)
        guard.credentials(ip)
        with pytest.raises(ApiError) as caught:
            guard.credentials(ip)
        error = caught.value
        assert (error.status, error.code) == (429, "RATE_LIMIT")
        assert error.details == {"limit": "credentials_per_ip"}
        assert error.retry_after_s is not None and 1 <= error.retry_after_s <= 60
        guard.request(ip)


def test_a_window_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = limits(orders_per_account="1/second")
    guard.order(1000)
    with pytest.raises(ApiError):
        guard.order(1000)
    later_s = time.time() + 1.1
    monkeypatch.setattr(time, "time", lambda: later_s)
    guard.order(1000)


def test_the_counters_are_bounded() -> None:
    memory = BoundedMemory(counters_max=10)
    for number in range(1_000):
        assert memory.incr(f"ip-{number}", 60) == 1
    assert memory.reset() <= 10


def test_expired_counters_go_as_new_ones_come(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = BoundedMemory()
    for number in range(100):
        memory.incr(f"ip-{number}", 1)
    later_s = time.time() + 2
    monkeypatch.setattr(time, "time", lambda: later_s)
    for number in range(60):
        memory.incr(f"late-{number}", 60)
    assert memory.reset() == 60


def test_an_ipv6_subscriber_has_one_allowance_for_all_of_its_addresses() -> None:
    guard = limits(credentials_per_ip="2/minute", sockets_per_ip="2/minute")
    for count in (guard.credentials, guard.socket):
        count("2001:db8:1:2::1")
        count("2001:db8:1:2::2")
        with pytest.raises(ApiError):
            count("2001:db8:1:2:aaaa::3")
        count("2001:db8:1:3::1")  # somebody else


def test_an_ipv4_address_in_ipv6_form_is_no_second_one() -> None:
    guard = limits(credentials_per_ip="2/minute")
    guard.credentials("10.0.0.1")
    guard.credentials("::ffff:10.0.0.1")
    with pytest.raises(ApiError):
        guard.credentials("10.0.0.1")
