"""What the exchange pushes, taken in for a desk: books, trades, and its own orders and fills."""

from collections.abc import Callable
from typing import Any

import msgspec

from client.book import LocalBook
from client.errors import Unreachable
from client.types import Balance, Fill, Order, Trade
from client.types import Instrument as Traded
from trading_bot.desk import Desk
from trading_bot.learning import totals
from trading_bot.order_messages import ClientOrderIds, open_order, own_fill, side_of
from trading_bot.own_fills import OwnFills
from trading_bot.strategy import PublicTrade

Message = dict[str, Any]


class ChangedUnits(Unreachable):
    """An instrument has other ticks or lots: every price in mind is in the old ones."""


class MarketMessages:
    """Takes in the messages of one session. Enough is known with the first book of each instrument
    and the first lists of open orders and fills. ``own_fills`` outlives the session, as the desk
    does: the next one is told the same fills again.
    """

    def __init__(
        self,
        desk: Desk,
        told: list[Traded],
        ids: ClientOrderIds,
        own_fills: OwnFills,
        now_ns: Callable[[], int],
    ) -> None:
        self._desk = desk
        self._ids = ids
        self._now_ns = now_ns
        self._steps = {one.symbol: (one.tick_size, one.lot_size) for one in told}
        self._statuses = {one.symbol: one.trading_status for one in told}
        self._books = {symbol: LocalBook(one) for symbol, one in desk.instruments.items()}
        self._unseen = {"orders", "fills", *self._books}
        self._own_fills = own_fills

    @property
    def has_seen_all(self) -> bool:
        """Whether enough is known to act."""
        return not self._unseen

    def take(self, message: Message) -> bool:
        """Take in one message; return whether the strategy or its orders may have something to do.

        Raises:
            Unreachable: what was told has a gap, or the units have changed: begin anew.
        """
        take = {
            "book": self._take_book,
            "trades": self._take_trades,
            "orders": self._take_orders,
            "fills": self._take_fills,
            "balances": self._take_balances,
            "instruments": self._take_instruments,
        }.get(message.get("channel", ""))
        return take(message) if take else False

    def _take_book(self, message: Message) -> bool:
        symbol = message["symbol"]
        book, top = self._books[symbol], self._desk.tops[symbol]
        if not book.apply(message):
            raise Unreachable("the book channel has a gap")
        self._unseen.discard(symbol)
        top.best_bid_ticks, top.best_bid_lots = book.best_bid or (None, 0)
        top.best_ask_ticks, top.best_ask_lots = book.best_ask or (None, 0)
        if not self.has_seen_all or not self._desk.strategy.reacts_to("on_book"):
            return False
        self._desk.on_book(self._now_ns())
        return True

    def _take_trades(self, message: Message) -> bool:
        if message["type"] == "snapshot" or not self.has_seen_all:
            return False
        symbol = message["symbol"]
        instrument = self._desk.instruments[symbol]
        for told in reversed(msgspec.convert(message["trades"], list[Trade])):
            aggressor = None if told.aggressor_side == "none" else side_of(told.aggressor_side)
            price_ticks = instrument.price_ticks(told.price)
            trade = PublicTrade(symbol, price_ticks, instrument.qty_lots(told.qty), aggressor)
            self._desk.on_trade(trade, self._now_ns())
        return True

    def _take_orders(self, message: Message) -> bool:
        if message["type"] == "update":
            self.take_order(msgspec.convert(message["order"], Order))
            return True
        orders = msgspec.convert(message["orders"], list[Order])
        told = {order.order_id for order in orders}
        for ours in self._desk.orders.values():
            for order_id in {order.order_id for order in ours.all()} - told:
                ours.close(order_id)
        for order in orders:
            self.take_order(order)
        self._unseen.discard("orders")
        return True

    def take_order(self, order: Order) -> None:
        """Take in one state of an order, unless it is another's."""
        instrument = self._desk.instruments.get(order.symbol)
        if instrument is None or not self._ids.is_ours(order):
            return
        ours = self._desk.orders[order.symbol]
        resting = open_order(instrument, order)
        if resting is None:
            ours.close(order.order_id)
        else:
            ours.update(resting, order.seq)
        self._count([])

    def _take_fills(self, message: Message) -> bool:
        if message["type"] == "snapshot":
            fills = msgspec.convert(message["fills"], list[Fill])
            self._own_fills.begin(fills)
            self._unseen.discard("fills")
            self._count(list(reversed(fills)))
        else:
            self._count([msgspec.convert(message["fill"], Fill)])
        return True

    def _count(self, fills: list[Fill]) -> None:
        known = [fill for fill in fills if fill.symbol in self._desk.instruments]
        for fill in self._own_fills.take(known):
            instrument = self._desk.instruments[fill.symbol]
            self._desk.on_fill(own_fill(instrument, fill), self._now_ns())

    def _take_balances(self, message: Message) -> bool:
        balances = msgspec.convert(message["balances"], list[Balance])
        self._desk.atoms |= totals(list(self._desk.instruments.values()), balances)
        return False

    def _take_instruments(self, message: Message) -> bool:
        """Pause while nothing can be traded.

        Raises:
            ChangedUnits: ticks or lots are others.
        """
        for told in msgspec.convert(message["instruments"], list[Traded]):
            if told.symbol in self._steps:
                self._statuses[told.symbol] = told.trading_status
                if (told.tick_size, told.lot_size) != self._steps[told.symbol]:
                    raise ChangedUnits(f"{told.symbol} has other ticks or lots")
        is_open = message["venue_status"] == "open"
        for symbol, status in self._statuses.items():
            self._desk.tops[symbol].status = status if is_open else "halted"
        return True
