"""Market events as the streams carry them."""

from typing import Any

from domain.events import Trade
from domain.intervals import Interval
from gateway.binance import klines, texts, tickers
from gateway.binance.depth import levels
from gateway.binance.markets import is_buyer_maker
from gateway.calls.market_data_client import CandleRow, TickerRow
from gateway.state.book import Level
from gateway.state.market import Market


def trade(market: Market, event: Trade) -> dict[str, Any]:
    """Present one trade."""
    units = market.of_trade(event.trade_id)
    return {
        "e": "trade",
        "E": texts.ms(event.ts_ns),
        "s": texts.symbol_of(market),
        "t": event.trade_id,
        "p": texts.price(units, event.price_ticks),
        "q": texts.qty(units, event.qty_lots),
        "T": texts.ms(event.ts_ns),
        "m": is_buyer_maker(event.aggressor_side),
        "M": True,
    }


def aggregate_trade(market: Market, event: Trade) -> dict[str, Any]:
    """Present one trade as an aggregate of one."""
    units = market.of_trade(event.trade_id)
    return {
        "e": "aggTrade",
        "E": texts.ms(event.ts_ns),
        "s": texts.symbol_of(market),
        "a": event.trade_id,
        "p": texts.price(units, event.price_ticks),
        "q": texts.qty(units, event.qty_lots),
        "f": event.trade_id,
        "l": event.trade_id,
        "T": texts.ms(event.ts_ns),
        "m": is_buyer_maker(event.aggressor_side),
        "M": True,
    }


def depth_update(
    market: Market, first: int, last: int, bids: list[Level], asks: list[Level], now_ms: int
) -> dict[str, Any]:
    """Present the levels that book changes ``first`` to ``last`` touched, as they are now."""
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "s": texts.symbol_of(market),
        "U": first,
        "u": last,
        "b": levels(market, bids),
        "a": levels(market, asks),
    }


def book_ticker(market: Market, best: tuple[str, str, str, str]) -> dict[str, Any]:
    """Present the ``best`` prices. This event has no type: clients tell it apart by that."""
    bid, bid_qty, ask, ask_qty = best
    return {
        "u": market.book.seq,
        "s": texts.symbol_of(market),
        "b": bid,
        "B": bid_qty,
        "a": ask,
        "A": ask_qty,
    }


def mini_ticker(market: Market, row: TickerRow | None, now_ms: int) -> dict[str, Any]:
    """Present 24 hours, shortly."""
    shown = tickers.day_ticker(market, row, now_ms)
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": shown["symbol"],
        "c": shown["lastPrice"],
        "o": shown["openPrice"],
        "h": shown["highPrice"],
        "l": shown["lowPrice"],
        "v": shown["volume"],
        "q": shown["quoteVolume"],
    }


def ticker(market: Market, row: TickerRow | None, now_ms: int) -> dict[str, Any]:
    """Present 24 hours with the best prices."""
    shown = tickers.day_ticker(market, row, now_ms)
    return {
        "e": "24hrTicker",
        "E": now_ms,
        "s": shown["symbol"],
        "p": shown["priceChange"],
        "P": shown["priceChangePercent"],
        "w": shown["weightedAvgPrice"],
        "x": shown["prevClosePrice"],
        "c": shown["lastPrice"],
        "Q": shown["lastQty"],
        "b": shown["bidPrice"],
        "B": shown["bidQty"],
        "a": shown["askPrice"],
        "A": shown["askQty"],
        "o": shown["openPrice"],
        "h": shown["highPrice"],
        "l": shown["lowPrice"],
        "v": shown["volume"],
        "q": shown["quoteVolume"],
        "O": shown["openTime"],
        "C": shown["closeTime"],
        "F": shown["firstId"],
        "L": shown["lastId"],
        "n": shown["count"],
    }


def average_price(market: Market, shown: dict[str, Any], now_ms: int) -> dict[str, Any]:
    """Present the average price that ``tickers.averaged`` showed."""
    return {
        "e": "avgPrice",
        "E": now_ms,
        "s": texts.symbol_of(market),
        "i": f"{shown['mins']}m",
        "w": shown["price"],
        "T": shown["closeTime"],
    }


def kline(
    market: Market,
    interval: Interval,
    row: CandleRow,
    *,
    first_id: int,
    closed: bool,
    now_ms: int,
) -> dict[str, Any]:
    """Present a candle; ``first_id``: its first trade, -1 if it has none or it is not known."""
    quote, units = market.instrument.quote, klines.units_of(market, row)
    symbol = texts.symbol_of(market)
    return {
        "e": "kline",
        "E": now_ms,
        "s": symbol,
        "k": {
            "t": texts.ms(row.ts_open_ns),
            "T": klines.close_ms(interval, row.ts_open_ns),
            "s": symbol,
            "i": interval.value,
            "f": first_id,
            "L": first_id + row.trades - 1 if first_id > 0 else -1,
            "o": texts.price(units, row.open_ticks),
            "c": texts.price(units, row.close_ticks),
            "h": texts.price(units, row.high_ticks),
            "l": texts.price(units, row.low_ticks),
            "v": klines.volume(units, row.volume_lots),
            "n": row.trades,
            "x": closed,
            "q": texts.amount(quote, row.quote_volume_atoms),
            "V": klines.volume(units, row.taker_buy_lots),
            "Q": texts.amount(quote, row.taker_buy_quote_atoms),
            "B": "0",
        },
    }
