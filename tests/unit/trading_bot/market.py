"""One market to show to strategies."""

import random
from dataclasses import replace
from typing import Any

from domain.instruments import Asset, Instrument, define
from domain.orders import Side
from trading_bot.setting import Setting
from trading_bot.strategies import STRATEGIES
from trading_bot.strategy import MarketView, OwnFill

BTC, ETH, USDT = Asset(1, "BTC"), Asset(2, "ETH"), Asset(3, "USDT")


def instrument(number: int, base: Asset, quote: Asset, tick: str, lot: str) -> Instrument:
    return define(
        number,
        base,
        quote,
        tick_size=tick,
        lot_size=lot,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        min_notional="1" if quote is USDT else "0",
    )


BTC_USDT = instrument(1, BTC, USDT, "0.01", "0.00001")
ETH_USDT = instrument(2, ETH, USDT, "0.01", "0.0001")
ETH_BTC = instrument(3, ETH, BTC, "0.00001", "0.001")
START_TICKS = BTC_USDT.price_ticks("64000")
UNIT = 10**8
NOW_NS = 10**18
VIEW = MarketView(
    now_ns=NOW_NS,
    instrument=BTC_USDT,
    best_bid_ticks=START_TICKS - 100,
    best_ask_ticks=START_TICKS + 100,
    base_atoms=100 * UNIT,
    quote_atoms=10**6 * UNIT,
    best_bid_lots=1_000,
    best_ask_lots=1_000,
)


def later(view: MarketView, seconds: float, **changes: Any) -> MarketView:
    return replace(view, now_ns=view.now_ns + round(seconds * 1e9), **changes)


def at_price(view: MarketView, price_ticks: int, seconds: float = 1.0) -> MarketView:
    return later(view, seconds, best_bid_ticks=price_ticks - 100, best_ask_ticks=price_ticks + 100)


def setting(*instruments: Instrument, seed: int = 1) -> Setting:
    return Setting(instruments or (BTC_USDT,), START_TICKS, NOW_NS, random.Random(seed))


def made(name: str, *instruments: Instrument, **parameters: Any) -> Any:
    entry = STRATEGIES[name]
    return entry.make(setting(*instruments), entry.parameters(**parameters))


def fill(side: Side, price_ticks: int, qty_lots: int, symbol: str = "BTC-USDT") -> OwnFill:
    return OwnFill(symbol, side, price_ticks, qty_lots, 0, True)
