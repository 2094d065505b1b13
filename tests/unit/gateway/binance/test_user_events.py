"""Each event of the engine is one report to each account it concerns, exact at its moment."""

from collections.abc import Iterator
from typing import Any

from domain.client_order_ids import pack_client_order_id
from domain.commands import ReplaceOrder
from domain.orders import SelfTradePrevention
from gateway.binance.cancel_ids import CancelIds
from gateway.binance.user_events import ended_list, reports
from gateway.state.projection import Projection
from tests.unit.gateway.exchange import ALICE, BOB, BUY, CAROL, SELL, Exchange


def told(
    exchange: Exchange, from_seq: int = 0, wanted: tuple[int, ...] = (ALICE, BOB, CAROL)
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what each account that listens is told of, event by event."""
    projection, cancel_ids = Projection(), CancelIds()
    for seq, event in exchange.events_after(0):
        projection.apply(seq, event)
        if seq > from_seq:
            yield from reports(projection, seq, event, cancel_ids, wanted)
            yield from ended_list(projection, event, wanted)


def shown(report: dict[str, Any]) -> tuple[str, ...]:
    return tuple(report[name] for name in "xXlzZ")


def test_a_sweep_is_told_fill_by_fill_with_the_sums_of_that_moment() -> None:
    exchange = Exchange()
    for price_ticks in (6_400_000, 6_400_100):
        exchange.limit(BOB, SELL, price_ticks, 1_000)
    before = exchange.last_seq
    exchange.limit(ALICE, BUY, 6_400_100, 1_500)
    alice = [report for account_id, report in told(exchange, before) if account_id == ALICE]
    assert [shown(report) for report in alice] == [
        ("NEW", "NEW", "0.00000000", "0.00000000", "0.00000000"),
        ("TRADE", "PARTIALLY_FILLED", "0.01000000", "0.01000000", "640.00000000"),
        ("TRADE", "FILLED", "0.00500000", "0.01500000", "960.00500000"),
    ]
    assert [report["m"] for report in alice[1:]] == [False, False]
    assert [report["t"] for report in alice[1:]] == [1, 2]
    bob = [report for account_id, report in told(exchange, before) if account_id == BOB]
    assert [shown(report)[:2] for report in bob] == [
        ("TRADE", "FILLED"),
        ("TRADE", "PARTIALLY_FILLED"),
    ]
    assert [report["w"] for report in bob] == [False, True]


def test_whoever_does_not_listen_is_told_nothing() -> None:
    exchange = Exchange()
    resting = exchange.limit(BOB, SELL, 6_400_000, 1_000)
    exchange.limit(ALICE, BUY, 6_400_000, 400)
    exchange.cancel(BOB, resting.order_id)
    everything = list(told(exchange))
    assert {account_id for account_id, _ in everything} == {ALICE, BOB, CAROL}
    for listener in (ALICE, BOB, CAROL):
        own = [(account_id, report) for account_id, report in everything if account_id == listener]
        assert list(told(exchange, wanted=(listener,))) == own
    assert list(told(exchange, wanted=())) == []


def test_an_amended_order_is_told_of_as_new_with_its_new_terms() -> None:
    exchange = Exchange()
    order_id = exchange.limit(ALICE, BUY, 6_400_000, 1_000).order_id
    before = exchange.last_seq
    exchange.send(
        ReplaceOrder(
            account_id=ALICE,
            order_id=order_id,
            price_ticks=6_399_900,
            qty_lots=2_000,
            valid_until_ns=exchange.now_ns + 10**10,
            request_id=pack_client_order_id("r1"),
        )
    )
    ((account_id, report),) = told(exchange, before)
    assert (account_id, report["x"], report["X"]) == (ALICE, "NEW", "NEW")
    assert (report["p"], report["q"], report["i"]) == ("63999.00000000", "0.02000000", order_id)


def test_quantity_that_self_trade_prevention_took_is_told_to_both_orders() -> None:
    exchange = Exchange()
    exchange.limit(ALICE, SELL, 6_400_000, 1_000)
    before = exchange.last_seq
    mode = SelfTradePrevention.DECREMENT
    exchange.limit(ALICE, BUY, 6_400_000, 400, self_trade_prevention=mode)
    kinds = [(report["S"], report["x"], report["X"]) for _, report in told(exchange, before)]
    assert kinds == [
        ("BUY", "NEW", "NEW"),
        ("SELL", "TRADE_PREVENTION", "NEW"),
        ("BUY", "TRADE_PREVENTION", "EXPIRED_IN_MATCH"),
    ]


def test_money_that_came_in_is_told_to_its_owner() -> None:
    exchange = Exchange()
    updates = [
        (account_id, report["a"], report["d"])
        for account_id, report in told(exchange)
        if report["e"] == "balanceUpdate" and account_id == ALICE
    ]
    assert (ALICE, "USDT", "10000000.00000000") in updates and len(updates) == 3
