"""What a strategy's runner sends, as the commands that an engine is given, written in one go."""

from itertools import count
from typing import Final

from domain.client_order_ids import NO_CLIENT_ORDER_ID, PACKED_BYTES
from domain.commands import CancelOrder, NewOrder, ReplaceOrder
from domain.orders import OrderFlag, OrderType, SelfTradePrevention, TimeInForce
from domain.units import NS_PER_S
from schemas.layouts import COMMANDS, Layout
from trading_bot.reconcile import Amend, Cancel, Place, Sent

VALID_NS: Final = 5 * NS_PER_S
_LAYOUTS: Final = {layout.domain_type: layout for layout in COMMANDS}
_ID_CHARS: Final = 8
_ID_BITS: Final = 6 * _ID_CHARS
_LIMIT, _MARKET = int(OrderType.LIMIT), int(OrderType.MARKET)
_GTC, _IOC = int(TimeInForce.GTC), int(TimeInForce.IOC)
_POST_ONLY: Final = int(OrderFlag.POST_ONLY)
_NO_PREVENTION: Final = int(SelfTradePrevention.NONE)


def _layout(domain_type: type, fields: str) -> Layout:
    layout = _LAYOUTS[domain_type]
    assert layout.fields == tuple(fields.split()), layout.fields
    return layout


_NEW: Final = _layout(
    NewOrder,
    "side order_type time_in_force self_trade_prevention flags trailing_bps account_id "
    "instrument_id price_ticks qty_lots trigger_price_ticks display_qty_lots quote_budget_atoms "
    "valid_until_ns client_order_id expire_s",
)
_CANCEL: Final = _layout(CancelOrder, "account_id instrument_id order_id client_order_id")
_REPLACE: Final = _layout(
    ReplaceOrder,
    "account_id instrument_id price_ticks qty_lots trigger_price_ticks display_qty_lots order_id "
    "valid_until_ns request_id",
)


class CommandWriter:
    """Numbers what it writes: no id twice."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def _next_id(self) -> bytes:
        number = next(self._numbers)
        assert number < 1 << _ID_BITS
        return number.to_bytes(PACKED_BYTES - 1, "little") + bytes((_ID_CHARS,))

    def write(self, account_id: int, instrument_id: int, sent: Sent, ts_ns: int) -> bytes:
        """Return ``sent`` as 96 bytes."""
        valid_ns = ts_ns + VALID_NS
        if isinstance(sent, Amend):
            return _REPLACE.packer.pack(
                _REPLACE.kind, account_id, instrument_id, sent.quote.price_ticks,
                sent.total_qty_lots, 0, 0, sent.order_id, valid_ns, self._next_id(),
            )  # fmt: skip
        if isinstance(sent, Cancel):
            return _CANCEL.packer.pack(
                _CANCEL.kind, account_id, instrument_id, sent.order_id, NO_CLIENT_ORDER_ID
            )
        if isinstance(sent, Place):
            side, price_ticks, qty_lots, _ = sent.quote
            terms = (_LIMIT, _GTC, _NO_PREVENTION, _POST_ONLY)
        else:
            side, qty_lots, price_ticks = sent.side, sent.qty_lots, sent.price_ticks or 0
            order_type = _LIMIT if price_ticks else _MARKET
            terms = (order_type, _IOC, _NO_PREVENTION, 0)
        return _NEW.packer.pack(
            _NEW.kind, side, *terms, 0, account_id, instrument_id, price_ticks, qty_lots,
            0, 0, 0, valid_ns, self._next_id(), 0,
        )  # fmt: skip
