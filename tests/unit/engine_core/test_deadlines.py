"""What time ends by itself: good-till-date orders, and a silent account's orders."""

import pytest

from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import CancelAllAfter
from domain.events import OrderCanceled, OrderExpired, OrderRejected, OutcomeResult
from domain.orders import OrderFlag, TradingStatus
from domain.reasons import CancelReason, RejectReason
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from engine_core.contract import Core
from engine_core.limits import DEADLINE_EVENTS_MAX
from engine_core.state_hash import Tag, entity_hash
from schemas.codec import decode_events, decode_outcomes, encode_command
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC_USDT,
    BUY,
    CAROL,
    FUNDS,
    GTD,
    IOC,
    NOW,
    NS_PER_MS,
    K,
    Market,
    key,
)

UNTIL_3 = {"time_in_force": GTD, "expire_s": 3}
UNTIL_2 = {"time_in_force": GTD, "expire_s": 2}


def test_a_good_till_date_order_rests_and_trades_until_its_date(market: Market) -> None:
    assert market.buy(ALICE, 100, 5, **UNTIL_3) == ["accepted 1 resting"]
    assert market.event.expire_s == 3
    assert market.sell(BOB, 100, 2) == ["accepted 2", "trade 1 2 2@100 taker-filled"]
    assert market.let_time_pass(3 * NS_PER_S - 1) == []
    assert market.let_time_pass(3 * NS_PER_S) == ["expired 1 3 GOOD_TILL_DATE"]
    assert market.usdt(ALICE) == (-200 * K, 0)
    assert market.bids() == []
    assert market.let_time_pass(4 * NS_PER_S) == []


def test_every_field_of_an_expiry(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("mine"), **UNTIL_3)
    market.let_time_pass(5 * NS_PER_S)
    assert market.events == [
        OrderExpired(
            ts_ns=5 * NS_PER_S,
            reason=CancelReason.GOOD_TILL_DATE,
            order_id=1,
            account_id=ALICE,
            instrument_id=BTC_USDT,
            side=BUY,
            price_ticks=100,
            qty_lots=5,
            cum_qty_lots=0,
            available_atoms=FUNDS,
            held_atoms=0,
            book_seq=2,
            client_order_id=key("mine"),
        )
    ]


def test_what_is_over_ends_before_the_next_command_meets_it(market: Market) -> None:
    market.buy(ALICE, 100, 5, **UNTIL_3)
    market.now_ns = 3 * NS_PER_S
    told = market.sell(BOB, 100, 2)
    assert told == ["expired 1 5 GOOD_TILL_DATE", "accepted 2 resting"]
    assert market.outcome.event_count == 1


@pytest.mark.parametrize("command", [b"\xff" * 96, b"\x01" + b"\xff" * 95])
def test_time_goes_on_whatever_the_command_is(market: Market, command: bytes) -> None:
    market.buy(ALICE, 100, 5, **UNTIL_3)
    market.now_ns = 3 * NS_PER_S
    told = market.send_bytes(command)
    assert (told[0], len(told)) == ("expired 1 5 GOOD_TILL_DATE", 2)
    assert market.outcome.event_count == 1


def test_a_date_that_has_passed_is_refused(market: Market) -> None:
    market.now_ns = 3 * NS_PER_S - 1
    assert market.buy(ALICE, 100, 5, **UNTIL_3) == ["accepted 1 resting"]
    market.now_ns = 3 * NS_PER_S
    assert market.buy(BOB, 100, 5, **UNTIL_3)[-1] == "rejected INVALID_EXPIRY"


def test_the_last_date_there_is(market: Market) -> None:
    market.buy(ALICE, 100, 5, time_in_force=GTD, expire_s=2**32 - 1)
    assert market.core.next_deadline_ns == (2**32 - 1) * NS_PER_S
    assert market.let_time_pass((2**32 - 1) * NS_PER_S) == ["expired 1 5 GOOD_TILL_DATE"]


def test_the_rest_of_a_taker_waits_until_its_date(market: Market) -> None:
    market.sell(BOB, 100, 2)
    assert market.buy(ALICE, 100, 5, **UNTIL_3)[-1] == "rested 2 3@100"
    assert market.let_time_pass(3 * NS_PER_S) == ["expired 2 3 GOOD_TILL_DATE"]


def test_post_only_may_have_a_date(market: Market) -> None:
    post_only = {"flags": OrderFlag.POST_ONLY, **UNTIL_3}
    assert market.sell(ALICE, 100, 5, **post_only) == ["accepted 1 resting"]
    assert market.buy(BOB, 100, 5, **post_only) == ["rejected POST_ONLY_WOULD_TAKE"]


def test_dates_are_met_by_time_then_by_order_id(market: Market) -> None:
    market.buy(ALICE, 100, 1, **UNTIL_3)
    market.buy(BOB, 100, 2, **UNTIL_2)
    market.buy(CAROL, 100, 3, **UNTIL_3)
    market.buy(ALICE, 100, 4)
    market.buy(ALICE, 100, 5, **UNTIL_2)
    market.replace(BOB, 2, 99, 2)
    assert market.let_time_pass(3 * NS_PER_S) == [
        "expired 2 2 GOOD_TILL_DATE",
        "expired 5 5 GOOD_TILL_DATE",
        "expired 1 1 GOOD_TILL_DATE",
        "expired 3 3 GOOD_TILL_DATE",
    ]
    assert market.resting() == [4]


def test_a_replaced_order_keeps_its_date(market: Market) -> None:
    market.buy(ALICE, 100, 5, **UNTIL_3)
    market.replace(ALICE, 1, 101, 7)
    market.replace(ALICE, 1, 101, 6)
    market.sell(BOB, 102, 1)
    market.replace(ALICE, 1, 102, 6)
    assert market.core.next_deadline_ns == 3 * NS_PER_S
    assert market.let_time_pass(3 * NS_PER_S) == ["expired 1 5 GOOD_TILL_DATE"]


@pytest.mark.parametrize("end", ["fill", "cancel", "replace to nothing", "close"])
def test_a_date_goes_with_its_order(market: Market, end: str) -> None:
    market.buy(ALICE, 100, 5, **UNTIL_3)
    if end == "fill":
        market.sell(BOB, 100, 5)
    elif end == "cancel":
        market.cancel(ALICE, 1)
    elif end == "replace to nothing":
        market.sell(BOB, 100, 2)
        market.replace(ALICE, 1, 100, 2)
    else:
        market.set_status(TradingStatus.CLOSED)
    assert market.core.next_deadline_ns == 0
    assert market.let_time_pass(3 * NS_PER_S) == []


def test_dates_pass_while_nothing_trades(market: Market) -> None:
    market.buy(ALICE, 100, 5, **UNTIL_3)
    market.set_status(TradingStatus.HALT)
    assert market.let_time_pass(3 * NS_PER_S) == ["expired 1 5 GOOD_TILL_DATE"]


def test_a_silent_account_loses_its_orders(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.buy(BOB, 100, 7)
    assert market.cancel_all_after(ALICE, 50) == []
    assert market.outcome.result is OutcomeResult.DONE
    market.sell(ALICE, 101, 6)
    assert market.let_time_pass(NOW + 50 * NS_PER_MS - 1) == []
    assert market.let_time_pass(NOW + 50 * NS_PER_MS) == [
        "canceled 1 5 DEAD_MAN_SWITCH",
        "canceled 3 6 DEAD_MAN_SWITCH",
    ]
    assert market.resting() == [2]
    assert market.core.next_deadline_ns == 0


def test_every_field_of_a_cancel_by_the_switch(market: Market) -> None:
    market.buy(ALICE, 100, 5, client_order_id=key("mine"))
    market.cancel_all_after(ALICE, 1)
    market.let_time_pass(NOW + NS_PER_MS)
    assert market.events == [
        OrderCanceled(
            ts_ns=NOW + NS_PER_MS,
            reason=CancelReason.DEAD_MAN_SWITCH,
            order_id=1,
            account_id=ALICE,
            instrument_id=BTC_USDT,
            side=BUY,
            price_ticks=100,
            qty_lots=5,
            cum_qty_lots=0,
            available_atoms=FUNDS,
            held_atoms=0,
            book_seq=2,
            client_order_id=key("mine"),
        )
    ]


def test_a_switch_is_renewed_and_disarmed_by_command(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.cancel_all_after(ALICE, 50)
    market.now_ns += 49 * NS_PER_MS
    market.cancel_all_after(ALICE, 50)
    assert market.core.next_deadline_ns == NOW + 99 * NS_PER_MS
    assert market.let_time_pass(NOW + 50 * NS_PER_MS) == []
    market.cancel_all_after(ALICE, 0)
    assert market.core.next_deadline_ns == 0
    assert market.let_time_pass(NOW + 200 * NS_PER_MS) == []
    assert market.cancel_all_after(ALICE, 0) == []
    assert market.resting() == [1]


def test_a_switch_pulled_once_is_disarmed(market: Market) -> None:
    market.cancel_all_after(ALICE, 50)
    assert market.let_time_pass(NOW + 50 * NS_PER_MS) == []
    market.buy(ALICE, 100, 5)
    assert market.let_time_pass(NOW + 500 * NS_PER_MS) == []


def test_a_renewal_too_late_cancels_first(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.cancel_all_after(ALICE, 50)
    market.now_ns += 50 * NS_PER_MS
    assert market.cancel_all_after(ALICE, 50) == ["canceled 1 5 DEAD_MAN_SWITCH"]
    assert market.outcome.event_count == 0
    assert market.core.next_deadline_ns == NOW + 100 * NS_PER_MS


def test_accounts_of_one_group_have_switches_of_their_own(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.buy(ALICE_TOO, 100, 5)
    market.cancel_all_after(ALICE_TOO, 50)
    assert market.let_time_pass(NOW + 50 * NS_PER_MS) == ["canceled 2 5 DEAD_MAN_SWITCH"]


def test_at_one_time_dates_come_before_switches_and_lower_ids_first(market: Market) -> None:
    market.now_ns = NS_PER_S
    for account_id in (BOB, ALICE, CAROL):
        market.buy(account_id, 100, 1)
    market.buy(CAROL, 99, 9, **UNTIL_2)
    market.cancel_all_after(BOB, 1_000)
    market.cancel_all_after(ALICE, 1_000)
    market.cancel_all_after(CAROL, 999)
    assert market.let_time_pass(3 * NS_PER_S) == [
        "canceled 3 1 DEAD_MAN_SWITCH",
        "canceled 4 9 DEAD_MAN_SWITCH",
        "canceled 2 1 DEAD_MAN_SWITCH",
        "canceled 1 1 DEAD_MAN_SWITCH",
    ]
    market.now_ns = 10 * NS_PER_S
    market.buy(ALICE, 100, 1)
    market.buy(ALICE, 100, 2, time_in_force=GTD, expire_s=11)
    market.cancel_all_after(ALICE, 1_000)
    assert market.let_time_pass(11 * NS_PER_S) == [
        "expired 6 2 GOOD_TILL_DATE",
        "canceled 5 1 DEAD_MAN_SWITCH",
    ]


@pytest.mark.parametrize(
    ("account_id", "timeout_ms", "reason"),
    [
        (5, 2**32 - 1, RejectReason.UNKNOWN_ACCOUNT),
        (FEE_ACCOUNT_ID, 2**32 - 1, RejectReason.ACCOUNT_NOT_TRADABLE),
        (ALICE, 86_400_001, RejectReason.INVALID_TIMEOUT),
    ],
)
def test_a_refused_switch(
    market: Market, account_id: int, timeout_ms: int, reason: RejectReason
) -> None:
    market.cancel_all_after(ALICE, 7)
    market.send(CancelAllAfter(account_id=account_id, timeout_ms=timeout_ms))
    assert market.event == OrderRejected(
        ts_ns=NOW,
        request=5,
        reason=reason,
        account_id=account_id,
        instrument_id=0,
        side=0,
        order_id=0,
        price_ticks=0,
        qty_lots=0,
        client_order_id=NO_CLIENT_ORDER_ID,
    )
    assert market.core.next_deadline_ns == NOW + 7 * NS_PER_MS


def test_a_day_is_the_longest_timeout(market: Market) -> None:
    assert market.cancel_all_after(ALICE, 86_400_000) == []
    assert market.core.next_deadline_ns == NOW + 86_400 * NS_PER_S


def test_a_switch_past_the_end_of_time_is_refused(market: Market) -> None:
    market.now_ns = 2**63 - 1 - NS_PER_MS
    assert market.cancel_all_after(ALICE, 2) == ["rejected INVALID_TIMEOUT"]
    assert market.cancel_all_after(ALICE, 1) == []
    assert market.core.next_deadline_ns == 2**63 - 1


def test_the_next_deadline_is_the_earliest_of_all(market: Market) -> None:
    assert market.core.next_deadline_ns == 0
    market.buy(ALICE, 100, 5, **UNTIL_3)
    assert market.core.next_deadline_ns == 3 * NS_PER_S
    market.buy(ALICE, 100, 5, **UNTIL_2)
    assert market.core.next_deadline_ns == 2 * NS_PER_S
    market.cancel_all_after(BOB, 5)
    assert market.core.next_deadline_ns == NOW + 5 * NS_PER_MS
    market.cancel_all_after(BOB, 0)
    market.cancel(ALICE, 2)
    assert market.core.next_deadline_ns == 3 * NS_PER_S


def test_an_armed_switch_is_part_of_the_state(market: Market) -> None:
    before = int.from_bytes(market.core.state_hash(), "little")
    market.cancel_all_after(ALICE, 50)
    after = int.from_bytes(market.core.state_hash(), "little")
    switch = entity_hash(Tag.SWITCH, ALICE, NOW + 50 * NS_PER_MS)
    assert (after - before) % 2**128 == switch


def enter(market: Market, count: int, **terms: int) -> None:
    """Enter ``count`` buys of one lot at 1 by Alice, in one batch."""
    orders = [market.order(ALICE, BUY, 1, 1, **terms) for _ in range(count)]
    _, outcomes = market.core.apply(b"".join(map(encode_command, orders)), market.now_ns)
    assert {outcome.result for outcome in decode_outcomes(outcomes)} == {OutcomeResult.DONE}


def test_one_turn_ends_so_much_and_the_next_goes_on(market: Market) -> None:
    enter(market, DEADLINE_EVENTS_MAX + 3, **UNTIL_2)
    assert len(market.let_time_pass(2 * NS_PER_S)) == DEADLINE_EVENTS_MAX
    assert market.core.next_deadline_ns == 2 * NS_PER_S
    overdue = [DEADLINE_EVENTS_MAX + at for at in (1, 2, 3)]
    assert market.resting() == overdue
    told = market.sell(BOB, 1, 1)
    assert told[:3] == [f"expired {order_id} 1 GOOD_TILL_DATE" for order_id in overdue]
    assert market.core.next_deadline_ns == 0


def test_what_is_overdue_goes_on_until_its_turn(market: Market) -> None:
    enter(market, 2 * DEADLINE_EVENTS_MAX + 1, **UNTIL_2)
    market.now_ns = 2 * NS_PER_S
    told = market.sell(BOB, 1, 1)
    met = DEADLINE_EVENTS_MAX + 1
    assert told[-1] == f"trade {met} {market.outcome.order_id} 1@1 maker-filled taker-filled"


def test_a_switch_cut_short_stays_armed_until_it_is_done(market: Market) -> None:
    enter(market, DEADLINE_EVENTS_MAX)
    market.cancel_all_after(ALICE, 1)
    assert len(market.let_time_pass(NOW + NS_PER_MS)) == DEADLINE_EVENTS_MAX
    assert market.resting() == []
    assert market.core.next_deadline_ns == NOW + NS_PER_MS  # to disarm it was a step too many
    assert market.let_time_pass(NOW + NS_PER_MS) == []
    assert market.core.next_deadline_ns == 0


def test_each_command_of_a_batch_is_preceded_by_a_turn(core_type: type[Core]) -> None:
    together, apart = Market(core_type), Market(core_type)
    for market in (together, apart):
        enter(market, DEADLINE_EVENTS_MAX + 5, **UNTIL_2)
    late = 2 * NS_PER_S
    commands = [encode_command(together.order(BOB, BUY, 1, 1, time_in_force=IOC))] * 2
    events, outcomes = together.core.apply(b"".join(commands), late)
    answers = [apart.core.apply(command, late) for command in commands]
    assert (events, outcomes) == (
        b"".join(said for said, _ in answers),
        b"".join(outcome for _, outcome in answers),
    )
    assert (
        len(decode_events(events)) == DEADLINE_EVENTS_MAX + 2 + 5
    )  # the second command is a retry
    assert together.core.state_hash() == apart.core.state_hash()
