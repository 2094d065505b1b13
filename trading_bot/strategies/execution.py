"""Working one large order off by a schedule: what TWAP and VWAP share."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_S
from trading_bot.parameters import Parameters, Seconds, Units
from trading_bot.rounding import least_lots, lots_worth
from trading_bot.strategy import Desired, MarketView, Quote, Strategy, Take

ANSWER_NS: Final = NS_PER_S
"""After taking it waits so long before it takes again: what a take filled has to be known first."""


class ExecutionParameters(Parameters):
    """The whole order, and over how long."""

    side: Annotated[Literal["buy", "sell"], Meta(description="buy or sell")] = "buy"
    notional: Annotated[Units, Meta(description="Of the whole order, at the first price")] = (
        10_000.0
    )
    duration_s: Annotated[Seconds, Meta(description="From the first price to the end")] = 3_600.0
    patience: Annotated[
        float, Meta(ge=0, le=1, description="Part of each slice spent quoting before taking")
    ] = 0.8
    slices: Annotated[int, Meta(ge=1, le=10_000, description="Pieces of the order")] = 60


class Execution(Strategy):
    """In each slice it first quotes what the schedule lacks at the best price of its own side, and
    takes what is left of that near the slice's end. After the last slice it is done.
    """

    def __init__(self, instrument: Instrument, parameters: ExecutionParameters) -> None:
        self._instrument = instrument
        self._parameters = parameters
        self._side = Side.BUY if parameters.side == "buy" else Side.SELL
        self._began_ns: int | None = None
        self._total_lots = 0
        self._takes_from_ns = 0

    def pause_ns(self) -> int:
        """Return a fifth of a slice."""
        slice_ns = self._parameters.duration_s * NS_PER_S / self._parameters.slices
        return max(1_000_000, int(slice_ns / 5))

    def share_due(self, passed: float) -> float:
        """Return what part of the order should be done when ``passed`` of the time is; 0 to 1."""
        raise NotImplementedError

    def on_timer(self, view: MarketView) -> Desired | None:
        """Return the quote or the order that keeps the schedule."""
        if self._began_ns is None:
            if view.mid_ticks is None:
                return None
            self._began_ns = view.now_ns
            notional = self._parameters.notional
            self._total_lots = lots_worth(self._instrument, notional, view.mid_ticks)
        passed = (view.now_ns - self._began_ns) / (self._parameters.duration_s * NS_PER_S)
        slices = passed * self._parameters.slices
        ends = min(1.0, (int(slices) + 1) / self._parameters.slices)
        done_lots = view.position_lots if self._side is Side.BUY else -view.position_lots
        missing = round(self._total_lots * self.share_due(ends)) - done_lots
        is_late = passed >= 1 or slices % 1 >= self._parameters.patience
        return self._work(view, missing, is_late)

    def _work(self, view: MarketView, missing: int, is_late: bool) -> Desired:
        bid, ask = view.best_bid_ticks, view.best_ask_ticks
        own, opposite = (bid, ask) if self._side is Side.BUY else (ask, bid)
        price_ticks = opposite if is_late else own
        if price_ticks is None or missing < least_lots(self._instrument, price_ticks):
            return Desired()
        if is_late:
            if view.now_ns < self._takes_from_ns:
                return Desired()
            self._takes_from_ns = view.now_ns + ANSWER_NS
            return Desired(takes=(Take(self._side, missing, price_ticks),))
        return Desired(quotes=(Quote(self._side, price_ticks, missing),))
