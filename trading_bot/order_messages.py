"""Between a strategy's whole ticks and lots and the decimal text that is sent and answered."""

from itertools import count
from typing import Any

from client.types import Fill, Order
from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.reconcile import Amend, Cancel, OpenOrder, Place, Sent
from trading_bot.strategy import OwnFill, Take


class ClientOrderIds:
    """Ids that say whose order it is: ``tag``, a name no other bot has, then one of this session's
    numbers. Another session of the same bot finds its orders by the tag.
    """

    def __init__(self, tag: str, session: int) -> None:
        self.prefix = f"{tag}-"
        self._session = session
        self._numbers = count(1)

    def next(self) -> str:
        """Return an id never used before."""
        return f"{self.prefix}{self._session:x}-{next(self._numbers):x}"

    def is_ours(self, order: Order) -> bool:
        """Return whether an order was entered by this bot, in whichever session."""
        return order.client_order_id.startswith(self.prefix)


def request_of(
    instrument: Instrument, sent: Sent, ids: ClientOrderIds
) -> tuple[str, dict[str, Any]]:
    """Return the operation of the WebSocket and its fields."""
    match sent:
        case Cancel(order_id):
            return "cancel", {"order_id": order_id}
        case Amend(order_id, quote, total_qty_lots):
            return "replace", {
                "order_id": order_id,
                "price": instrument.price_text(quote.price_ticks),
                "qty": instrument.qty_text(total_qty_lots),
            }
        case Place(quote):
            terms: dict[str, Any] = {
                "side": quote.side.name.lower(),
                "type": "limit",
                "price": instrument.price_text(quote.price_ticks),
                "qty": instrument.qty_text(quote.qty_lots),
                "post_only": True,
            }
        case Take(side, qty_lots, price_ticks):
            terms = {
                "side": side.name.lower(),
                "type": "market",
                "qty": instrument.qty_text(qty_lots),
            }
            if price_ticks is not None:
                price = instrument.price_text(price_ticks)
                terms |= {"type": "limit", "price": price, "time_in_force": "ioc"}
    return "place", {"symbol": instrument.symbol, "client_order_id": ids.next()} | terms


def open_order(instrument: Instrument, order: Order) -> OpenOrder | None:
    """Return an order that can still trade at a price, in ticks and lots; None if it cannot."""
    if not order.open or order.price is None:
        return None
    return OpenOrder(
        order_id=order.order_id,
        side=side_of(order.side),
        price_ticks=instrument.price_ticks(order.price),
        leaves_qty_lots=instrument.qty_lots(order.leaves_qty),
        cum_qty_lots=instrument.qty_lots(order.cum_qty),
    )


def own_fill(instrument: Instrument, fill: Fill) -> OwnFill:
    """Return a fill in ticks, lots and atoms."""
    received = instrument.base if fill.side == "buy" else instrument.quote
    return OwnFill(
        symbol=fill.symbol,
        side=side_of(fill.side),
        price_ticks=instrument.price_ticks(fill.price),
        qty_lots=instrument.qty_lots(fill.qty),
        fee_atoms=received.atoms(fill.fee),
        is_maker=fill.liquidity == "maker",
    )


def side_of(text: str) -> Side:
    """Return the side the API calls ``text``."""
    return Side.BUY if text == "buy" else Side.SELL
