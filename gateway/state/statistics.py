"""How liquid a market is now, and how it moves. Pure; parts per million, never fractions."""

from typing import Final

from domain.orders import Side
from domain.units import PPM
from gateway.calls.market_data_client import TickerRow
from gateway.state.market import Market
from gateway.types.markets import Statistics

_NEAR_PERCENT: Final = 1


def statistics(market: Market, row: TickerRow | None) -> Statistics:
    """Present the spread, what rests near it, and the volatility; no book while it is hidden."""
    bid = ask = None
    if not market.depth_is_hidden:
        bid, ask = market.book.best(Side.BUY), market.book.best(Side.SELL)
    spread_ticks = None if bid is None or ask is None else ask - bid
    bid_lots, ask_lots = depth_lots(market, bid, ask)
    return Statistics(
        symbol=market.instrument.symbol,
        bid=None if bid is None else market.price_text(bid),
        ask=None if ask is None else market.price_text(ask),
        spread=None if spread_ticks is None else market.price_text(spread_ticks),
        spread_ppm=_spread_ppm(bid, ask),
        bid_depth=market.qty_text(bid_lots),
        ask_depth=market.qty_text(ask_lots),
        volatility_ppm=row.volatility_ppm if row else 0,
    )


def depth_lots(market: Market, bid: int | None, ask: int | None) -> tuple[int, int]:
    """Return what rests within 1 % of the middle between the best prices, in lots: bids and asks.

    With one side alone its best price is the middle.
    """
    if bid is None and ask is None:
        return 0, 0
    # Twice the middle: it may lie between two ticks.
    doubled = (bid if bid is not None else ask or 0) + (ask if ask is not None else bid or 0)
    low_ticks = -(-doubled * (100 - _NEAR_PERCENT) // 200)
    high_ticks = doubled * (100 + _NEAR_PERCENT) // 200
    bids = market.book.reaching(Side.BUY, low_ticks)
    asks = market.book.reaching(Side.SELL, high_ticks)
    return sum(qty for _, qty in bids), sum(qty for _, qty in asks)


def _spread_ppm(bid: int | None, ask: int | None) -> int | None:
    if bid is None or ask is None:
        return None
    return (ask - bid) * 2 * PPM // (bid + ask)
