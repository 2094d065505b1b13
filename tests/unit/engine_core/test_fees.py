"""Fees: from what is received, rounded up once an order, to the venue's account at once."""

import pytest

from domain.events import Trade
from domain.units import FEE_ACCOUNT_ID
from engine_core.contract import Core
from tests.unit.engine_core.market import ALICE, BOB, BTC, LOT, USDT, K, Market


def test_each_party_pays_from_what_it_receives(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=1_000, taker_fee_ppm=2_000)
    market.sell(ALICE, 100, 50)
    market.buy(BOB, 100, 50)
    assert market.usdt(ALICE) == (100 * 50 * K - 50, 0)
    assert market.btc(BOB) == (50 * LOT - 100, 0)
    assert market.core.balance(FEE_ACCOUNT_ID, USDT) == (50, 0)
    assert market.core.balance(FEE_ACCOUNT_ID, BTC) == (100, 0)


def test_a_fee_is_rounded_up(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=1)
    market.sell(ALICE, 1, 1)
    market.buy(BOB, 1, 1)
    assert market.last.maker_fee_atoms == 1
    assert market.usdt(ALICE) == (K - 1, 0)


@pytest.mark.parametrize("parts", [[60], [1] * 60, [59, 1], [7, 13, 40], [20, 20, 20]])
@pytest.mark.parametrize("fee_ppm", [1, 333, 12_345, 999_999, 1_000_000])
def test_splitting_an_order_into_fills_does_not_change_its_fee(
    core_type: type[Core], parts: list[int], fee_ppm: int
) -> None:
    market = Market(core_type, maker_fee_ppm=fee_ppm, taker_fee_ppm=0)
    market.sell(ALICE, 7, 60)
    for qty_lots in parts:
        market.buy(BOB, 7, qty_lots)
    exact = -(-60 * 7 * K * fee_ppm // 1_000_000)
    assert market.usdt(ALICE) == (60 * 7 * K - exact, 0)
    assert market.core.balance(FEE_ACCOUNT_ID, USDT) == (exact, 0)


def test_a_takers_fee_is_rounded_once_over_all_its_fills(core_type: type[Core]) -> None:
    market = Market(core_type, taker_fee_ppm=100)  # a lot of 1,000 atoms costs 0.1
    for _ in range(15):
        market.sell(ALICE, 100, 1)
    market.buy(BOB, 100, 15)
    fees = [event.taker_fee_atoms for event in market.events if isinstance(event, Trade)]
    assert fees == [1] + [0] * 9 + [1] + [0] * 4


def test_a_fee_of_everything_leaves_nothing(core_type: type[Core]) -> None:
    market = Market(core_type, taker_fee_ppm=1_000_000)
    market.sell(ALICE, 100, 3)
    market.buy(BOB, 100, 3)
    assert market.btc(BOB) == (0, 0)


def test_a_hold_never_contains_a_fee(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=1_000_000, taker_fee_ppm=1_000_000)
    market.buy(BOB, 100, 3)
    assert market.usdt(BOB) == (0, 300 * K)


def test_no_fee_means_no_fee(market: Market) -> None:
    market.sell(ALICE, 100, 3)
    market.buy(BOB, 100, 3)
    assert market.core.balance(FEE_ACCOUNT_ID, BTC) == (0, 0)
    assert market.core.balances()[0][0] == ALICE
