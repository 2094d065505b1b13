"""What waits for a trigger is nowhere in the book; of an iceberg only its slice is."""

from itertools import count
from typing import Any

import pytest

from domain.client_order_ids import pack_client_order_id
from domain.commands import CancelAllAfter
from domain.events import (
    Event,
    OrderAccepted,
    OrderReduced,
    OrderReplaced,
    OrderRested,
    OrderTriggered,
    ReplaceFlag,
    Trade,
    TradeFlag,
)
from domain.orders import (
    AggressorSide,
    OrderFlag,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from domain.reasons import CancelReason
from domain.units import NS_PER_S
from gateway.errors import StreamContradicted
from gateway.orders import presenters
from gateway.state.projection import Projection
from tests.unit.gateway.exchange import ALICE, BOB, BTC_USDT, BUY, NOW_NS, SELL, Exchange

PRICE, TRIGGER = 6_400_000, 6_390_000
NONE_FILLED = TradeFlag(0)
AFTER = {"available_atoms": 10**15 - 10**11, "held_atoms": 10**11}


class Told:
    """A projection of an exchange that has just opened, told of events made by hand."""

    def __init__(self) -> None:
        self.projection = Exchange().project()
        self.market = self.projection.markets[BTC_USDT]
        self.projection.take_changes()
        self.market.book.take_changed()
        self.book_seq = count(1)

    def tell(self, *events: Event) -> Projection:
        for event in events:
            self.projection.apply(self.projection.seq + 1, event)
        return self.projection

    def order(self, order_id: int = 1) -> Any:
        return self.projection.open_orders[order_id]

    def bids(self) -> list[tuple[int, int]]:
        return self.market.book.top(BUY, 10)

    def accepted(self, order_id: int = 1, side: Side = BUY, **fields: Any) -> OrderAccepted:
        told: dict[str, Any] = {
            "account_id": ALICE,
            "order_type": OrderType.LIMIT,
            "time_in_force": TimeInForce.GTC,
            "price_ticks": PRICE,
            "qty_lots": 1_000,
            "book_seq": 0,
        }
        return OrderAccepted(
            ts_ns=NOW_NS,
            order_id=order_id,
            instrument_id=BTC_USDT,
            side=side,
            self_trade_prevention=SelfTradePrevention.NONE,
            flags=OrderFlag(0),
            client_order_id=pack_client_order_id(f"o{order_id}"),
            **(told | AFTER | fields),
        )

    def stop_limit(self, **fields: Any) -> OrderAccepted:
        told = {"order_type": OrderType.STOP_LIMIT, "trigger_price_ticks": TRIGGER}
        return self.accepted(**(told | fields))

    def iceberg(self) -> OrderAccepted:
        return self.accepted(display_qty_lots=300, book_seq=next(self.book_seq))

    def about(self, event_type: Any, **fields: Any) -> Any:
        told = {"order_id": 1, "account_id": ALICE, "instrument_id": BTC_USDT, "side": BUY}
        return event_type(ts_ns=NOW_NS + 1, **({"price_ticks": PRICE} | told | AFTER | fields))

    def triggered(self, **fields: Any) -> OrderTriggered:
        told = {
            "order_type": OrderType.STOP_LIMIT,
            "qty_lots": 1_000,
            "trigger_price_ticks": TRIGGER,
            "last_price_ticks": TRIGGER + 1,
        }
        event: OrderTriggered = self.about(OrderTriggered, **(told | fields))
        return event

    def replaced(self, **fields: Any) -> OrderReplaced:
        told = {"flags": ReplaceFlag(0), "qty_lots": 1_000, "leaves_qty_lots": 1_000}
        told |= {"book_seq": 0, "request_id": pack_client_order_id("r")}
        event: OrderReplaced = self.about(OrderReplaced, **(told | fields))
        return event

    def refilled(self, visible_lots: int, leaves_lots: int) -> OrderRested:
        event: OrderRested = self.about(
            OrderRested,
            visible_qty_lots=visible_lots,
            leaves_qty_lots=leaves_lots,
            book_seq=next(self.book_seq),
        )
        return event

    def sold_to(self, qty_lots: int, flags: TradeFlag = NONE_FILLED) -> Trade:
        """Bob's order 2 hits Alice's order 1."""
        book_seq = next(self.book_seq)
        return Trade(
            ts_ns=NOW_NS + 1,
            trade_id=book_seq,
            instrument_id=BTC_USDT,
            aggressor_side=AggressorSide.SELL,
            maker_side=BUY,
            flags=flags,
            maker_order_id=1,
            taker_order_id=2,
            maker_account_id=ALICE,
            taker_account_id=BOB,
            price_ticks=PRICE,
            qty_lots=qty_lots,
            book_seq=book_seq,
            maker_fee_atoms=0,
            taker_fee_atoms=0,
            maker_received_available_atoms=0,
            maker_held_atoms=0,
            taker_received_available_atoms=0,
            taker_available_atoms=0,
            taker_held_atoms=0,
        )


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_stop_waits_open_and_unseen(told: Told) -> None:
    told.tell(told.stop_limit())
    assert told.order().status is OrderStatus.PENDING_TRIGGER and told.order().is_open
    assert told.bids() == [] and not told.market.book.changed
    shown = presenters.order(told.market, told.order())
    assert (shown.status, shown.type, shown.trigger_price) == (
        "pending_trigger",
        "stop_limit",
        "63900.00",
    )


def test_a_triggered_stop_limit_joins_the_book_and_its_owner_hears_of_it(told: Told) -> None:
    told.tell(told.stop_limit())
    told.projection.take_changes()
    told.tell(told.triggered(book_seq=next(told.book_seq)))
    assert told.order().status is OrderStatus.NEW
    assert told.bids() == [(PRICE, 1_000)]
    changes = told.projection.take_changes()
    assert set(changes.orders) == {ALICE} and changes.books == {BTC_USDT}
    assert presenters.order(told.market, told.order()).status == "new"


def test_a_stop_at_the_market_has_no_price(told: Told) -> None:
    told.tell(told.stop_limit(order_type=OrderType.STOP, price_ticks=0))
    shown = presenters.order(told.market, told.order())
    assert (shown.price, shown.trigger_price, shown.type) == (None, "63900.00", "stop")


def test_an_amended_stop_still_waits_with_its_new_trigger(told: Told) -> None:
    told.tell(told.stop_limit(), told.replaced(trigger_price_ticks=TRIGGER - 1, qty_lots=900))
    assert told.order().status is OrderStatus.PENDING_TRIGGER
    assert (told.order().trigger_price_ticks, told.order().qty_lots) == (TRIGGER - 1, 900)
    assert told.bids() == []


def test_only_what_waits_can_be_triggered(told: Told) -> None:
    told.tell(told.stop_limit(), told.triggered(book_seq=next(told.book_seq)))
    with pytest.raises(StreamContradicted, match="did not wait"):
        told.tell(told.triggered(book_seq=next(told.book_seq)))


def test_the_book_shows_an_icebergs_slice_and_then_the_next(told: Told) -> None:
    told.tell(told.iceberg(), told.accepted(2, SELL, account_id=BOB, qty_lots=1_000))
    assert told.bids() == [(PRICE, 300)]
    told.tell(told.sold_to(100))
    assert told.bids() == [(PRICE, 200)]
    told.tell(told.sold_to(200))
    assert told.bids() == []
    told.tell(told.refilled(300, 700))
    assert told.bids() == [(PRICE, 300)]
    assert told.order().leaves_qty_lots == 700
    shown = presenters.order(told.market, told.order())
    assert (shown.display_qty, shown.leaves_qty) == ("0.00300", "0.00700")


def test_the_last_slice_of_an_iceberg_fills_it(told: Told) -> None:
    told.tell(told.iceberg(), told.accepted(2, SELL, account_id=BOB, qty_lots=1_000))
    for leaves_lots in (700, 400, 100):
        told.tell(told.sold_to(300), told.refilled(min(300, leaves_lots), leaves_lots))
    assert told.bids() == [(PRICE, 100)]
    told.tell(told.sold_to(100, TradeFlag.MAKER_FILLED | TradeFlag.TAKER_FILLED))
    assert told.bids() == [] and told.projection.open_orders == {}


@pytest.mark.parametrize(
    ("qty_lots", "flags"),
    [(300, TradeFlag.MAKER_FILLED), (301, TradeFlag(0)), (1_000, TradeFlag.MAKER_FILLED)],
)
def test_a_trade_that_contradicts_an_icebergs_slice_is_noticed(
    told: Told, qty_lots: int, flags: TradeFlag
) -> None:
    told.tell(told.iceberg(), told.accepted(2, SELL, account_id=BOB, qty_lots=1_000))
    with pytest.raises(StreamContradicted):
        told.tell(told.sold_to(qty_lots, flags))


def test_a_plain_order_never_hides_anything(told: Told) -> None:
    told.tell(
        told.accepted(book_seq=next(told.book_seq)),
        told.accepted(2, SELL, account_id=BOB, qty_lots=1_000),
    )
    with pytest.raises(StreamContradicted):
        told.tell(told.sold_to(1_000))


@pytest.mark.parametrize(
    ("flags", "display_lots", "shows"),
    [
        (ReplaceFlag.KEPT_PLACE | ReplaceFlag.RESTED, 300, 200),
        (ReplaceFlag.RESTED, 300, 300),
        (ReplaceFlag.RESTED, 500, 500),
        (ReplaceFlag.RESTED, 0, 800),
        (ReplaceFlag(0), 300, 0),
    ],
)
def test_an_amended_iceberg_shows_what_its_new_terms_say(
    told: Told, flags: ReplaceFlag, display_lots: int, shows: int
) -> None:
    told.tell(
        told.iceberg(), told.accepted(2, SELL, account_id=BOB, qty_lots=1_000), told.sold_to(100)
    )
    told.tell(
        told.replaced(
            flags=flags,
            qty_lots=900,
            leaves_qty_lots=800,
            display_qty_lots=display_lots,
            book_seq=next(told.book_seq),
        )
    )
    assert told.bids() == ([(PRICE, shows)] if shows else [])
    assert told.order().display_qty_lots == display_lots


def test_prevention_takes_from_an_icebergs_slice(told: Told) -> None:
    reduced = {"reason": CancelReason.SELF_TRADE, "qty_lots": 300, "cum_qty_lots": 0}
    told.tell(
        told.iceberg(),
        told.about(
            OrderReduced,
            leaves_qty_lots=700,
            book_seq=next(told.book_seq),
            client_order_id=pack_client_order_id("o1"),
            **reduced,
        ),
    )
    assert told.bids() == []
    told.tell(told.refilled(300, 700))
    assert told.bids() == [(PRICE, 300)]


def test_an_order_ends_at_its_date_and_an_account_at_its_switch() -> None:
    exchange = Exchange()
    ends_s = NOW_NS // NS_PER_S + 60
    dated = exchange.limit(
        ALICE, BUY, PRICE, 100, time_in_force=TimeInForce.GTD, expire_s=ends_s
    ).order_id
    others = [exchange.limit(BOB, BUY, PRICE, 100).order_id for _ in range(2)]
    exchange.send(CancelAllAfter(account_id=BOB, timeout_ms=90_000))
    projection = exchange.project()
    market = projection.markets[BTC_USDT]
    shown = presenters.order(market, projection.open_orders[dated])
    assert (shown.time_in_force, shown.expire_at_s) == ("gtd", ends_s)

    exchange.pass_time(60 * NS_PER_S)
    exchange.project(projection)
    ended = projection.accounts[ALICE].closed_orders[dated]
    assert (ended.status, ended.reason) == (OrderStatus.EXPIRED, CancelReason.GOOD_TILL_DATE)
    assert sorted(projection.open_orders) == others

    exchange.pass_time(30 * NS_PER_S)
    exchange.project(projection)
    assert {order.reason for order in projection.accounts[BOB].closed_orders.values()} == {
        CancelReason.DEAD_MAN_SWITCH
    }
    assert market.book.top(BUY, 10) == [] and projection.open_orders == {}
