"""The same request is executed once; what was answered is remembered for as long as it must be."""

from dataclasses import replace
from typing import Any

import pytest

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.events import OutcomeResult
from domain.reasons import RejectReason
from engine_core.contract import Core
from tests.unit.engine_core.market import ALICE, BOB, BUY, LATER, NOW, Market, key


def keys_bound(core_type: type[Core], keys_max: int) -> Market:
    return Market(core_type, bounds={"dedupe_keys_max": keys_max})


def test_a_retry_gets_the_first_answer_and_no_event(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 5)
    market.send(order)
    before = market.core.state_hash()
    assert market.send(order) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE
    assert market.outcome.reason is RejectReason.NONE
    assert (market.outcome.order_id, market.outcome.event_count) == (1, 0)
    assert market.core.state_hash() == before


def test_a_retry_may_carry_a_later_valid_until(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 5)
    market.send(order)
    assert market.send(replace(order, valid_until_ns=LATER + 1)) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE


def test_a_retry_after_the_order_is_gone_gets_the_first_answer(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 5)
    market.send(order)
    market.cancel(ALICE, 1)
    assert market.send(order) == []
    assert market.outcome.order_id == 1


def test_a_retry_of_a_refused_request_gets_the_first_refusal(market: Market) -> None:
    order = market.order(ALICE, BUY, 0, 5)
    assert market.send(order) == ["rejected INVALID_PRICE"]
    assert market.send(order) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE
    assert market.outcome.reason is RejectReason.INVALID_PRICE
    assert market.outcome.order_id == 0


def test_a_retry_is_answered_even_past_its_time(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 5, valid_until_ns=NOW)
    market.send(order)
    market.now_ns = NOW + 1
    assert market.send(order) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE


@pytest.mark.parametrize("change", [{"price_ticks": 101}, {"qty_lots": 6}, {"instrument_id": 9}])
def test_a_key_used_for_something_else_is_refused(market: Market, change: dict[str, Any]) -> None:
    order = market.order(ALICE, BUY, 100, 5)
    market.send(order)
    assert market.send(replace(order, **change)) == ["rejected KEY_REUSED"]
    assert market.send(order) == []
    assert market.resting() == [1]


def test_keys_belong_to_an_account(market: Market) -> None:
    market.send(market.order(ALICE, BUY, 100, 5, client_order_id=key("same")))
    order = market.order(BOB, BUY, 100, 5, client_order_id=key("same"))
    assert market.send(order) == ["accepted 2 resting"]


def test_past_its_time_a_request_is_refused_and_not_remembered(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 5, valid_until_ns=NOW - 1)
    assert market.send(order) == ["rejected STALE"]
    assert market.send(replace(order, valid_until_ns=NOW)) == ["accepted 1 resting"]


def test_a_replace_is_executed_once(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    request = market.replacement(ALICE, 1, 101, 5)
    assert market.send(request) == ["replaced 1 5@101 resting"]
    assert market.send(request) == []
    assert market.outcome.result is OutcomeResult.DUPLICATE
    assert market.outcome.order_id == 1
    assert market.send(replace(request, qty_lots=4)) == ["rejected KEY_REUSED"]


def test_a_refused_replace_is_remembered_with_the_order_it_named(market: Market) -> None:
    request = market.replacement(ALICE, 7, 101, 5)
    assert market.send(request) == ["rejected UNKNOWN_ORDER"]
    assert market.outcome.order_id == 7
    assert market.send(request) == []
    assert (market.outcome.order_id, market.outcome.reason) == (7, RejectReason.UNKNOWN_ORDER)


def test_orders_and_replaces_share_one_space_of_keys(market: Market) -> None:
    market.send(market.order(ALICE, BUY, 100, 5, client_order_id=key("a")))
    request = market.replacement(ALICE, 1, 101, 5, request_id=key("a"))
    assert market.send(request) == ["rejected KEY_REUSED"]


def test_a_stale_replace_changes_nothing(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    assert market.replace(ALICE, 1, 101, 5, valid_until_ns=NOW - 1) == ["rejected STALE"]
    assert market.bids() == [(100, 5)]


@pytest.mark.parametrize(
    "bad", [NO_CLIENT_ORDER_ID, b"\1" + bytes(27), bytes(27) + b"\x25", b"\xff" * 28]
)
def test_a_request_needs_a_canonical_key(market: Market, bad: bytes) -> None:
    market.buy(ALICE, 100, 5)
    refused = ["rejected INVALID_CLIENT_ORDER_ID"]
    assert market.buy(ALICE, 100, 5, client_order_id=bad) == refused
    assert market.event.client_order_id == NO_CLIENT_ORDER_ID
    assert market.replace(ALICE, 1, 101, 5, request_id=bad) == refused
    assert market.event.client_order_id == NO_CLIENT_ORDER_ID


def test_full_of_live_keys_new_requests_are_refused_and_not_remembered(
    core_type: type[Core],
) -> None:
    market = keys_bound(core_type, 2)
    market.buy(ALICE, 100, 5)
    market.buy(ALICE, 100, 5)
    order = market.order(ALICE, BUY, 100, 5)
    assert market.send(order) == ["rejected DEDUPE_FULL"]
    assert market.replace(ALICE, 1, 101, 5) == ["rejected DEDUPE_FULL"]
    assert market.cancel(ALICE, 1) == ["canceled 1 5 REQUESTED"]
    assert market.send(order) == ["rejected DEDUPE_FULL"]
    market.now_ns = LATER + 1
    fresh = replace(order, valid_until_ns=LATER + 1)
    assert market.send(fresh) == ["accepted 3 resting"]


def test_a_key_stays_while_its_order_lives(core_type: type[Core]) -> None:
    market = keys_bound(core_type, 1)
    order = market.order(ALICE, BUY, 100, 5, valid_until_ns=NOW)
    market.send(order)
    market.now_ns = LATER
    assert market.buy(ALICE, 100, 5) == ["rejected DEDUPE_FULL"]
    assert market.send(order) == []


def test_a_key_stays_until_its_time_is_over(core_type: type[Core]) -> None:
    market = keys_bound(core_type, 1)
    market.buy(ALICE, 0, 5, valid_until_ns=NOW + 5)
    market.now_ns = NOW + 5
    assert market.buy(ALICE, 100, 5) == ["rejected DEDUPE_FULL"]
    market.now_ns = NOW + 6
    assert market.buy(ALICE, 100, 5) == ["accepted 1 resting"]


def test_the_oldest_forgettable_key_is_forgotten_first(core_type: type[Core]) -> None:
    market = keys_bound(core_type, 3)
    alive = market.order(ALICE, BUY, 100, 5, valid_until_ns=NOW)
    over = market.order(ALICE, BUY, 0, 5, valid_until_ns=NOW)
    over_too = market.order(ALICE, BUY, 0, 6, valid_until_ns=NOW)
    for order in (alive, over, over_too):
        market.send(order)
    market.now_ns = NOW + 1
    assert market.buy(BOB, 100, 1) == ["accepted 2 resting"]
    assert market.send(over_too) == []
    assert market.send(alive) == []
    assert market.send(over) == ["rejected STALE"]


def test_a_forgotten_key_cannot_be_executed_again(core_type: type[Core]) -> None:
    market = keys_bound(core_type, 1)
    order = market.order(ALICE, BUY, 100, 5, valid_until_ns=NOW)
    market.send(order)
    market.cancel(ALICE, 1)
    market.now_ns = NOW + 1
    market.buy(BOB, 100, 1)
    assert market.send(order) == ["rejected STALE"]


def test_the_search_for_a_forgettable_key_is_bounded(core_type: type[Core]) -> None:
    market = keys_bound(core_type, 65)
    for _ in range(64):
        market.buy(ALICE, 100, 1, valid_until_ns=NOW)
    market.buy(ALICE, 0, 1, valid_until_ns=NOW)
    market.now_ns = NOW + 1
    assert market.buy(BOB, 100, 1) == ["rejected DEDUPE_FULL"]
    # 64 keys were turned to the back: now the forgettable one is first.
    assert market.buy(BOB, 100, 1) == ["accepted 65 resting"]


def test_of_thousands_of_keys_each_is_known_until_it_is_forgotten(core_type: type[Core]) -> None:
    market = keys_bound(core_type, 3_000)
    old = [market.order(ALICE, BUY, 0, 5, valid_until_ns=NOW) for _ in range(3_000)]
    assert all(market.send(order) == ["rejected INVALID_PRICE"] for order in old)
    assert all(market.send(order) == [] for order in old)
    market.now_ns = NOW + 1
    for _ in range(1_000):
        assert market.buy(BOB, 0, 5) == ["rejected INVALID_PRICE"]
    assert all(market.send(order) == [] for order in old[1_000:])
    assert all(market.send(order) == ["rejected STALE"] for order in old[:1_000])
