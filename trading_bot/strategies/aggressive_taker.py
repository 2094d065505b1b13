"""Takes when one side of the best prices is much heavier than the other: the price tends to go away
from the heavy side.

Source: M. Gould and J. Bonart, Queue imbalance as a one-tick-ahead price predictor in a limit order
book, Market Microstructure and Liquidity 2 (2), 2016; R. Cont, A. Kukanov and S. Stoikov, The price
impact of order book events, J. Financial Econometrics 12, 2014. Risk: it pays the spread and the
taker fee on every trade; what it predicts is about a tick, so it earns nothing where fees are more
than that. Spoofed size is size to it.
"""

from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_MS, NS_PER_S
from trading_bot.parameters import Parameters, Units
from trading_bot.rounding import lots_worth
from trading_bot.setting import Setting
from trading_bot.strategy import Desired, MarketView, Strategy, Take


class AggressiveTakerParameters(Parameters):
    """Imbalance is (bid - ask) / (bid + ask) of the sizes at the best prices."""

    imbalance: Annotated[float, Meta(gt=0, lt=1, description="From where on it takes")] = 0.7
    notional: Annotated[Units, Meta(description="Of each order")] = 500.0
    inventory_max: Annotated[Units, Meta(description="It goes no further either way")] = 5_000.0
    rest_ms: Annotated[int, Meta(ge=0, le=600_000, description="After an order")] = 1_000


class AggressiveTaker(Strategy):
    """See the module."""

    book_interval_ms = 0

    def __init__(self, instrument: Instrument, parameters: AggressiveTakerParameters) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._rests_until_ns = 0

    def pause_ns(self) -> int:
        """Return a second: it lives by the book."""
        return NS_PER_S

    def on_book(self, view: MarketView) -> Desired | None:
        """Return one order at the best price if the book leans far enough."""
        total = view.best_bid_lots + view.best_ask_lots
        if view.mid_ticks is None or total <= 0 or view.now_ns < self._rests_until_ns:
            return None
        imbalance = (view.best_bid_lots - view.best_ask_lots) / total
        if abs(imbalance) < self._parameters.imbalance:
            return None
        side = Side.BUY if imbalance > 0 else Side.SELL
        qty_lots = self._qty_lots(view, side)
        if qty_lots <= 0:
            return None
        self._rests_until_ns = view.now_ns + self._parameters.rest_ms * NS_PER_MS
        price_ticks = view.best_ask_ticks if side is Side.BUY else view.best_bid_ticks
        return Desired(takes=(Take(side, qty_lots, price_ticks),))

    def _qty_lots(self, view: MarketView, side: Side) -> int:
        mid = view.mid_ticks or 1.0
        wanted = lots_worth(self._instrument, self._parameters.notional, mid)
        bound = lots_worth(self._instrument, self._parameters.inventory_max, mid)
        held = view.position_lots if side is Side.BUY else -view.position_lots
        return min(wanted, bound - held)


def make(setting: Setting, parameters: AggressiveTakerParameters) -> AggressiveTaker:
    """Return one that has nothing yet."""
    return AggressiveTaker(setting.instrument, parameters)
