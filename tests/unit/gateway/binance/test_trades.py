"""Trades are found by their time also where the oldest are not kept any more."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.binance.trades import first_at_or_after
from gateway.calls.market_data_client import MarketDataClient, TradeRow
from gateway.services import Services
from gateway.state.market import Market
from tests.unit.gateway.exchange import ALICE, BOB, BTC_USDT, BUY, SELL, Exchange

TRADES, OLDEST_KEPT = 60, 41


class Kept(MarketDataClient):
    """Every trade from ``OLDEST_KEPT`` on, one a microsecond."""

    def __init__(self) -> None:
        pass

    async def trades(
        self, instrument_id: int, limit: int, before_trade_id: int | None
    ) -> list[TradeRow]:
        newest = min((before_trade_id or TRADES + 1) - 1, TRADES)
        ids = range(newest, max(newest - limit, OLDEST_KEPT - 1), -1)
        return [TradeRow(trade_id, trade_id * 1_000, 100, 1, 1) for trade_id in ids]


@pytest.fixture
def market() -> Market:
    """So many trades, none of which the gateway remembers: it has just been started."""
    exchange = Exchange()
    exchange.limit(BOB, SELL, 6_400_000, 1_000 * TRADES)
    for _ in range(TRADES):
        exchange.limit(ALICE, BUY, 6_400_000, 1_000)
    found = exchange.project().markets[BTC_USDT]
    assert found.next_trade_id == TRADES + 1
    found.trades.clear()
    return found


@pytest.mark.parametrize(
    ("ts_ns", "trade_id"), [(0, 41), (41_000, 41), (41_001, 42), (60_000, 60), (60_001, 61)]
)
async def test_the_first_trade_at_a_time_is_one_that_is_kept(
    market: Market, ts_ns: int, trade_id: int
) -> None:
    services: Any = SimpleNamespace(market_data=Kept())
    assert await first_at_or_after(cast(Services, services), market, ts_ns) == trade_id
