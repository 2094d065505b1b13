"""What a strategy is: a pure object that is shown the market and says which orders it wants."""

from dataclasses import dataclass
from typing import Protocol

from domain.instruments import Instrument
from domain.orders import Side


@dataclass(frozen=True, slots=True)
class MarketView:
    """What a strategy may know at one moment. Balances are totals, available and held together."""

    now_ns: int
    instrument: Instrument
    best_bid_ticks: int | None
    best_ask_ticks: int | None
    base_atoms: int
    quote_atoms: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A limit order that should rest in the book, and never take."""

    side: Side
    price_ticks: int
    qty_lots: int


@dataclass(frozen=True, slots=True)
class Take:
    """A market order to send once."""

    side: Side
    qty_lots: int


@dataclass(frozen=True, slots=True)
class Desired:
    """All a strategy wants: the quotes that should rest (no others), and orders to send now."""

    quotes: tuple[Quote, ...] = ()
    takes: tuple[Take, ...] = ()


class Strategy(Protocol):
    """Shown the market when its timer ends; decides, and says when to be asked again."""

    def on_timer(self, view: MarketView) -> Desired:
        """Return what is wanted now."""
        ...

    def pause_ns(self) -> int:
        """Return how long until the next timer."""
        ...
