"""A listen key lives for an hour after it was last kept, and reads one account."""

import pytest

from gateway.access.auth import Principal
from gateway.binance.errors import BinanceError
from gateway.binance.listen_keys import VALID_S, ListenKeys

ALICE = Principal(1, 1000, frozenset({"read"}), api_key="a")
BOB = Principal(2, 1001, frozenset({"read"}), api_key="b")


class Hours:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_key_that_nobody_keeps_runs_out() -> None:
    hours = Hours()
    keys = ListenKeys(hours)
    key = keys.start(ALICE)
    assert keys.owner(key) == ALICE and keys.owner("another") is None
    hours.now_s = VALID_S - 1
    keys.keep(key, ALICE.account_id)
    hours.now_s = 2 * VALID_S - 2
    keys.forget_expired()
    assert keys.owner(key) == ALICE
    hours.now_s = 2 * VALID_S
    assert keys.owner(key) is None
    keys.forget_expired()
    with pytest.raises(BinanceError) as refused:
        keys.keep(key, ALICE.account_id)
    assert refused.value.code == -1125
    assert keys.start(ALICE) != key


def test_an_account_has_one_key_and_no_say_over_anothers() -> None:
    keys = ListenKeys(Hours())
    key = keys.start(ALICE)
    assert keys.start(ALICE) == key and keys.start(BOB) != key
    for forbidden in (keys.keep, keys.stop):
        with pytest.raises(BinanceError) as refused:
            forbidden(key, BOB.account_id)
        assert refused.value.code == -1125
    keys.stop(key, ALICE.account_id)
    assert keys.owner(key) is None


def test_a_venue_may_have_retired_them() -> None:
    with pytest.raises(BinanceError) as refused:
        ListenKeys(Hours(), offered=False).start(ALICE)
    assert refused.value.status == 410
