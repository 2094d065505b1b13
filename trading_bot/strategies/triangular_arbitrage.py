"""Trades three instruments around a triangle whenever that comes back with more than it began with.

Of BASE-QUOTE, OTHER-QUOTE and OTHER-BASE (such as BTC-USDT, ETH-USDT, ETH-BTC) it buys one way and
sells the other: a unit of quote becomes base, base becomes other, other becomes quote again, or the
reverse. Source: Y. Aiba, N. Hatano, H. Takayasu, K. Marumo and T. Shimizu, Triangular arbitrage as
an interaction among foreign exchange rates, Physica A 310, 2002. Risk: the legs are three orders,
not one: what another takes first leaves an open position, which is then closed at the market when
``hold_s`` has passed. Three taker fees are paid; ``edge_bps`` is what must be left after them.
"""

from typing import Annotated

from msgspec import Meta

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_MS, NS_PER_S, PPM
from trading_bot.errors import BadParameter
from trading_bot.parameters import Bps, Parameters, Seconds, Units
from trading_bot.rounding import least_lots, units_worth
from trading_bot.setting import Setting
from trading_bot.strategy import Desired, MarketView, OwnFill, Strategy, Take


class TriangularArbitrageParameters(Parameters):
    """A turn is the three orders around the triangle."""

    edge_bps: Annotated[Bps, Meta(description="What must be left after fees")] = 1.0
    notional_max: Annotated[Units, Meta(description="Of one turn, in the quote asset")] = 5_000.0
    rest_ms: Annotated[int, Meta(ge=0, le=600_000, description="After a turn")] = 250
    hold_s: Annotated[Seconds, Meta(description="Until what is left open is closed")] = 5.0


_BUY, _SELL = Side.BUY, Side.SELL
TURNS = ((_BUY, _SELL, _BUY), (_SELL, _BUY, _SELL))
"""Sides in BASE-QUOTE, OTHER-QUOTE, OTHER-BASE: quote → base → other → quote, and the reverse."""


class TriangularArbitrage(Strategy):
    """See the module."""

    book_interval_ms = 0

    def __init__(
        self, instruments: tuple[Instrument, ...], parameters: TriangularArbitrageParameters
    ) -> None:
        self._instruments = instruments
        self._parameters = parameters
        self._turned_ns: int | None = None
        self._open_atoms: dict[str, int] = {}

    def pause_ns(self) -> int:
        """Return half a second: what is left open is looked at then."""
        return NS_PER_S // 2

    def on_book(self, view: MarketView) -> Desired | None:
        """Return the three orders of a turn that pays."""
        rest_ns = self._parameters.rest_ms * NS_PER_MS
        if self._turned_ns is not None and view.now_ns < self._turned_ns + rest_ns:
            return None
        views = self._views(view)
        for sides in TURNS:
            takes = self._turn(views, sides)
            if takes:
                self._turned_ns = view.now_ns
                return Desired(takes=takes)
        return None

    def on_timer(self, view: MarketView) -> Desired | None:
        """Return what closes a position that a turn left open."""
        hold_ns = int(self._parameters.hold_s * NS_PER_S)
        if self._turned_ns is None or view.now_ns < self._turned_ns + hold_ns:
            return None
        takes = []
        for one in self._views(view)[:2]:
            open_atoms = self._open_atoms.get(one.instrument.base.name, 0)
            lots = abs(open_atoms) // one.instrument.base_atoms_per_lot
            if lots >= least_lots(one.instrument, one.best_bid_ticks or one.best_ask_ticks or 1):
                takes.append(Take(_SELL if open_atoms > 0 else _BUY, lots, None, _name(one)))
        self._turned_ns = view.now_ns if takes else None
        return Desired(takes=tuple(takes))

    def on_fill(self, view: MarketView, fill: OwnFill) -> None:
        """Keep count of what is open of each asset."""
        instrument = next(one for one in self._instruments if one.symbol == fill.symbol)
        got, gave = instrument.base.name, instrument.quote.name
        got_atoms = fill.qty_lots * instrument.base_atoms_per_lot
        gave_atoms = instrument.notional_atoms(fill.price_ticks, fill.qty_lots)
        if fill.side is _SELL:
            got, gave, got_atoms, gave_atoms = gave, got, gave_atoms, got_atoms
        self._open_atoms[got] = self._open_atoms.get(got, 0) + got_atoms - fill.fee_atoms
        self._open_atoms[gave] = self._open_atoms.get(gave, 0) - gave_atoms

    def _views(self, view: MarketView) -> tuple[MarketView, MarketView, MarketView]:
        _, other, cross = self._instruments
        return view, view.others[other.symbol], view.others[cross.symbol]

    def _turn(
        self, views: tuple[MarketView, MarketView, MarketView], sides: tuple[Side, Side, Side]
    ) -> tuple[Take, ...]:
        """Return the orders of one turn if it pays, all of one size; else none."""
        tops = [_top(view, side) for view, side in zip(views, sides, strict=True)]
        if not all(price for price, _ in tops) or self._gain(views, sides, tops) <= 0:
            return ()
        base, other, cross = (view.instrument for view in views)
        (base_price, base_lots), (other_price, other_lots), (cross_price, cross_lots) = tops
        other_atoms = min(
            other_lots * other.base_atoms_per_lot,
            cross_lots * cross.base_atoms_per_lot,
            self._affordable_atoms(base, other, base_lots, base_price, other_price),
            int(self._parameters.notional_max / units_worth(other, 1, other_price))
            * other.base_atoms_per_lot,
        )
        cross_qty = other_atoms // cross.base_atoms_per_lot
        other_qty = cross_qty * cross.base_atoms_per_lot // other.base_atoms_per_lot
        base_qty = cross.notional_atoms(cross_price, cross_qty) // base.base_atoms_per_lot
        quantities = (base_qty, other_qty, cross_qty)
        for view, (price, _), qty in zip(views, tops, quantities, strict=True):
            if qty < least_lots(view.instrument, price):
                return ()
        return tuple(
            Take(side, qty, price, _name(view))
            for view, side, (price, _), qty in zip(views, sides, tops, quantities, strict=True)
        )

    def _affordable_atoms(
        self, base: Instrument, other: Instrument, base_lots: int, base_price: int, other_price: int
    ) -> int:
        """Return the atoms of OTHER that are worth what the best price has of BASE."""
        worth_atoms = base.notional_atoms(base_price, base_lots)
        return worth_atoms // other.notional_atoms(other_price, 1) * other.base_atoms_per_lot

    def _gain(
        self,
        views: tuple[MarketView, MarketView, MarketView],
        sides: tuple[Side, Side, Side],
        tops: list[tuple[int, int]],
    ) -> float:
        """Return what a unit of quote gains in a turn, less fees and edge, as a share."""
        kept = 1.0
        for view, side, (price, _) in zip(views, sides, tops, strict=True):
            rate = price * float(view.instrument.measure.tick)
            kept *= (1 / rate if side is _BUY else rate) * (1 - view.instrument.taker_fee_ppm / PPM)
        return kept - 1 - self._parameters.edge_bps * 1e-4


def _top(view: MarketView, side: Side) -> tuple[int, int]:
    """Return price and size that an order of ``side`` meets; (0, 0) if there is none."""
    if side is _BUY:
        return view.best_ask_ticks or 0, view.best_ask_lots
    return view.best_bid_ticks or 0, view.best_bid_lots


def _name(view: MarketView) -> str:
    return view.instrument.symbol


def make(setting: Setting, parameters: TriangularArbitrageParameters) -> TriangularArbitrage:
    """Return one that watches three instruments.

    Raises:
        BadParameter: they make no triangle.
    """
    if len(setting.instruments) != 3:
        raise BadParameter("symbols: three, BASE-QUOTE, OTHER-QUOTE and OTHER-BASE")
    first, other, cross = setting.instruments
    makes_triangle = (
        first.quote.name == other.quote.name
        and cross.base.name == other.base.name
        and cross.quote.name == first.base.name
    )
    if not makes_triangle:
        raise BadParameter(f"{first.symbol}, {other.symbol}, {cross.symbol}: no triangle")
    return TriangularArbitrage((first, other, cross), parameters)
