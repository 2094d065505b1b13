"""Which instrument a symbol of this dialect names, and what its trades' makers were."""

from domain.orders import AggressorSide
from gateway.binance.errors import invalid_symbol
from gateway.binance.parameters import Parameters
from gateway.binance.texts import symbol_of
from gateway.state.feed import Feed
from gateway.state.market import Market
from gateway.state.projection import Projection


class Markets:
    """Instruments by their symbols without a dash: names are made once for each projection."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._by_symbol: dict[str, int] = {}
        self._made_for: tuple[Projection, int] | None = None

    def market(self, symbol: str) -> Market | None:
        """Return the market of a symbol such as BTCUSDT."""
        projection = self._feed.projection
        made_for = (projection, len(projection.markets))
        if self._made_for != made_for:
            self._made_for = made_for
            self._by_symbol = {
                symbol_of(market): instrument_id
                for instrument_id, market in projection.markets.items()
            }
        instrument_id = self._by_symbol.get(symbol)
        return None if instrument_id is None else projection.markets[instrument_id]

    def of(self, symbol: str) -> Market:
        """Return the market of a symbol.

        Raises:
            BinanceError: -1121.
        """
        market = self.market(symbol)
        if market is None:
            raise invalid_symbol()
        return market

    def named(self, parameters: Parameters) -> Market:
        """Return the market that the mandatory parameter ``symbol`` names.

        Raises:
            BinanceError: -1102 or -1121; ApiError: 503 while the engine is away.
        """
        self._feed.present()
        return self.of(parameters.text("symbol"))

    def chosen(self, parameters: Parameters) -> list[Market]:
        """Return the markets that ``symbol`` or ``symbols`` name, all of them without either.

        Raises:
            BinanceError: -1121, -1128; ApiError: 503 while the engine is away.
        """
        projection = self._feed.present()
        symbol, symbols = parameters.optional("symbol"), parameters.names("symbols")
        if symbol is not None:
            return [self.of(symbol)]
        if symbols is not None:
            return [self.of(each) for each in symbols]
        return list(projection.markets.values())


def last_trade_id(market: Market) -> int:
    """Return the id of an instrument's latest trade, 0 if it never traded."""
    return market.next_trade_id - 1


def is_buyer_maker(aggressor_side: int) -> bool:
    """Return whether a trade's buyer had waited in the book. In an auction neither is said to."""
    return aggressor_side == AggressorSide.SELL
