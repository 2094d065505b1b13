"""One strategy at work, live or in a backtest alike: it is shown what happened, and what it wants
becomes what to send.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.instruments import Instrument
from domain.units import NS_PER_MS, NS_PER_S
from trading_bot.open_orders import OpenOrders
from trading_bot.profit import Position
from trading_bot.reconcile import Action, Cancel, Sent, reconcile
from trading_bot.strategy import (
    ALONE,
    Desired,
    MarketView,
    OwnFill,
    PublicTrade,
    Quote,
    Strategy,
    Take,
)

CROSSED_PAUSE_NS: Final = 50 * NS_PER_MS
"""After a quote that would have taken: the market moved, and our view of it follows."""
REFUSED_PAUSE_NS: Final = NS_PER_S
"""After any other refusal: asking again at once would change nothing."""
_CROSSED: Final = "POST_ONLY_WOULD_TAKE"
_GONE: Final = "UNKNOWN_ORDER"


@dataclass(slots=True)
class Top:
    """The best of one book, as it was last seen, and whether its instrument trades."""

    best_bid_ticks: int | None = None
    best_ask_ticks: int | None = None
    best_bid_lots: int = 0
    best_ask_lots: int = 0
    status: str = "trading"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages may be sent. Cancels count, but never wait."""

    messages_per_s: int = 400
    burst: int = 400


class Desk:
    """``now_ns`` never goes back. The first instrument is the one a strategy's view is of."""

    def __init__(
        self, strategy: Strategy, instruments: Sequence[Instrument], limits: Limits | None = None
    ) -> None:
        self.strategy = strategy
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.first = instruments[0]
        self.tops = {symbol: Top() for symbol in self.instruments}
        self.orders = {symbol: OpenOrders() for symbol in self.instruments}
        self.positions = {s: Position(instrument) for s, instrument in self.instruments.items()}
        self.atoms: dict[str, int] = {}
        """Totals of the account, by asset."""
        self.resumes_ns = 0
        """Until then nothing but cancels is sent."""
        self.stopped = False
        """Once set nothing is wanted any more."""
        self._desired = Desired()
        self._takes: list[Take] = []
        limits = limits or Limits()
        self._each_ns = NS_PER_S // limits.messages_per_s
        self._burst_ns = limits.burst * self._each_ns
        self._settled: dict[str, tuple[Desired, int, str, bool]] = {}
        self._quotes: dict[str, tuple[Desired, Instrument, list[Quote]]] = {}
        """Where nothing was to be changed: until one of these is another, nothing is."""
        self._spent_until_ns = 0
        self._cancels_resume_ns = 0

    def on_timer(self, now_ns: int) -> None:
        """Its pause is over."""
        self._want(self.strategy.on_timer(self.view(now_ns)))

    def on_book(self, now_ns: int) -> None:
        """A book changed; ``tops`` has it."""
        self._want(self.strategy.on_book(self.view(now_ns)))

    def on_trade(self, trade: PublicTrade, now_ns: int) -> None:
        """Somebody traded."""
        self._want(self.strategy.on_trade(self.view(now_ns), trade))

    def on_fill(self, fill: OwnFill, now_ns: int) -> None:
        """One of our orders traded."""
        self.positions[fill.symbol].add(fill)
        self._want(self.strategy.on_fill(self.view(now_ns), fill))

    def _want(self, desired: Desired | None) -> None:
        if desired is not None:
            self._desired = desired
            self._takes += desired.takes

    def view(self, now_ns: int) -> MarketView:
        """Return the market as it is now."""
        others = ALONE
        if len(self.instruments) > 1:
            others = {s: self._view(s, now_ns) for s in self.instruments if s != self.first.symbol}
        view = self._view(self.first.symbol, now_ns)
        return replace(view, others=others) if others else view

    def _view(self, symbol: str, now_ns: int) -> MarketView:
        instrument, top = self.instruments[symbol], self.tops[symbol]
        return MarketView(
            now_ns,
            instrument,
            top.best_bid_ticks,
            top.best_ask_ticks,
            self.atoms.get(instrument.base.name, 0),
            self.atoms.get(instrument.quote.name, 0),
            top.best_bid_lots,
            top.best_ask_lots,
            self.positions[symbol].lots,
        )

    def actions(self, now_ns: int) -> list[tuple[str, Sent]]:
        """Return what to send now, with its symbol. What it returns counts as sent: ask again when
        the answers are in, or at ``resumes_ns``.
        """
        changes: list[tuple[str, Sent]] = []
        for symbol, orders in self.orders.items():
            changes += ((symbol, action) for action in self._changes(symbol, orders))
        takes, self._takes = self._takes, []
        wanted = changes + [
            (take.symbol or self.first.symbol, take) for take in takes if self._may_take(take)
        ]
        may_enter = now_ns >= self.resumes_ns
        return [
            sent
            for sent in wanted
            if (
                now_ns >= self._cancels_resume_ns
                if isinstance(sent[1], Cancel)
                else may_enter and self._has_budget(now_ns)
            )
        ]

    def _changes(self, symbol: str, orders: OpenOrders) -> list[Action]:
        status = self.tops[symbol].status
        if status == "auction" and not self.stopped:
            return []  # what rests takes part; nothing that must not take can enter
        now = (self._desired, orders.changes, status, self.stopped)
        if self._settled.get(symbol) == now:
            return []
        changes = self._reconciled(symbol, orders, status)
        if not changes:
            self._settled[symbol] = now
        return changes

    def _reconciled(self, symbol: str, orders: OpenOrders, status: str) -> list[Action]:
        desired, quotes = self._desired, list[Quote]()
        if status == "trading" and not self.stopped:
            quotes = self._quotes_of(symbol)
        if not quotes and not len(orders):
            return []
        return reconcile(orders.all(), quotes, desired.price_slack_ticks, desired.qty_slack)

    def _quotes_of(self, symbol: str) -> list[Quote]:
        """Return what is wanted of an instrument, as far as it can be had."""
        desired, instrument = self._desired, self.instruments[symbol]
        known = self._quotes.get(symbol)
        if known is not None and known[0] is desired and known[1] is instrument:
            return known[2]
        named = (symbol, "") if symbol == self.first.symbol else (symbol,)
        wanted = [_allowed(instrument, one) for one in desired.quotes if one.symbol in named]
        quotes = [one for one in wanted if one is not None]
        self._quotes[symbol] = desired, instrument, quotes
        return quotes

    def _may_take(self, take: Take) -> bool:
        status = self.tops[take.symbol or self.first.symbol].status
        return take.qty_lots > 0 and status == "trading" and not self.stopped

    def _has_budget(self, now_ns: int) -> bool:
        """Count one message; False, and not counted, if the limits do not let it through."""
        before_ns = self._spent_until_ns
        spent_until_ns = (before_ns if before_ns > now_ns else now_ns) + self._each_ns
        if spent_until_ns > now_ns + self._burst_ns:
            self.resumes_ns = max(self.resumes_ns, now_ns + self._burst_ns // 4)
            return False
        self._spent_until_ns = spent_until_ns
        return True

    def refused(
        self, symbol: str, code: str, now_ns: int, order_id: int = 0, is_cancel: bool = False
    ) -> None:
        """Something sent was refused and changed nothing; ``order_id`` if it was about an order."""
        if code == _GONE and order_id:
            self.orders[symbol].forget(order_id)
            return
        pause_ns = CROSSED_PAUSE_NS if code == _CROSSED else REFUSED_PAUSE_NS
        self.resumes_ns = max(self.resumes_ns, now_ns + pause_ns)
        if is_cancel:
            self._cancels_resume_ns = self.resumes_ns

    def knew(self, symbol: str, order_id: int) -> bool:
        """Return whether an order is or was lately ours."""
        return self.orders[symbol].knew(order_id)

    def wants_more(self, now_ns: int) -> bool:
        """Return whether something waits for ``resumes_ns``."""
        return now_ns < self.resumes_ns and any(
            self._changes(symbol, orders) for symbol, orders in self.orders.items()
        )

    def mark_ticks(self, symbol: str) -> int | None:
        """Return what a position is valued at: the price at which it could be closed."""
        top = self.tops[symbol]
        mark = top.best_bid_ticks if self.positions[symbol].lots > 0 else top.best_ask_ticks
        return mark if mark is not None else top.best_bid_ticks or top.best_ask_ticks


def _allowed(instrument: Instrument, quote: Quote) -> Quote | None:
    """Return the quote within the instrument's bounds; None if it would only be refused."""
    if not 0 < quote.price_ticks <= instrument.price_max_ticks or quote.qty_lots <= 0:
        return None
    if quote.qty_lots > instrument.qty_max_lots:
        quote = quote._replace(qty_lots=instrument.qty_max_lots)
    notional_atoms = instrument.notional_atoms(quote.price_ticks, quote.qty_lots)
    return quote if notional_atoms >= instrument.min_notional_atoms else None
