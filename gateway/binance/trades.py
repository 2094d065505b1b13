"""Public trades, by id or by time, from the stream's memory or the history.

Trade ids count from 1 without gaps, so ids are addresses: the trade before id n is n - 1. Every
trade is its own aggregate here, under its own id.
"""

from typing import Any, Final

from gateway.binance import texts
from gateway.binance.call import Call
from gateway.binance.errors import bad_combination
from gateway.binance.markets import is_buyer_maker, last_trade_id
from gateway.calls.market_data_client import TradeRow
from gateway.services import Services
from gateway.state.market import Market

TRADES_USUAL: Final = 500
TRADES_MAX: Final = 1_000


async def recent(call: Call) -> list[dict[str, Any]]:
    """List the latest trades."""
    market = call.markets.named(call.parameters)
    limit = call.parameters.limit(TRADES_USUAL, TRADES_MAX)
    last = last_trade_id(market)
    rows = await trades_between(call.services, market, last - limit + 1, last)
    return [_trade(market, row) for row in rows]


async def historical(call: Call) -> list[dict[str, Any]]:
    """List trades from an id on, or the latest."""
    from_id = call.parameters.integer("fromId")
    if from_id is None:
        return await recent(call)
    market = call.markets.named(call.parameters)
    limit = call.parameters.limit(TRADES_USUAL, TRADES_MAX)
    rows = await trades_between(call.services, market, from_id, from_id + limit - 1)
    return [_trade(market, row) for row in rows]


async def aggregate(call: Call) -> list[dict[str, Any]]:
    """List trades from an id on, between two times, or the latest."""
    market = call.markets.named(call.parameters)
    limit = call.parameters.limit(TRADES_USUAL, TRADES_MAX)
    from_id = call.parameters.integer("fromId")
    start_ns = call.parameters.time_ns("startTime")
    end_ns = call.parameters.end_ns("endTime")
    if from_id is not None and (start_ns is not None or end_ns is not None):
        raise bad_combination()
    first, last = 1, last_trade_id(market)
    if end_ns is not None:
        last = await first_at_or_after(call.services, market, end_ns + 1) - 1
    if from_id is not None:
        first = max(from_id, 1)
    elif start_ns is not None:
        first = await first_at_or_after(call.services, market, start_ns)
    else:
        first = max(last - limit + 1, 1)
    rows = await trades_between(call.services, market, first, min(last, first + limit - 1))
    return [aggregate_trade(market, row) for row in rows]


async def trades_between(
    services: Services, market: Market, first_id: int, last_id: int
) -> list[TradeRow]:
    """Return the trades of an inclusive range of ids, oldest first; at most TRADES_MAX of them.

    Raises:
        ApiError: the history is needed and cannot be reached.
    """
    last_id = min(last_id, last_trade_id(market))
    first_id = max(first_id, 1)
    if last_id < first_id:
        return []
    oldest_known = market.trades[0].trade_id if market.trades else last_id + 1
    rows: list[TradeRow] = []
    if first_id < oldest_known:
        before = min(last_id + 1, oldest_known)
        found = await services.market_data.trades(
            market.instrument.instrument_id, min(before - first_id, TRADES_MAX), before
        )
        rows = [row for row in reversed(found) if row.trade_id >= first_id]
    rows += [
        TradeRow(each.trade_id, each.ts_ns, each.price_ticks, each.qty_lots, each.aggressor_side)
        for each in list(market.trades)
        if first_id <= each.trade_id <= last_id
    ]
    return rows


async def first_at_or_after(services: Services, market: Market, ts_ns: int) -> int:
    """Return the id of the first trade at or after a time, the next id if there is none yet.

    Ids and times rise together, so it is found by halving.

    Raises:
        ApiError: the history is needed and cannot be reached.
    """
    known = list(market.trades)
    if known and known[0].ts_ns < ts_ns or not last_trade_id(market):
        later = (trade.trade_id for trade in known if trade.ts_ns >= ts_ns)
        return next(later, last_trade_id(market) + 1)
    low, high = 1, known[0].trade_id if known else last_trade_id(market) + 1
    while low < high:
        middle = (low + high) // 2
        row = await trades_between(services, market, middle, middle)
        if not row or row[0].ts_ns < ts_ns:  # what is not kept any more was before all that is
            low = middle + 1
        else:
            high = middle
    return low


def aggregate_trade(market: Market, row: TradeRow) -> dict[str, Any]:
    """Present a trade as an aggregate of one."""
    units = market.of_trade(row.trade_id)
    return {
        "a": row.trade_id,
        "p": texts.price(units, row.price_ticks),
        "q": texts.qty(units, row.qty_lots),
        "f": row.trade_id,
        "l": row.trade_id,
        "T": texts.ms(row.ts_ns),
        "m": is_buyer_maker(row.aggressor_side),
        "M": True,
    }


def _trade(market: Market, row: TradeRow) -> dict[str, Any]:
    units = market.of_trade(row.trade_id)
    quote_atoms = texts.quote_atoms(units, row.price_ticks, row.qty_lots)
    return {
        "id": row.trade_id,
        "price": texts.price(units, row.price_ticks),
        "qty": texts.qty(units, row.qty_lots),
        "quoteQty": texts.amount(market.instrument.quote, quote_atoms),
        "time": texts.ms(row.ts_ns),
        "isBuyerMaker": is_buyer_maker(row.aggressor_side),
        "isBestMatch": True,
    }
