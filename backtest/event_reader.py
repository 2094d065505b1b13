"""From the core's events to those whose orders they are about."""

from collections.abc import Callable
from typing import Final

from backtest.trader import Trader
from domain.commands import CommandKind
from domain.events import EventKind, TradeFlag
from domain.orders import OrderType, Side, TimeInForce, TradingStatus
from domain.reasons import RejectReason
from schemas.codec import event_fields
from schemas.layouts import EVENT_BYTES
from trading_bot.strategy import OwnFill, PublicTrade

_ACCEPTED: Final = event_fields(
    EventKind.ORDER_ACCEPTED,
    *("account_id", "instrument_id", "order_id", "side", "price_ticks", "qty_lots", "book_seq"),
    *("order_type", "time_in_force"),
)
_RESTED: Final = event_fields(
    EventKind.ORDER_RESTED,
    *("account_id", "instrument_id", "order_id", "side", "price_ticks", "leaves_qty_lots"),
)
_REPLACED: Final = event_fields(
    EventKind.ORDER_REPLACED,
    *("account_id", "instrument_id", "order_id", "side", "price_ticks", "leaves_qty_lots"),
    "qty_lots",
)
_ENDED: Final = event_fields(EventKind.ORDER_CANCELED, "account_id", "instrument_id", "order_id")
_REDUCED: Final = event_fields(
    EventKind.ORDER_REDUCED,
    *("account_id", "instrument_id", "order_id", "side", "price_ticks", "leaves_qty_lots"),
    "cum_qty_lots",
)
_REJECTED: Final = event_fields(
    EventKind.ORDER_REJECTED, "account_id", "instrument_id", "order_id", "request", "reason"
)
_TRADE: Final = event_fields(
    EventKind.TRADE,
    *("maker_account_id", "taker_account_id", "instrument_id", "maker_order_id", "taker_order_id"),
    *("maker_side", "price_ticks", "qty_lots", "flags", "maker_fee_atoms", "taker_fee_atoms"),
    "aggressor_side",
)
_STATUS: Final = event_fields(EventKind.TRADING_STATUS_CHANGED, "instrument_id", "trading_status")

OnTrade = Callable[[int, int, int, int, int], None]
"""Told of each trade: instrument, ts_ns, price_ticks, qty_lots, aggressor side (0: none)."""
OnFill = Callable[[Trader, OwnFill, int], None]


class EventReader:
    """Reads events for ``traders``. ``touched`` collects those who may have something to do."""

    def __init__(
        self,
        traders: list[Trader],
        on_trade: OnTrade = lambda *_: None,
        on_fill: OnFill = lambda *_: None,
    ) -> None:
        self._traders = {
            (one.account_id, instrument_id): one for one in traders for instrument_id in one.symbols
        }
        self._watching = [one for one in traders if one.sees_trades]
        self._all = traders
        self._on_trade = on_trade
        self._on_fill = on_fill
        self.touched: dict[str, Trader] = {}
        self._readers: dict[int, Callable[[bytes, int, int], None]] = {
            EventKind.ORDER_ACCEPTED: self._accepted,
            EventKind.ORDER_RESTED: self._rested,
            EventKind.ORDER_REPLACED: self._replaced,
            EventKind.ORDER_CANCELED: self._closed,
            EventKind.ORDER_EXPIRED: self._closed,
            EventKind.ORDER_REDUCED: self._reduced,
            EventKind.ORDER_REJECTED: self._rejected,
            EventKind.TRADE: self._trade,
            EventKind.TRADING_STATUS_CHANGED: self._status,
        }

    def read(self, events: bytes, ts_ns: int) -> None:
        """Take in the events of one group."""
        readers = self._readers
        for number, kind in enumerate(events[::EVENT_BYTES]):
            reader = readers.get(kind)
            if reader is not None:
                reader(events, number * EVENT_BYTES, ts_ns)

    def _accepted(self, data: bytes, at: int, ts_ns: int) -> None:
        account, instrument, order_id, side, price, qty, book_seq, kind, tif = _ACCEPTED(data, at)
        trader = self._traders.get((account, instrument))
        if trader is None:
            return
        trader.entered_lots += qty
        if book_seq and kind == OrderType.LIMIT and tif == TimeInForce.GTC:
            trader.rests(instrument, order_id, side, price, qty, 0)

    def _rested(self, data: bytes, at: int, ts_ns: int) -> None:
        account, instrument, order_id, side, price, leaves = _RESTED(data, at)
        if trader := self._traders.get((account, instrument)):
            trader.rests(instrument, order_id, side, price, leaves, 0)

    def _replaced(self, data: bytes, at: int, ts_ns: int) -> None:
        account, instrument, order_id, side, price, leaves, qty = _REPLACED(data, at)
        if trader := self._traders.get((account, instrument)):
            trader.amended(instrument, order_id, side, price, leaves, qty - leaves)

    def _reduced(self, data: bytes, at: int, ts_ns: int) -> None:
        account, instrument, order_id, side, price, leaves, cum = _REDUCED(data, at)
        if trader := self._traders.get((account, instrument)):
            trader.rests(instrument, order_id, side, price, leaves, cum)

    def _closed(self, data: bytes, at: int, ts_ns: int) -> None:
        account, instrument, order_id = _ENDED(data, at)
        if trader := self._traders.get((account, instrument)):
            trader.ended(instrument, order_id)

    def _rejected(self, data: bytes, at: int, ts_ns: int) -> None:
        account, instrument, order_id, request, reason = _REJECTED(data, at)
        if trader := self._traders.get((account, instrument)):
            is_cancel = request == CommandKind.CANCEL_ORDER
            code = RejectReason(reason).name
            trader.refused(instrument, code, ts_ns, order_id, is_cancel)

    def _status(self, data: bytes, at: int, ts_ns: int) -> None:
        instrument, status = _STATUS(data, at)
        for trader in self._all:
            if symbol := trader.symbols.get(instrument):
                trader.desk.tops[symbol].status = TradingStatus(status).name.lower()

    def _trade(self, data: bytes, at: int, ts_ns: int) -> None:
        (maker, taker, instrument, maker_order, taker_order, maker_side, price, qty, flags,
         maker_fee, taker_fee, aggressor) = _TRADE(data, at)  # fmt: skip
        self._on_trade(instrument, ts_ns, price, qty, aggressor)
        for account, order_id, side, fee, whole, is_maker in (
            (maker, maker_order, maker_side, maker_fee, TradeFlag.MAKER_FILLED, True),
            (taker, taker_order, 3 - maker_side, taker_fee, TradeFlag.TAKER_FILLED, False),
        ):
            trader = self._traders.get((account, instrument))
            if trader is not None:
                symbol = trader.symbols[instrument]
                fill = OwnFill(symbol, Side(side), price, qty, fee, is_maker)
                trader.filled(instrument, order_id, fill, bool(flags & whole), ts_ns)
                self._on_fill(trader, fill, ts_ns)
                self.touched[trader.name] = trader
        for trader in self._watching:
            if watched := trader.symbols.get(instrument):
                by = Side(aggressor) if aggressor else None
                trader.traded(PublicTrade(watched, price, qty, by), ts_ns)
                self.touched[trader.name] = trader
