"""Real clients meet every error that they decide by."""

import asyncio

import pytest

from domain.commands import SetTradingStatus
from domain.orders import TradingStatus
from domain.venue_commands import SetAccountLimits, SetInstrumentRules
from gateway.binance.weights import Weights
from tests.e2e.clients.conftest import INSTALL_S, Clients
from tests.integration.binance.dialect_rig import DialectRig, dialect_rig
from tests.unit.gateway.exchange import ALICE, BOB, BTC_USDT, BUY, ETH_USDT, SELL

STORY_S = 120
OPEN_ORDERS_MAX = 4
"""One that rests in the story, and three that replacements enter by half."""
WEIGHT_PER_MINUTE = 1_200
ORDERS_PER_10_S = 250


@pytest.mark.timeout(INSTALL_S + STORY_S)
async def test_clients_know_every_error_by_its_code_and_its_words(clients: Clients) -> None:
    weights = Weights(weight_per_minute=WEIGHT_PER_MINUTE, orders_per_10_s=ORDERS_PER_10_S)
    async with dialect_rig(weights) as rig:
        _guarded(rig)
        key = [f"key-{ALICE}-2", "secret"]
        facts = {"url": rig.base_url, "keys": [key, key]}
        await asyncio.to_thread(clients.run, "refusals.py", "clients.lock", facts, STORY_S)


def _guarded(rig: DialectRig) -> None:
    """The last trade was at 64,000, an ask is at 64,500; ether is halted."""
    exchange = rig.engine.exchange
    exchange.limit(BOB, SELL, 6_400_000, 100)
    exchange.limit(ALICE, BUY, 6_400_000, 100)
    exchange.limit(BOB, SELL, 6_450_000, 100)
    for command in (
        SetInstrumentRules(instrument_id=BTC_USDT, collar_bps=1_000),
        SetAccountLimits(account_id=ALICE, open_orders_max=OPEN_ORDERS_MAX),
        SetTradingStatus(instrument_id=ETH_USDT, trading_status=TradingStatus.HALT),
    ):
        exchange.send(command)
    rig.engine.speak()
