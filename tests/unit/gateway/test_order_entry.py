"""From text to a command, and from its outcome to the order the projection shows."""

import asyncio
from collections.abc import Callable
from typing import Any, get_args

import pytest

from domain.client_order_ids import pack_client_order_id
from domain.clock import ManualClock
from domain.commands import CancelAllAfter, CancelOrder, Command, NewOrder, ReplaceOrder
from domain.events import Outcome, OutcomeResult
from domain.orders import OrderStatus, OrderType, TimeInForce
from domain.reasons import RejectReason
from domain.units import NS_PER_S
from gateway.errors import ApiError, unavailable
from gateway.orders import order_terms
from gateway.orders.order_entry import OrderEntry
from gateway.state.account_view import OrderView
from gateway.state.projection import Projection
from gateway.types import trading as api
from tests.unit.gateway.exchange import ALICE, BOB, BUY, NOW_NS, SELL, Exchange
from transport.errors import FateUnknown, NotSent, SessionLost


class Engine:
    """Executes at once; the projection follows when told to, or fails as told."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.sent: list[Command] = []
        self.failure: Exception | None = None
        self.executes = True

    async def submit(self, command: Command, *, timeout_s: float) -> Outcome:
        self.sent.append(command)
        outcome = self.exchange.send(command) if self.executes else None
        if self.failure is not None:
            raise self.failure
        assert outcome is not None
        return outcome


class Present:
    """A projection that catches up when it is waited for, unless it hangs."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.projection: Projection = exchange.project()
        self.hangs = False

    async def reached(self, seq: int, timeout_s: float) -> bool:
        if self.hangs:
            return False
        self.exchange.project(self.projection)
        return self.projection.seq >= seq

    async def fresh(self) -> Projection:
        if self.hangs:
            raise unavailable("the engine")
        return self.exchange.project(self.projection)


class Desk:
    def __init__(self) -> None:
        self.exchange = Exchange()
        self.engine = Engine(self.exchange)
        self.present = Present(self.exchange)
        self.entry = OrderEntry(self.engine, self.present, ManualClock(NOW_NS))

    async def place(self, account_id: int = ALICE, **fields: Any) -> OrderView:
        placed = await self.entry.place(account_id, request(**fields))
        assert isinstance(placed, tuple) and placed[1] is not None
        return placed[1]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def request(**fields: Any) -> api.NewOrderRequest:
    terms = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000", "qty": "0.01"}
    return api.NewOrderRequest(
        **{name: value for name, value in (terms | fields).items() if value is not None}
    )


async def refusal(call: Callable[[], Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call()
    return caught.value


async def test_an_order_is_answered_as_the_projection_shows_it(desk: Desk) -> None:
    order = await desk.place(client_order_id="mine", post_only=True)
    assert (order.client_order_id, order.status) == ("mine", OrderStatus.NEW)
    assert (order.price_ticks, order.qty_lots) == (6_400_000, 1_000)
    (command,) = desk.engine.sent
    assert isinstance(command, NewOrder)
    assert command.valid_until_ns == NOW_NS + 5 * NS_PER_S


async def test_a_taker_is_answered_with_its_fills(desk: Desk) -> None:
    desk.exchange.limit(BOB, SELL, 6_400_000, 300)
    order = await desk.place(qty="0.003")
    assert order.status is OrderStatus.FILLED and len(order.fills) == 1


async def test_a_client_order_id_is_made_when_none_is_given(desk: Desk) -> None:
    first, second = await desk.place(), await desk.place()
    assert first.client_order_id != second.client_order_id
    assert len(first.client_order_id) <= 36


async def test_a_repeated_order_is_answered_with_the_first_one(desk: Desk) -> None:
    first = await desk.place(client_order_id="mine")
    again = await desk.place(client_order_id="mine")
    assert again.order_id == first.order_id
    assert len(desk.present.projection.accounts[ALICE].open_orders) == 1


async def test_the_same_id_for_something_else_is_refused(desk: Desk) -> None:
    await desk.place(client_order_id="mine")
    error = await refusal(lambda: desk.place(client_order_id="mine", qty="0.02"))
    assert (error.status, error.code) == (409, "KEY_REUSED")


async def test_a_repeated_refusal_is_answered_with_the_first_reason(desk: Desk) -> None:
    for _ in range(2):
        error = await refusal(lambda: desk.place(client_order_id="poor", qty="1000"))
        assert (error.status, error.code) == (422, "INSUFFICIENT_FUNDS")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"price": "64000.001"}, "INVALID_PRICE"),
        ({"price": None}, "INVALID_PRICE"),
        ({"price": "0"}, "INVALID_PRICE"),
        ({"price": "-1"}, "INVALID_PRICE"),
        ({"price": "1e400"}, "INVALID_PRICE"),
        ({"price": "NaN"}, "INVALID_PRICE"),
        ({"price": "9999999999999999999"}, "INVALID_PRICE"),
        ({"price": "1\n"}, "INVALID_PRICE"),
        ({"qty": "0.000001"}, "INVALID_QUANTITY"),
        ({"qty": "0"}, "INVALID_QUANTITY"),
        ({"qty": None}, "INVALID_QUANTITY"),
        ({"qty": "9999999999999999999"}, "INVALID_QUANTITY"),
        ({"quote_budget": "100"}, "UNSUPPORTED_COMBINATION"),
        ({"type": "market"}, "UNSUPPORTED_COMBINATION"),
        ({"type": "market", "price": None, "qty": None}, "UNSUPPORTED_COMBINATION"),
        ({"type": "market", "price": None, "quote_budget": "1"}, "UNSUPPORTED_COMBINATION"),
        ({"type": "stop", "trigger_price": "64000"}, "UNSUPPORTED_COMBINATION"),
        ({"type": "stop_limit"}, "INVALID_TRIGGER_PRICE"),
        ({"type": "stop_limit", "trigger_price": "64000.001"}, "INVALID_TRIGGER_PRICE"),
        ({"type": "take_profit_limit", "trigger_price": "0"}, "INVALID_TRIGGER_PRICE"),
        ({"type": "take_profit", "price": None, "qty": None}, "INVALID_QUANTITY"),
        (
            {"type": "stop", "price": None, "quote_budget": "5", "trigger_price": "1"},
            "UNSUPPORTED_COMBINATION",
        ),
        ({"trigger_price": "64000"}, "UNSUPPORTED_COMBINATION"),
        ({"display_qty": "0"}, "INVALID_DISPLAY_QUANTITY"),
        ({"display_qty": "0.000001"}, "INVALID_DISPLAY_QUANTITY"),
        ({"time_in_force": "gtd"}, "INVALID_EXPIRY"),
        ({"expire_at_s": 1_760_000_060}, "INVALID_EXPIRY"),
        ({"client_order_id": "a b"}, "INVALID_CLIENT_ORDER_ID"),
        ({"client_order_id": "x" * 37}, "INVALID_CLIENT_ORDER_ID"),
        ({"symbol": "BTC-EUR"}, "UNKNOWN_INSTRUMENT"),
    ],
)
async def test_what_is_no_order_never_reaches_the_engine(
    desk: Desk, fields: dict[str, Any], code: str
) -> None:
    error = await refusal(lambda: desk.place(**fields))
    assert error.code == code and error.status in (404, 422)
    assert desk.engine.sent == []


async def test_a_market_order_by_budget_is_ioc(desk: Desk) -> None:
    desk.exchange.limit(BOB, SELL, 6_400_000, 300)
    order = await desk.place(type="market", price=None, qty=None, quote_budget="100")
    assert order.order_type is OrderType.MARKET and order.time_in_force is TimeInForce.IOC
    assert order.cum_qty_lots == 156 and not order.is_open


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": "stop_limit", "trigger_price": "63999.99"},
            {
                "order_type": OrderType.STOP_LIMIT,
                "time_in_force": TimeInForce.GTC,
                "trigger_price_ticks": 6_399_999,
                "price_ticks": 6_400_000,
            },
        ),
        (
            {"type": "stop", "trigger_price": "64000", "price": None},
            {
                "order_type": OrderType.STOP,
                "time_in_force": TimeInForce.IOC,
                "trigger_price_ticks": 6_400_000,
                "price_ticks": 0,
                "qty_lots": 1_000,
            },
        ),
        (
            {"type": "take_profit", "trigger_price": "64000", "price": None},
            {"order_type": OrderType.TAKE_PROFIT, "time_in_force": TimeInForce.IOC},
        ),
        (
            {"type": "take_profit_limit", "trigger_price": "64000", "time_in_force": "fok"},
            {"order_type": OrderType.TAKE_PROFIT_LIMIT, "time_in_force": TimeInForce.FOK},
        ),
        ({"display_qty": "0.002"}, {"display_qty_lots": 200, "qty_lots": 1_000}),
        (
            {"time_in_force": "gtd", "expire_at_s": 1_760_000_060},
            {"time_in_force": TimeInForce.GTD, "expire_s": 1_760_000_060},
        ),
    ],
)
async def test_every_kind_of_order_reaches_the_engine_as_it_was_meant(
    desk: Desk, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    desk.engine.failure = FateUnknown("only what is sent counts here")
    desk.engine.executes = False
    await desk.entry.place(ALICE, request(**fields))
    (command,) = desk.engine.sent
    assert {name: getattr(command, name) for name in expected} == expected


async def test_a_replace_names_a_trigger_or_a_display_quantity_and_leaves_the_rest(
    desk: Desk,
) -> None:
    order = await desk.place()
    desk.engine.executes, desk.engine.failure = False, FateUnknown("as above")
    await desk.entry.replace(ALICE, order.order_id, api.ReplaceRequest(trigger_price="64001"))
    await desk.entry.replace(ALICE, order.order_id, api.ReplaceRequest(display_qty="0.001"))
    moved, hidden = desk.engine.sent[-2:]
    assert isinstance(moved, ReplaceOrder) and isinstance(hidden, ReplaceOrder)
    assert (moved.trigger_price_ticks, moved.display_qty_lots) == (6_400_100, 0)
    assert (hidden.trigger_price_ticks, hidden.display_qty_lots) == (0, 100)
    assert (moved.price_ticks, moved.qty_lots) == (order.price_ticks, order.qty_lots)


async def test_the_dead_mans_switch_is_armed_with_what_was_asked(desk: Desk) -> None:
    desk.engine.executes = False
    desk.engine.submit = armed = Armed()  # type: ignore[method-assign]
    answer = await desk.entry.cancel_all_after(ALICE, 10_000)
    assert answer == api.CancelAllAfter(timeout_ms=10_000)
    assert armed.commands == [CancelAllAfter(account_id=ALICE, timeout_ms=10_000)]
    armed.reason = RejectReason.INVALID_TIMEOUT
    error = await refusal(lambda: desk.entry.cancel_all_after(ALICE, 2**32 - 1))
    assert (error.status, error.code) == (422, "INVALID_TIMEOUT")


class Armed:
    """An engine that only knows the dead-man switch."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.reason = RejectReason.NONE

    async def __call__(self, command: Command, *, timeout_s: float) -> Outcome:
        self.commands.append(command)
        refused = self.reason is not RejectReason.NONE
        return Outcome(
            result=OutcomeResult.REJECTED if refused else OutcomeResult.DONE,
            reason=self.reason,
            order_id=0,
            last_event_seq=0,
            event_count=0,
        )


async def test_what_was_never_sent_may_be_tried_again(desk: Desk) -> None:
    desk.engine.failure = NotSent("no credit")
    error = await refusal(desk.place)
    assert (error.status, error.code, error.retry_after_s) == (503, "NOT_SENT", 1)


@pytest.mark.parametrize("failure", [FateUnknown("late"), SessionLost("gone")])
async def test_an_unknown_fate_is_not_a_failure(desk: Desk, failure: Exception) -> None:
    desk.engine.failure = failure
    placed = await desk.entry.place(ALICE, request(client_order_id="lost"))
    assert isinstance(placed, api.FateUnknown)
    assert (placed.status, placed.client_order_id) == ("unknown", "lost")
    assert placed.ask == "/api/v1/orders/by-client-id/lost"
    desk.engine.failure = None
    found = await desk.place(client_order_id="lost")
    assert found.client_order_id == "lost"
    assert len(desk.present.projection.accounts[ALICE].open_orders) == 1


async def test_an_order_whose_effects_do_not_arrive_in_time_is_unknown(desk: Desk) -> None:
    desk.present.hangs = True
    assert isinstance(await desk.entry.place(ALICE, request()), api.FateUnknown)


async def test_a_cancel_by_either_id_ends_the_order(desk: Desk) -> None:
    first, second = await desk.place(), await desk.place(client_order_id="second")
    for placed in (
        await desk.entry.cancel(ALICE, order_id=first.order_id),
        await desk.entry.cancel(ALICE, client_order_id="second"),
    ):
        assert isinstance(placed, tuple) and placed[1] is not None
        assert placed[1].status is OrderStatus.CANCELED
    assert first.status is second.status is OrderStatus.CANCELED


async def test_a_cancel_by_client_id_works_when_the_projection_has_not_heard_of_it(
    desk: Desk,
) -> None:
    key = pack_client_order_id("unseen")
    desk.exchange.limit(ALICE, BUY, 6_400_000, 100, client_order_id=key)
    placed = await desk.entry.cancel(ALICE, client_order_id="unseen")
    assert isinstance(placed, tuple) and placed[1] is not None
    assert placed[1].status is OrderStatus.CANCELED
    (command,) = desk.engine.sent
    assert isinstance(command, CancelOrder) and command.client_order_id == key


async def test_not_yours_and_not_there_answer_the_same(desk: Desk) -> None:
    theirs = desk.exchange.limit(BOB, BUY, 6_400_000, 100).order_id
    answers = [
        await refusal(lambda: desk.entry.cancel(ALICE, order_id=theirs)),
        await refusal(lambda: desk.entry.cancel(ALICE, order_id=999)),
        await refusal(lambda: desk.entry.replace(ALICE, theirs, api.ReplaceRequest(qty="1"))),
        await refusal(lambda: desk.entry.replace(ALICE, 999, api.ReplaceRequest(qty="1"))),
    ]
    assert {(error.status, error.code, error.message) for error in answers} == {
        (404, "UNKNOWN_ORDER", "no such order of yours")
    }


async def test_a_replace_leaves_what_it_does_not_name(desk: Desk) -> None:
    order = await desk.place()
    await desk.entry.replace(ALICE, order.order_id, api.ReplaceRequest(price="63000"))
    assert (order.price_ticks, order.qty_lots) == (6_300_000, 1_000)
    await desk.entry.replace(ALICE, order.order_id, api.ReplaceRequest(qty="0.005"))
    assert (order.price_ticks, order.leaves_qty_lots) == (6_300_000, 500)


async def test_a_replace_of_nothing_is_malformed(desk: Desk) -> None:
    order = await desk.place()
    error = await refusal(lambda: desk.entry.replace(ALICE, order.order_id, api.ReplaceRequest()))
    assert error.status == 400


async def test_cancel_all_names_exactly_what_it_ended(desk: Desk) -> None:
    mine = [(await desk.place()).order_id for _ in range(3)]
    other = await desk.place(symbol="ETH-USDT", price="3000", qty="1")
    await desk.place(BOB)
    answer = await desk.entry.cancel_all(ALICE, "BTC-USDT")
    assert isinstance(answer, api.CanceledOrders) and answer.canceled == mine
    answer = await desk.entry.cancel_all(ALICE, None)
    assert isinstance(answer, api.CanceledOrders) and answer.canceled == [other.order_id]
    answer = await desk.entry.cancel_all(ALICE, None)
    assert isinstance(answer, api.CanceledOrders) and answer.canceled == []


async def test_cancel_all_does_not_claim_what_another_request_ended(desk: Desk) -> None:
    first, second = (await desk.place()).order_id, (await desk.place()).order_id
    submit = desk.engine.submit

    async def overtaken(command: Command, *, timeout_s: float) -> Outcome:
        desk.exchange.cancel(ALICE, first)
        return await submit(command, timeout_s=timeout_s)

    desk.engine.submit = overtaken  # type: ignore[method-assign]
    answer = await desk.entry.cancel_all(ALICE, None)
    assert isinstance(answer, api.CanceledOrders) and answer.canceled == [second]


async def test_orders_reach_the_engine_in_the_order_they_came(desk: Desk) -> None:
    await asyncio.gather(*(desk.place(client_order_id=f"n{at}") for at in range(50)))
    keys = [command.client_order_id for command in desk.engine.sent]  # type: ignore[union-attr]
    assert keys == [pack_client_order_id(f"n{at}") for at in range(50)]


def test_every_word_of_the_api_has_its_number() -> None:
    assert set(order_terms.ORDER_TYPES) == set(get_args(api.OrderTypeName))
    assert set(order_terms.TIMES_IN_FORCE) == set(get_args(api.TimeInForceName))
    assert {one.name.lower() for one in OrderType} == set(order_terms.ORDER_TYPES)


async def test_a_gateway_that_has_just_started_does_not_refuse_what_it_does_not_know_yet(
    desk: Desk,
) -> None:
    placed = await desk.place(client_order_id="mine")
    desk.present.projection = Projection()  # as of before its first snapshot
    desk.present.hangs = True
    for entering in (
        desk.entry.place(ALICE, request(client_order_id="mine")),
        desk.entry.replace(ALICE, placed.order_id, api.ReplaceRequest(qty="0.02")),
        desk.entry.cancel_all(ALICE, "BTC-USDT"),
    ):
        with pytest.raises(ApiError) as error:
            await entering
        assert error.value.status == 503


async def test_a_market_that_was_just_listed_is_known_at_the_first_order(desk: Desk) -> None:
    desk.present.projection = Projection()  # some events behind
    assert (await desk.place()).status is OrderStatus.NEW
