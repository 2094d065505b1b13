"""Who trades in a backtest: a strategy at its desk, with an account at the real core."""

from typing import Final

from backtest.command_bytes import CommandWriter
from backtest.venue import Venue
from domain.orders import Side
from trading_bot.desk import Desk
from trading_bot.reconcile import OpenOrder
from trading_bot.strategy import OwnFill, PublicTrade

REACTIONS: Final = ("on_book", "on_trade", "on_fill")
_SIDES: Final = {int(side): side for side in Side}


class Trader:
    """``instrument_ids``: by symbol. ``latency_ns``: from a decision to its arrival."""

    def __init__(
        self,
        name: str,
        account_id: int,
        desk: Desk,
        instrument_ids: dict[str, int],
        latency_ns: int = 0,
    ) -> None:
        self.name = name
        self.account_id = account_id
        self.desk = desk
        self.instrument_ids = instrument_ids
        self.symbols = {number: symbol for symbol, number in instrument_ids.items()}
        self.latency_ns = latency_ns
        self.reacts = any(desk.strategy.reacts_to(name) for name in REACTIONS)
        self.sees_trades = desk.strategy.reacts_to("on_trade")
        self.sees_books = desk.strategy.reacts_to("on_book")
        self.in_flight = False
        """Commands are on their way: nothing more is sent until they arrive."""
        self.waits = False
        """It is woken when its desk may send again."""
        self.entered_lots = 0
        self.messages = 0
        self._tops: dict[str, object] = {}

    def look(self, venue: Venue) -> bool:
        """See the market and the account as they are; return whether a best price changed."""
        core, changed = venue.core, False
        for symbol, instrument_id in self.instrument_ids.items():
            best = core.depth(instrument_id, 1)
            if best == self._tops.get(symbol):
                continue
            self._tops[symbol], changed = best, True
            top, (bids, asks) = self.desk.tops[symbol], best
            top.best_bid_ticks, top.best_bid_lots = bids[0] if bids else (None, 0)
            top.best_ask_ticks, top.best_ask_lots = asks[0] if asks else (None, 0)
        for instrument in self.desk.instruments.values():
            for asset in (instrument.base, instrument.quote):
                available, held = core.balance(self.account_id, asset.asset_id)
                self.desk.atoms[asset.name] = available + held
        return changed

    def commands(self, writer: CommandWriter, ts_ns: int) -> bytes:
        """Return what is to be sent now, as commands that arrive at ``ts_ns`` + latency."""
        arrives_ns = ts_ns + self.latency_ns
        written = []
        for symbol, sent in self.desk.actions(ts_ns):
            self.messages += 1
            instrument_id = self.instrument_ids[symbol]
            written.append(writer.write(self.account_id, instrument_id, sent, arrives_ns))
        return b"".join(written)

    def amended(
        self, instrument_id: int, order_id: int, side: int, price_ticks: int, leaves: int, cum: int
    ) -> None:
        """One of our orders rests as it was amended; what it grew by was entered."""
        orders = self.desk.orders[self.symbols[instrument_id]]
        before = orders.get(order_id)
        if before is not None and leaves > before.leaves_qty_lots:
            self.entered_lots += leaves - before.leaves_qty_lots
        orders.update(OpenOrder(order_id, _SIDES[side], price_ticks, leaves, cum), 0)

    def rests(
        self, instrument_id: int, order_id: int, side: int, price_ticks: int, leaves: int, cum: int
    ) -> None:
        """One of our orders rests in the book as it is told."""
        order = OpenOrder(order_id, _SIDES[side], price_ticks, leaves, cum)
        self.desk.orders[self.symbols[instrument_id]].update(order, 0)

    def ended(self, instrument_id: int, order_id: int) -> None:
        """One of our orders can trade no more."""
        self.desk.orders[self.symbols[instrument_id]].close(order_id)

    def filled(
        self, instrument_id: int, order_id: int, fill: OwnFill, is_whole: bool, ts_ns: int
    ) -> None:
        """One of our orders traded; ``is_whole``: nothing of it is left."""
        orders = self.desk.orders[self.symbols[instrument_id]]
        order = orders.get(order_id)
        if is_whole:
            orders.close(order_id)
        elif order is not None:
            leaves = order.leaves_qty_lots - fill.qty_lots
            cum = order.cum_qty_lots + fill.qty_lots
            left = OpenOrder(order_id, order.side, order.price_ticks, leaves, cum)
            orders.update(left, 0)
        self.desk.on_fill(fill, ts_ns)

    def refused(
        self, instrument_id: int, code: str, ts_ns: int, order_id: int, is_cancel: bool
    ) -> None:
        """Something we sent was refused."""
        self.desk.refused(self.symbols[instrument_id], code, ts_ns, order_id, is_cancel)

    def traded(self, trade: PublicTrade, ts_ns: int) -> None:
        """Somebody traded in one of our instruments."""
        self.desk.on_trade(trade, ts_ns)
