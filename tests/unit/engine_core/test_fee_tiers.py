"""What an account pays depends on its tier, at the moment of the fill."""

from typing import Any

import pytest

from domain.orders import TradingStatus
from domain.venue_commands import SetFees, SetFeeTier
from domain.venue_events import FeesChanged, FeeTierChanged
from engine_core.contract import Core
from tests.unit.engine_core.market import ALICE, BOB, BTC_USDT, LOT, NOW, K, Market


def fees(market: Market, tier: int, maker_fee_ppm: int, taker_fee_ppm: int, at: int = 1) -> Any:
    rates = {"maker_fee_ppm": maker_fee_ppm, "taker_fee_ppm": taker_fee_ppm}
    return market.send(SetFees(instrument_id=at, tier=tier, **rates))


def tier(market: Market, account_id: int, number: int) -> list[str]:
    return market.send(SetFeeTier(account_id=account_id, tier=number))


def test_fees_and_tiers_are_told(market: Market) -> None:
    assert fees(market, 15, 1_000_000, 5) == ["FeesChanged"]
    rates = {"maker_fee_ppm": 1_000_000, "taker_fee_ppm": 5}
    assert market.event == FeesChanged(ts_ns=NOW, instrument_id=BTC_USDT, tier=15, **rates)
    assert tier(market, ALICE, 15) == ["FeeTierChanged"]
    assert market.event == FeeTierChanged(ts_ns=NOW, account_id=ALICE, tier=15)


def test_each_side_pays_by_its_own_tier(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=10_000, taker_fee_ppm=20_000)
    fees(market, 2, 30_000, 40_000)
    fees(market, 3, 50_000, 60_000)
    tier(market, ALICE, 2)
    tier(market, BOB, 3)
    market.sell(ALICE, 100, 10)
    market.buy(BOB, 100, 10)
    paid = (market.last.maker_fee_atoms, market.last.taker_fee_atoms)
    assert paid == (1_000 * K * 3 // 100, 10 * LOT * 6 // 100)


def test_a_tier_without_fees_of_its_own_pays_the_instruments(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=10_000)
    tier(market, ALICE, 7)
    market.sell(ALICE, 100, 10)
    market.buy(BOB, 100, 10)
    assert market.last.maker_fee_atoms == 10 * K


def test_a_change_of_tier_holds_from_the_next_fill_on(market: Market) -> None:
    fees(market, 1, 10_000, 0)
    market.sell(ALICE, 100, 20)
    market.buy(BOB, 100, 10)
    tier(market, ALICE, 1)
    market.buy(BOB, 100, 10)
    assert market.last.maker_fee_atoms == 10 * K
    tier(market, ALICE, 0)
    market.sell(ALICE, 100, 10)
    market.buy(BOB, 100, 10)
    assert market.last.maker_fee_atoms == 0


@pytest.mark.parametrize("wrong", [(0, 0, 0), (16, 0, 0), (1, 1_000_001, 0), (1, 0, 1_000_001)])
def test_fees_out_of_bounds_are_refused(market: Market, wrong: tuple[int, int, int]) -> None:
    assert fees(market, *wrong) == ["rejected INVALID_INSTRUMENT"]


def test_fees_of_what_nobody_knows(market: Market) -> None:
    assert fees(market, 0, 0, 0, at=0) == ["rejected MALFORMED"]
    assert fees(market, 0, 0, 0, at=9) == ["rejected UNKNOWN_INSTRUMENT"]
    market.set_status(TradingStatus.CLOSED)
    assert fees(market, 0, 0, 0) == ["rejected INVALID_TRANSITION"]
    assert tier(market, 0, 16) == ["rejected MALFORMED"]
    assert tier(market, 77, 16) == ["rejected UNKNOWN_ACCOUNT"]
    assert tier(market, ALICE, 16) == ["rejected INVALID_AMOUNT"]
