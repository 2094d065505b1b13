"""What clients asked for and what they were told: kept by themselves, compared with the ledger at
the end. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from domain.instruments import Instrument
from domain.orders import OrderStatus, Side, TimeInForce

_OPEN: Final = frozenset({OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


class Asked(NamedTuple):
    """A limit order as its client wanted it."""

    account_id: int
    instrument_id: int
    side: Side
    time_in_force: TimeInForce
    price_ticks: int
    qty_lots: int


class ToldFill(NamedTuple):
    """A fill that an answer named."""

    trade_id: int
    price_ticks: int
    qty_lots: int


class Told(NamedTuple):
    """An answer: the order ``order_id`` as it was after event ``seq``."""

    order_id: int
    seq: int
    status: OrderStatus
    cum_qty_lots: int
    fills: tuple[ToldFill, ...]

    @classmethod
    def of(cls, answer: dict[str, Any], instrument: Instrument) -> "Told":
        """Read an answer of the native API."""
        return cls(
            answer["order_id"],
            answer["seq"],
            OrderStatus[answer["status"].upper()],
            instrument.qty_lots(answer["cum_qty"]),
            tuple(
                ToldFill(
                    fill["trade_id"],
                    instrument.price_ticks(fill["price"]),
                    instrument.qty_lots(fill["qty"]),
                )
                for fill in answer["fills"] or ()
            ),
        )


@dataclass(slots=True)
class OrderRecord:
    """One order. ``told`` is the newest answer, ``refused`` why it never was one."""

    asked: Asked
    told: Told | None = None
    refused: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether its client knows whether it exists."""
        return self.told is not None or bool(self.refused)

    @property
    def is_open(self) -> bool:
        """Whether it can still trade, as far as its client knows."""
        return self.told is not None and self.told.status in _OPEN


@dataclass(slots=True)
class RecordBook:
    """Every order asked for, by client order id, and every answer that contradicts another one."""

    orders: dict[str, OrderRecord] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    acknowledged: int = 0
    refused: int = 0

    def ask(self, client_order_id: str, asked: Asked) -> OrderRecord:
        """Note an order before it is sent."""
        assert client_order_id not in self.orders
        record = self.orders[client_order_id] = OrderRecord(asked)
        return record

    def tell(self, client_order_id: str, told: Told) -> None:
        """Note an answer that shows the order."""
        record = self.orders[client_order_id]
        before = record.told
        if record.refused:
            self._contradict(client_order_id, f"was refused ({record.refused}), then {told}")
        if before is None:
            self.acknowledged += 1
        elif wrong := _disagreement(before, told):
            self._contradict(client_order_id, f"{wrong}: {before}, then {told}")
        if before is None or told.seq >= before.seq:
            record.told = told

    def refuse(self, client_order_id: str, code: str) -> None:
        """Note an answer that says that the order never was."""
        record = self.orders[client_order_id]
        if record.told is not None:
            self._contradict(client_order_id, f"exists ({record.told}), then refused: {code}")
        elif not record.refused:
            self.refused += 1
        record.refused = code

    def unsettled(self) -> list[str]:
        """Return the orders whose clients do not know whether they exist."""
        return [name for name, record in self.orders.items() if not record.is_settled]

    def _contradict(self, client_order_id: str, what: str) -> None:
        self.contradictions.append(f"order {client_order_id} {what}")


def _disagreement(one: Told, other: Told) -> str:
    """Return in what two answers about an order cannot both be right; empty: in nothing."""
    earlier, later = sorted((one, other), key=lambda told: told.seq)
    if earlier.order_id != later.order_id:
        return "is two orders"
    if earlier.seq == later.seq and earlier[2:4] != later[2:4]:
        return "was two things at one time"
    if earlier.status not in _OPEN and earlier[2:4] != later[2:4]:
        return "changed after its end"
    if earlier.cum_qty_lots > later.cum_qty_lots:
        return "lost a fill"
    return ""


class LedgerOrder(NamedTuple):
    """A row of the ledger's orders; ``client_order_id`` as its client wrote it."""

    client_order_id: str
    order_id: int
    asked: Asked
    status: OrderStatus
    cum_qty_lots: int


class LedgerTrade(NamedTuple):
    """A row of the ledger's trades."""

    instrument_id: int
    trade_id: int
    maker_order_id: int
    taker_order_id: int
    price_ticks: int
    qty_lots: int


def compare(
    book: RecordBook, orders: Iterable[LedgerOrder], trades: Iterable[LedgerTrade]
) -> list[str]:
    """Return in words everything in which the ledger is not what the clients know: an order that is
    missing, doubled, changed or that nobody asked for; a fill that is missing or doubled.
    """
    wrong = list(book.contradictions)
    found: dict[str, LedgerOrder] = {}
    for order in orders:
        if order.client_order_id in found:
            wrong.append(f"order {order.client_order_id} is there twice")
        found[order.client_order_id] = order
    for name in found.keys() - book.orders.keys():
        wrong.append(f"order {name} was asked for by nobody")
    for name, record in book.orders.items():
        wrong += _unlike(name, record, found.get(name))
    return wrong + _fills_unlike(book, found, trades)


def _unlike(name: str, record: OrderRecord, order: LedgerOrder | None) -> list[str]:
    told = record.told
    if order is None:
        return [f"order {name} was acknowledged and is not there: {told}"] if told else []
    wrong = []
    if record.refused and told is None:
        wrong.append(f"order {name} was refused ({record.refused}) and is there")
    if order.asked != record.asked:
        wrong.append(f"order {name} is {order.asked}, not {record.asked}")
    if told is None:
        return wrong
    if order.order_id != told.order_id:
        wrong.append(f"order {name} is {order.order_id}, and was told as {told.order_id}")
    is_as_told = (order.status, order.cum_qty_lots) == (told.status, told.cum_qty_lots)
    if order.cum_qty_lots < told.cum_qty_lots or not (record.is_open or is_as_told):
        wrong.append(f"order {name} ended {order.status.name}, {order.cum_qty_lots} filled; {told}")
    return wrong


def _fills_unlike(
    book: RecordBook, orders: dict[str, LedgerOrder], trades: Iterable[LedgerTrade]
) -> list[str]:
    wrong = []
    filled = {order.order_id: 0 for order in orders.values()}
    seen: set[tuple[int, int]] = set()
    told = {
        (record.told.order_id, fill.trade_id): fill
        for record in book.orders.values()
        if record.told is not None
        for fill in record.told.fills
    }
    for trade in trades:
        if (trade.instrument_id, trade.trade_id) in seen:
            wrong.append(f"trade {trade.trade_id} of {trade.instrument_id} is there twice")
        seen.add((trade.instrument_id, trade.trade_id))
        for order_id in (trade.maker_order_id, trade.taker_order_id):
            if order_id in filled:
                filled[order_id] += trade.qty_lots
            fill = told.pop((order_id, trade.trade_id), None)
            if fill is not None and fill[1:] != trade[4:]:
                wrong.append(f"trade {trade.trade_id} of order {order_id} is {trade}, told {fill}")
    wrong += [f"fill {key[1]} of order {key[0]} was told and is not there" for key in told]
    wrong += [
        f"order {order.client_order_id}: {order.cum_qty_lots} filled, {filled[order.order_id]} in "
        "its trades"
        for order in orders.values()
        if order.cum_qty_lots != filled[order.order_id]
    ]
    return wrong
