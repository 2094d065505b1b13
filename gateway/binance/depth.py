"""The book by price: a snapshot's levels and their texts."""

from collections.abc import Iterable
from typing import Any, Final

from domain.orders import Side
from gateway.binance import texts
from gateway.binance.call import Call
from gateway.binance.parameters import Parameters
from gateway.state.book import Level
from gateway.state.market import Market

LEVELS_USUAL: Final = 100
LEVELS_MAX: Final = 5_000
_WEIGHTS: Final = ((100, 5), (500, 25), (1_000, 50), (LEVELS_MAX, 250))


async def depth(call: Call) -> dict[str, Any]:
    """Show the book. ``lastUpdateId`` is the book's sequence, as U and u of the streams are."""
    market = call.markets.named(call.parameters)
    return snapshot(market, call.parameters.limit(LEVELS_USUAL, LEVELS_MAX))


def weight(parameters: Parameters) -> int:
    """Return what a snapshot of so many levels costs."""
    limit = parameters.limit(LEVELS_USUAL, LEVELS_MAX)
    return next(weight for levels, weight in _WEIGHTS if limit <= levels)


def snapshot(market: Market, count: int) -> dict[str, Any]:
    """Present the first ``count`` levels of both sides; none in an auction, which hides them."""
    book = market.book
    if market.depth_is_hidden:
        return {"lastUpdateId": book.seq, "bids": [], "asks": []}
    return {
        "lastUpdateId": book.seq,
        "bids": levels(market, book.top(Side.BUY, count)),
        "asks": levels(market, book.top(Side.SELL, count)),
    }


def levels(market: Market, found: Iterable[Level]) -> list[tuple[str, str]]:
    """Present levels; one that is gone has a quantity of zero, with all its decimals."""
    return [(texts.price(market, price), texts.qty(market, lots)) for price, lots in found]
