"""What a strategy is: a pure object that is shown the market and says which orders it wants.

It sends nothing and knows no clock, no socket and no order id. Whoever runs it (live, or in a
backtest) shows it what happens and makes its open orders equal to what it wants.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple

from domain.instruments import Instrument
from domain.orders import Side
from domain.units import NS_PER_S

ALONE: Final[Mapping[str, "MarketView"]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MarketView:
    """What a strategy may know at one moment. Balances are totals of the account, available and
    held together; ``position_lots`` is what this strategy itself has bought less what it has sold.
    """

    now_ns: int
    instrument: Instrument
    best_bid_ticks: int | None
    best_ask_ticks: int | None
    base_atoms: int
    quote_atoms: int
    best_bid_lots: int = 0
    best_ask_lots: int = 0
    position_lots: int = 0
    others: Mapping[str, "MarketView"] = field(default_factory=lambda: ALONE, repr=False)
    """The strategy's other instruments, by symbol."""

    @property
    def mid_ticks(self) -> float | None:
        """Halfway between the best prices; None unless both sides are quoted."""
        if self.best_bid_ticks is None or self.best_ask_ticks is None:
            return None
        return (self.best_bid_ticks + self.best_ask_ticks) / 2


class PublicTrade(NamedTuple):
    """A trade of anybody. ``aggressor`` is None in an auction."""

    symbol: str
    price_ticks: int
    qty_lots: int
    aggressor: Side | None


class OwnFill(NamedTuple):
    """A fill of one of the strategy's own orders; ``fee_atoms`` of the asset received."""

    symbol: str
    side: Side
    price_ticks: int
    qty_lots: int
    fee_atoms: int
    is_maker: bool


class Quote(NamedTuple):
    """A limit order that should rest in the book, and never take. ``symbol`` "": of the strategy's
    first instrument.
    """

    side: Side
    price_ticks: int
    qty_lots: int
    symbol: str = ""


class Take(NamedTuple):
    """An order to send once: at the market, or with ``price_ticks`` at that price or better. What
    cannot trade at once is dropped.
    """

    side: Side
    qty_lots: int
    price_ticks: int | None = None
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Desired:
    """All a strategy wants: the quotes that should rest (no others), and orders to send now.

    ``price_slack_ticks``: an order so near to a wanted price stays where it is; ``qty_slack``: one
    that much larger than wanted, as a share, stays as large as it is. Both save messages and keep
    places in the queue.
    """

    quotes: tuple[Quote, ...] = ()
    takes: tuple[Take, ...] = ()
    price_slack_ticks: int = 0
    qty_slack: float = 0.0


class Strategy:
    """Override what yours reacts to. An answer of None leaves what was wanted before."""

    book_interval_ms: ClassVar[int] = 100
    """How often ``on_book`` is called at most: 0 (at every change), 50, 100 or 1000."""

    def on_book(self, view: MarketView) -> Desired | None:
        """A book changed."""
        return None

    def on_trade(self, view: MarketView, trade: PublicTrade) -> Desired | None:
        """Somebody traded."""
        return None

    def on_fill(self, view: MarketView, fill: OwnFill) -> Desired | None:
        """One of our own orders traded."""
        return None

    def on_timer(self, view: MarketView) -> Desired | None:
        """The pause is over."""
        return None

    def pause_ns(self) -> int:
        """Return how long until the next timer."""
        return NS_PER_S

    def reacts_to(self, name: str) -> bool:
        """Return whether this strategy overrides a callback: what it ignores is not sent to it."""
        return getattr(type(self), name) is not getattr(Strategy, name)
