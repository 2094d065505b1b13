"""What happened lately in each instrument, and the best prices of its book."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import msgspec

from domain.intervals import Interval, open_ns
from domain.orders import Side
from domain.units import NS_PER_DAY, NS_PER_MS, NS_PER_S
from gateway.binance import klines, texts
from gateway.binance.call import Call
from gateway.binance.errors import one_of
from gateway.binance.markets import last_trade_id
from gateway.binance.parameters import Parameters
from gateway.binance.zones import added_up, zone_of
from gateway.calls.market_data_client import CandleRow, TickerRow
from gateway.services import Services
from gateway.state.market import Market, Texts

AVERAGE_MINUTES: Final = 5
WINDOW_ROWS_MAX: Final = 24 * 60
"""Candles that a window is added up from: of a minute in less than a day, of 15 in up to seven."""
_MINUTE_NS: Final = 60 * NS_PER_S
_HOUR_NS: Final = 60 * _MINUTE_NS
_WINDOWS: Final = {
    **{f"{n}m": n * _MINUTE_NS for n in range(1, 60)},
    **{f"{n}h": n * _HOUR_NS for n in range(1, 24)},
    **{f"{n}d": n * NS_PER_DAY for n in range(1, 8)},
}
_KINDS: Final = {"FULL": True, "MINI": False}
_NOT_MINI: Final = frozenset(
    {
        "priceChange",
        "priceChangePercent",
        "weightedAvgPrice",
        "prevClosePrice",
        "lastQty",
        "bidPrice",
        "bidQty",
        "askPrice",
        "askQty",
    }
)

Show = Callable[[Market], dict[str, Any]]


async def day(call: Call) -> Any:
    """Show the last 24 hours."""
    rows = call.services.market_feed.tickers()
    whole = call.parameters.choice("type", _KINDS)

    def show(market: Market) -> dict[str, Any]:
        shown = day_ticker(market, rows.get(market.instrument.instrument_id), call.now_ms)
        return shown if whole is not False else _mini(shown)

    return _one_or_all(call, show)


async def prices(call: Call) -> Any:
    """Show the last prices."""
    return _one_or_all(
        call,
        lambda market: {
            "symbol": texts.symbol_of(market),
            "price": texts.price(market, market.last_trade_price_ticks),
        },
    )


async def book_tickers(call: Call) -> Any:
    """Show the best prices of the book."""

    def show(market: Market) -> dict[str, Any]:
        bid, bid_qty, ask, ask_qty = best(market)
        return {
            "symbol": texts.symbol_of(market),
            "bidPrice": bid,
            "bidQty": bid_qty,
            "askPrice": ask,
            "askQty": ask_qty,
        }

    return _one_or_all(call, show)


async def average_price(call: Call) -> dict[str, Any]:
    """Show the average price of the last minutes, weighted by quantity."""
    return await averaged(call.services, call.markets.named(call.parameters))


async def averaged(services: Services, market: Market) -> dict[str, Any]:
    """Present the average price of the last minutes, the last price if nobody traded in them.

    Raises:
        ApiError: market data cannot be reached.
    """
    now_ns = services.clock.now_ns()
    start_ns = now_ns - AVERAGE_MINUTES * _MINUTE_NS
    rows = await services.market_data.candles(
        market.instrument.instrument_id, Interval.S1.value, klines.KLINES_MAX, start_ns, now_ns
    )
    ticker = _window(market, rows, now_ns)
    lots, atoms = ticker.volume_lots, ticker.quote_volume_atoms
    last_ns = market.trades[-1].ts_ns if market.trades else 0
    return {
        "mins": AVERAGE_MINUTES,
        "price": average(klines.units_of(market, ticker), atoms, lots)
        if lots
        else texts.price(market, market.last_trade_price_ticks),
        "closeTime": texts.ms(last_ns or now_ns),
    }


async def rolling(call: Call) -> Any:
    """Show a window that ends now; a day unless told otherwise."""
    window_ns = call.parameters.choice("windowSize", _WINDOWS) or NS_PER_DAY
    now_ns = call.services.clock.now_ns()
    return await _windows(call, now_ns - window_ns, now_ns, window_ns)


async def trading_day(call: Call) -> Any:
    """Show the day since midnight, in UTC unless told otherwise."""
    zone, now_ns = zone_of(call.parameters), call.services.clock.now_ns()
    return await _windows(call, zone.open_ns(Interval.D1, now_ns), now_ns, NS_PER_DAY)


async def _windows(call: Call, start_ns: int, now_ns: int, window_ns: int) -> Any:
    if not call.parameters.has("symbol") and not call.parameters.has("symbols"):
        raise one_of("symbol", "symbols")
    whole = call.parameters.choice("type", _KINDS)
    shown = []
    for market in call.markets.chosen(call.parameters):
        interval = Interval.M1 if window_ns < NS_PER_DAY else Interval.M15
        opened_ns = open_ns(interval, start_ns)
        rows = await call.services.market_data.candles_between(
            market.instrument.instrument_id, interval.value, opened_ns, now_ns, WINDOW_ROWS_MAX
        )
        ticker = _at_last(market, _window(market, rows, now_ns))
        full = _statistics(market, ticker, texts.ms(opened_ns), call.now_ms)
        shown.append(full if whole is not False else _mini(full))
    return shown[0] if call.parameters.has("symbol") else shown


def day_ticker(market: Market, row: TickerRow | None, now_ms: int) -> dict[str, Any]:
    """Present the last 24 hours (None: no trade ever) with the best prices of the book."""
    bid, bid_qty, ask, ask_qty = best(market)
    ticker = _window(market, [], now_ms * NS_PER_MS) if row is None else _at_last(market, row)
    shown = _statistics(market, ticker, now_ms - texts.ms(NS_PER_DAY), now_ms)
    last = market.trades[-1] if market.trades else None
    return shown | {
        "prevClosePrice": shown["openPrice"],
        "lastQty": texts.qty(market.of_trade(last.trade_id), last.qty_lots) if last else texts.ZERO,
        "bidPrice": bid,
        "bidQty": bid_qty,
        "askPrice": ask,
        "askQty": ask_qty,
    }


def _at_last(market: Market, row: TickerRow) -> TickerRow:
    """Return a ticker that has the last trade's price: the sums follow a moment later."""
    if row.steps not in (None, market.instrument.steps):
        return row
    last = market.last_trade_price_ticks or row.last_ticks
    high, low = max(row.high_ticks, last), min(row.low_ticks, last)
    return msgspec.structs.replace(row, last_ticks=last, high_ticks=high, low_ticks=low)


def best(market: Market) -> tuple[str, str, str, str]:
    """Present the best bid and ask, each with its quantity; zeros where a side is empty."""
    found: list[str] = []
    for side in (Side.BUY, Side.SELL):
        top = [] if market.depth_is_hidden else market.book.top(side, 1)
        price_ticks, lots = top[0] if top else (0, 0)
        found += [texts.price(market, price_ticks), texts.qty(market, lots)]
    return found[0], found[1], found[2], found[3]


def average(units: Texts, quote_atoms: int, lots: int) -> str:
    """Present what one base unit cost on average, with eight decimals."""
    measure = units.measure
    paid = Fraction(quote_atoms, 10**measure.quote.scale)
    bought = Fraction(lots * measure.base_atoms_per_lot, 10**measure.base.scale)
    return _fixed(round(paid / bought * 10**texts.DECIMALS), texts.DECIMALS)


def weight(one: int, every: int) -> Callable[[Parameters], int]:
    """Return what a ticker of one symbol costs, and one of all."""
    return lambda parameters: one if parameters.has("symbol") else every


def _one_or_all(call: Call, show: Show) -> Any:
    shown = [show(market) for market in call.markets.chosen(call.parameters)]
    return shown[0] if call.parameters.has("symbol") else shown


def _window(market: Market, rows: list[CandleRow], now_ns: int) -> TickerRow:
    last = market.last_trade_price_ticks
    silence = CandleRow(now_ns, last, last, last, last, 0, 0, 0, 0, 0)
    whole = added_up(now_ns, rows) if rows else silence
    return TickerRow(
        instrument_id=market.instrument.instrument_id,
        open_ticks=whole.open_ticks,
        high_ticks=whole.high_ticks,
        low_ticks=whole.low_ticks,
        last_ticks=whole.close_ticks,
        volume_lots=whole.volume_lots,
        quote_volume_atoms=whole.quote_volume_atoms,
        trades=whole.trades,
        ts_ns=now_ns,
        steps=whole.steps,
    )


def _statistics(market: Market, row: TickerRow, open_ms: int, close_ms: int) -> dict[str, Any]:
    units = klines.units_of(market, row)
    last_id = last_trade_id(market) if row.trades else -1
    change = row.last_ticks - row.open_ticks
    sign = "-" if change < 0 else ""
    percent = round(Fraction(change * 100_000, row.open_ticks)) if row.open_ticks else 0
    return {
        "symbol": texts.symbol_of(market),
        "priceChange": sign + texts.price(units, abs(change)),
        "priceChangePercent": _fixed(percent, 3),
        "weightedAvgPrice": average(units, row.quote_volume_atoms, row.volume_lots)
        if row.volume_lots
        else texts.price(units, row.last_ticks),
        "openPrice": texts.price(units, row.open_ticks),
        "highPrice": texts.price(units, row.high_ticks),
        "lowPrice": texts.price(units, row.low_ticks),
        "lastPrice": texts.price(units, row.last_ticks),
        "volume": klines.volume(units, row.volume_lots),
        "quoteVolume": texts.amount(market.instrument.quote, row.quote_volume_atoms),
        "openTime": open_ms,
        "closeTime": close_ms,
        "firstId": max(last_id - row.trades + 1, -1) if row.trades else -1,
        "lastId": last_id,
        "count": row.trades,
    }


def _mini(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in _NOT_MINI}


def _fixed(scaled: int, decimals: int) -> str:
    """Return an integer count of the last decimal as text."""
    digits = str(abs(scaled)).rjust(decimals + 1, "0")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
