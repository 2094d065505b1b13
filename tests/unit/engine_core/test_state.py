"""What a core tells of its state: counters, book, orders, hash; and what it refuses to be called
with.
"""

from typing import Any

import pytest

from domain.commands import CancelOrder, NewOrder, NewOrderList, OrderListLeg
from domain.orders import (
    AccountStatus,
    OrderFlag,
    OrderType,
    StatusCause,
    TradingStatus,
    VenueStatus,
)
from domain.reasons import RejectReason
from domain.venue_commands import (
    ScheduleTradingStatus,
    SetAccountLimits,
    SetAccountStatus,
    SetAssetLimits,
    SetFees,
    SetFeeTier,
    SetInstrumentRules,
    SetVenueStatus,
)
from engine_core.contract import Core
from engine_core.request_keys import content_digest
from engine_core.state_hash import Tag, entity_hash, sum_of, words_of
from schemas.codec import encode_command
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC,
    BTC_USDT,
    BUY,
    CAROL,
    FUNDS,
    GTC,
    IOC,
    LATER,
    LOT,
    NOW,
    SELL,
    STP,
    USDT,
    K,
    Market,
    instrument,
    key,
)


def test_events_orders_and_trades_are_counted_from_one(core_type: type[Core]) -> None:
    core = core_type()
    assert (core.next_event_seq, core.next_order_id, core.log_ts_ns) == (1, 1, 0)
    market = Market(core_type)
    seq = market.core.next_event_seq
    market.sell(ALICE, 100, 2)
    market.buy(BOB, 100, 1)
    assert market.last.trade_id == 1
    market.buy(BOB, 100, 1)
    assert market.last.trade_id == 2
    assert market.core.next_event_seq == seq + 5
    assert market.core.next_order_id == 4


def test_a_batch_shares_one_time_and_answers_each_command(market: Market) -> None:
    orders = [market.order(ALICE, BUY, 100, 1), market.order(ALICE, BUY, 0, 1)]
    seq = market.core.next_event_seq
    events, outcomes = market.core.apply(b"".join(map(encode_command, orders)), NOW + 5)
    assert (len(events), len(outcomes)) == (2 * 128, 2 * 24)
    assert market.core.log_ts_ns == NOW + 5
    assert market.core.next_event_seq == seq + 2


def test_the_cut_into_batches_does_not_matter(core_type: type[Core]) -> None:
    one, other = Market(core_type), Market(core_type)
    commands = [
        encode_command(one.order(account_id, side, 100, 3))
        for account_id in (ALICE, BOB, CAROL)
        for side in (BUY, SELL)
    ]
    together = one.core.apply(b"".join(commands), NOW)
    apart = [other.core.apply(command, NOW) for command in commands]
    assert together[0] == b"".join(events for events, _ in apart)
    assert together[1] == b"".join(outcomes for _, outcomes in apart)
    assert one.core.state_hash() == other.core.state_hash()


def test_no_commands_no_events_but_time_goes_on(market: Market) -> None:
    assert market.core.apply(b"", NOW + 1) == (b"", b"")
    assert market.core.log_ts_ns == NOW + 1


@pytest.mark.parametrize("ts_ns", [NOW - 1, -1, 2**63])
def test_time_does_not_go_back_nor_past_its_field(market: Market, ts_ns: int) -> None:
    before = market.core.state_hash()
    with pytest.raises(ValueError, match="log time"):
        market.core.apply(b"", ts_ns)
    assert market.core.state_hash() == before


@pytest.mark.parametrize("size", [1, 95, 97, 191])
def test_a_torn_command_is_the_callers_fault(market: Market, size: int) -> None:
    before = market.core.state_hash()
    with pytest.raises(ValueError, match="whole commands"):
        market.core.apply(bytes(size), NOW + 1)
    assert market.core.state_hash() == before


def test_depth_is_summed_by_price_best_first(market: Market) -> None:
    for price_ticks, lots in ((100, 1), (98, 2), (99, 3), (100, 4)):
        market.buy(ALICE, price_ticks, lots)
        market.sell(BOB, price_ticks + 10, lots)
    assert market.core.depth(BTC_USDT, 2) == ([(100, 5), (99, 3)], [(108, 2), (109, 3)])
    assert market.core.depth(BTC_USDT, 0) == ([], [])
    assert market.core.depth(9, 5) == ([], [])


def test_open_orders_are_listed_by_id(market: Market) -> None:
    market.buy(ALICE, 100, 5)
    market.sell(BOB, 105, 7)
    market.replace(ALICE, 1, 99, 5)
    market.sell(CAROL, 99, 2)
    assert market.core.orders() == [
        (1, ALICE, BTC_USDT, BUY, 99, 5, 3, 2),
        (2, BOB, BTC_USDT, SELL, 105, 7, 7, 0),
    ]


def test_balances_are_listed_by_account_and_asset(market: Market) -> None:
    market.sell(ALICE, 100, 5)
    assert market.core.balances()[:2] == [
        (ALICE, BTC, FUNDS - 5 * LOT, 5 * LOT),
        (ALICE, USDT, FUNDS, 0),
    ]
    assert market.core.balance(99, BTC) == (0, 0)
    assert len(market.core.balances()) == 8


def test_every_visible_change_of_a_book_counts_one(market: Market) -> None:
    seen: list[int] = []
    decrement = {"self_trade_prevention": STP.DECREMENT}
    for command in (
        market.order(ALICE, SELL, 100, 5),
        market.order(BOB, BUY, 101, 2),
        market.replacement(ALICE, 1, 100, 4),
        market.replacement(ALICE, 1, 102, 4),
        market.order(ALICE, BUY, 102, 1, **decrement),
        market.order(ALICE, BUY, 102, 1, self_trade_prevention=STP.CANCEL_TAKER),
        market.order(BOB, BUY, 103, 2),
        CancelOrder(account_id=BOB, order_id=5),
    ):
        market.send(command)
        seen += [seq for event in market.events if (seq := getattr(event, "book_seq", 0))]
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]


NO_RULES = (0,) * 10
"""Collar, breaker, window, auction time, reference; breaker's reference and window; no uncross, no
auction.
"""
NOT_TRAILING = (0, 0, 0, 0)
"""Distance, best price, price that is held for; and no other order in its list."""
OPEN = (VenueStatus.OPEN, 1)
"""And the logic is the first."""


def instrument_words(status: TradingStatus, *now: int, **changed: int) -> tuple[int, ...]:
    """``now``: last trade price, next trade id, book_seq."""
    terms = instrument(**changed)
    return (
        *(BTC_USDT, BTC, USDT, K, LOT),
        *(terms.maker_fee_ppm, terms.taker_fee_ppm, terms.band_bps, terms.min_notional_atoms),
        *(2**53 - 1, 2**53 - 1, status, *now),
        *words_of(b"BTC-USDT".ljust(24, b"\0")),
        *NO_RULES,
    )


def account_words(account_id: int, group_id: int) -> tuple[int, ...]:
    """Return the words of an account without limits."""
    return (Tag.ACCOUNT, account_id, group_id, AccountStatus.ACTIVE, 0, 0, 0, 0, 0)


def venue_words() -> list[tuple[int, ...]]:
    """Return the words of the assets, accounts and source of the story's market."""
    name = {asset: words_of(asset.ljust(24, b"\0")) for asset in (b"BTC", b"USDT")}
    return [
        (Tag.ASSET, BTC, 8, 4 * FUNDS, *name[b"BTC"]),
        (Tag.ASSET, USDT, 8, 4 * FUNDS, *name[b"USDT"]),
        account_words(1, 0),
        *(account_words(account, account) for account in (ALICE, BOB, CAROL)),
        account_words(ALICE_TOO, ALICE),
        (Tag.SOURCE, 7, 8),
    ]


def key_words(order: NewOrder, order_id: int, reason: RejectReason) -> tuple[int, ...]:
    digest = content_digest(encode_command(order))
    cid = words_of(order.client_order_id)
    return (Tag.KEY, order.account_id, *cid, digest, order_id, reason, order.valid_until_ns)


def hash_of(entities: list[tuple[int, ...]]) -> bytes:
    return sum_of(entity_hash(*words) for words in entities)


def test_the_state_hash_is_the_sum_over_everything_there_is(market: Market) -> None:
    order = market.order(ALICE, BUY, 100, 5, client_order_id=key("mine"))
    market.send(order)
    expected = [
        *venue_words(),
        *((Tag.BALANCE, account, BTC, FUNDS, 0) for account in (ALICE, BOB, CAROL, ALICE_TOO)),
        *((Tag.BALANCE, account, USDT, FUNDS, 0) for account in (BOB, CAROL, ALICE_TOO)),
        (Tag.BALANCE, ALICE, USDT, FUNDS - 500 * K, 500 * K),
        (
            *(Tag.ORDER, 1, ALICE, BTC_USDT, BUY, OrderType.LIMIT, GTC, STP.NONE),
            *(
                int(OrderFlag(0)),
                100,
                5,
                5,
                0,
                0,
                1,
                *words_of(key("mine")),
                0,
                0,
                0,
                0,
                5,
                *NOT_TRAILING,
            ),
        ),
        (Tag.INSTRUMENT, *instrument_words(TradingStatus.TRADING, 0, 1, 1)),
        key_words(order, 1, RejectReason.NONE),
        (Tag.COUNTERS, 2, 18, NOW, 2, *OPEN),
    ]
    assert market.core.state_hash() == hash_of(expected)


def test_the_state_hash_after_a_trade_and_a_refusal(core_type: type[Core]) -> None:
    market = Market(core_type, maker_fee_ppm=100)
    ask = market.order(ALICE, SELL, 100, 5, flags=OrderFlag.POST_ONLY)
    bid = market.order(BOB, BUY, 100, 2, time_in_force=IOC)
    refused = market.order(BOB, BUY, 0, 2)
    for order in (ask, bid, refused):
        market.send(order)
    expected = [
        *venue_words(),
        *((Tag.BALANCE, *row) for row in market.core.balances()),
        (
            *(Tag.ORDER, 1, ALICE, BTC_USDT, SELL, OrderType.LIMIT, GTC, STP.NONE),
            *(int(OrderFlag.POST_ONLY), 100, 5, 3, 2),
            *(1_000_000 - 2 * 100 * K * 100, 1, *words_of(ask.client_order_id), 0, 0, 0, 0, 3),
            *NOT_TRAILING,
        ),
        (Tag.INSTRUMENT, *instrument_words(TradingStatus.TRADING, 100, 2, 2, maker_fee_ppm=100)),
        key_words(ask, 1, RejectReason.NONE),
        key_words(bid, 2, RejectReason.NONE),
        key_words(refused, 0, RejectReason.INVALID_PRICE),
        (Tag.COUNTERS, 3, 21, NOW, 2, *OPEN),
    ]
    assert market.core.state_hash() == hash_of(expected)


def test_the_state_hash_of_stops_that_wait_are_queued_and_are_triggered(
    core_type: type[Core],
) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    terms = {"order_type": OrderType.STOP_LIMIT, "trigger_price_ticks": 100}
    stops = [market.order(ALICE, BUY, 1, 7, **terms) for _ in range(3)]
    stops.append(market.order(ALICE, BUY, 2, 7, **{**terms, "trigger_price_ticks": 101}))
    trade = [market.order(CAROL, side, 100, 1) for side in (SELL, BUY)]
    for order in (*stops, *trade):
        market.send(order)
    assert market.last.order_id == 1  # and the bound of events left 2 and 3 in the queue
    expected = [
        *venue_words(),
        *((Tag.BALANCE, *row) for row in market.core.balances()),
        *(
            (
                *(
                    Tag.ORDER,
                    order_id,
                    ALICE,
                    BTC_USDT,
                    BUY,
                    OrderType.STOP_LIMIT,
                    GTC,
                    STP.NONE,
                    0,
                ),
                *(stop.price_ticks, 7, 7, 0, 0, place, *words_of(stop.client_order_id), 0),
                *(stop.trigger_price_ticks, triggered, 0, 7 * triggered, *NOT_TRAILING),
            )
            for order_id, stop, place, triggered in (
                (1, stops[0], 6, 1),
                (2, stops[1], 2, 0),
                (3, stops[2], 3, 0),
                (4, stops[3], 4, 0),
            )
        ),
        (Tag.TRIGGER, BTC_USDT, 0, 2),
        (Tag.TRIGGER, BTC_USDT, 1, 3),
        (Tag.INSTRUMENT, *instrument_words(TradingStatus.TRADING, 100, 2, 3)),
        *(
            key_words(order, order_id, RejectReason.NONE)
            for order_id, order in enumerate((*stops, *trade), 1)
        ),
        (Tag.COUNTERS, 7, market.core.next_event_seq, NOW, 7, *OPEN),
    ]
    assert market.core.state_hash() == hash_of(expected)


def test_the_state_hash_of_an_iceberg(market: Market) -> None:
    ask = market.order(ALICE, SELL, 100, 9, display_qty_lots=4)
    bids = [market.order(BOB, BUY, 100, lots) for lots in (4, 1)]
    for order in (ask, *bids):
        market.send(order)
    expected = [
        *venue_words(),
        *((Tag.BALANCE, *row) for row in market.core.balances()),
        (
            *(Tag.ORDER, 1, ALICE, BTC_USDT, SELL, OrderType.LIMIT, GTC, STP.NONE, 0),
            *(100, 9, 4, 5, 0, 2, *words_of(ask.client_order_id), 0, 0, 0, 4, 3),
            *NOT_TRAILING,
        ),
        (Tag.INSTRUMENT, *instrument_words(TradingStatus.TRADING, 100, 3, 4)),
        *(
            key_words(order, order_id, RejectReason.NONE)
            for order_id, order in enumerate((ask, *bids), 1)
        ),
        (Tag.COUNTERS, 4, market.core.next_event_seq, NOW, 3, *OPEN),
    ]
    assert market.core.state_hash() == hash_of(expected)


def test_the_hash_of_an_empty_core(core_type: type[Core]) -> None:
    counters = entity_hash(Tag.COUNTERS, 1, 1, 0, 1, *OPEN)
    assert core_type().state_hash() == sum_of([entity_hash(*account_words(1, 0)), counters])


def test_the_state_hash_of_what_is_set_while_trading(market: Market) -> None:
    market.now_ns = 2 * 10**9
    for command in (
        SetInstrumentRules(
            instrument_id=BTC_USDT,
            collar_bps=1,
            breaker_bps=2,
            breaker_window_s=3,
            auction_s=4,
            reference_price_ticks=5,
        ),
        ScheduleTradingStatus(instrument_id=BTC_USDT, trading_status=TradingStatus.HALT, at_s=7),
        SetFees(instrument_id=BTC_USDT, tier=6, maker_fee_ppm=7, taker_fee_ppm=8),
        SetFeeTier(account_id=CAROL, tier=6),
        SetAccountStatus(account_id=CAROL, account_status=AccountStatus.CANCEL_ONLY),
        SetAccountLimits(account_id=BOB, open_orders_max=9, orders_per_s=10, orders_burst=11),
        SetAssetLimits(
            account_id=BOB, asset_id=BTC, position_max_atoms=12, order_notional_max_atoms=13
        ),
        refused := market.order(BOB, BUY, 0, 1),
        SetVenueStatus(venue_status=VenueStatus.HALTED),
    ):
        market.send(command)
    tat_ns = 2 * 10**9 + 10**8
    changed = (
        account_words(BOB, BOB),
        account_words(CAROL, CAROL),
    )
    expected = [
        *(words for words in venue_words() if words not in changed),
        (Tag.ACCOUNT, BOB, BOB, AccountStatus.ACTIVE, 0, 9, 10, 11, tat_ns),
        (Tag.ACCOUNT, CAROL, CAROL, AccountStatus.CANCEL_ONLY, 6, 0, 0, 0, 0),
        *((Tag.BALANCE, *row) for row in market.core.balances()),
        (
            Tag.INSTRUMENT,
            *instrument_words(TradingStatus.TRADING, 0, 1, 0)[: -len(NO_RULES)],
            *(1, 2, 3, 4, 5, 0, 0, 0, 0, 0),
        ),
        (Tag.SCHEDULED, BTC_USDT, 7, TradingStatus.HALT),
        (Tag.FEES, BTC_USDT, 6, 7, 8),
        (Tag.ASSET_LIMITS, BOB, BTC, 12, 13),
        key_words(refused, 0, RejectReason.INVALID_PRICE),
        (Tag.COUNTERS, 1, market.core.next_event_seq, 2 * 10**9, 1, VenueStatus.HALTED, 1),
    ]
    assert market.core.state_hash() == hash_of(expected)


def legs_to_buy() -> list[OrderListLeg]:
    """Return legs of Alice: to buy 3 at 90, or where a trailing stop goes off."""
    terms: dict[str, Any] = {
        "valid_until_ns": 0,
        "qty_lots": 3,
        "account_id": ALICE,
        "instrument_id": BTC_USDT,
    }
    return [
        OrderListLeg(
            side=BUY, price_ticks=90, client_order_id=key("a"), flags=OrderFlag.POST_ONLY, **terms
        ),
        OrderListLeg(
            side=BUY,
            order_type=OrderType.TRAILING_STOP,
            time_in_force=IOC,
            trailing_bps=1_000,
            client_order_id=key("b"),
            **terms,
        ),
    ]


def test_the_state_hash_of_a_list_of_its_legs_to_come_and_of_an_uncross_that_waits(
    core_type: type[Core],
) -> None:
    market = Market(core_type, bounds={"events_per_command_max": 4})
    market.set_rules(breaker_bps=1_000, breaker_window_s=10, reference_price_ticks=100)
    legs = legs_to_buy()
    pair = NewOrderList(
        account_id=ALICE, instrument_id=BTC_USDT, valid_until_ns=LATER, client_order_id=key("list")
    )
    sent = [*map(encode_command, legs), encode_command(pair)]
    market.core.apply(b"".join([*sent, sent[1], sent[0]]), NOW)
    market.set_status(TradingStatus.AUCTION)
    crossing = [market.order(BOB, side, 100, 1) for _ in range(4) for side in (SELL, BUY)]
    for order in crossing:
        market.send(order)
    market.set_status(TradingStatus.TRADING)
    assert market.last.trade_id == 2
    digest = content_digest(sent[2], sent[0], sent[1])
    expected = [
        *(words for words in venue_words()),
        *((Tag.BALANCE, *row) for row in market.core.balances()),
        (
            *(Tag.ORDER, 1, ALICE, BTC_USDT, BUY, OrderType.LIMIT, GTC, STP.NONE, 1),
            *(90, 3, 3, 0, 0, 1, *words_of(key("a")), 0, 0, 0, 0, 3, 0, 0, 0, 2),
        ),
        (
            *(Tag.ORDER, 2, ALICE, BTC_USDT, BUY, OrderType.TRAILING_STOP, IOC, STP.NONE, 0),
            *(0, 3, 3, 0, 0, 2, *words_of(key("b")), 0, 110, 0, 0, 0, 1_000, 100, 121, 1),
        ),
        *(
            (
                *(Tag.ORDER, at, BOB, BTC_USDT, order.side, OrderType.LIMIT, GTC, STP.NONE, 0),
                *(100, 1, 1, 0, 0, at, *words_of(order.client_order_id), 0, 0, 0, 0, 1),
                *NOT_TRAILING,
            )
            for at, order in enumerate(crossing, 3)
            if at > 6
        ),
        (
            Tag.INSTRUMENT,
            *instrument_words(TradingStatus.AUCTION, 100, 3, 11)[: -len(NO_RULES)],
            *(0, 1_000, 10, 0, 100, 0, 0, 100, StatusCause.REQUESTED, 0),
        ),
        (Tag.PARKED_LEG, ALICE, 0, *words_of(sent[1])),
        (Tag.PARKED_LEG, ALICE, 1, *words_of(sent[0])),
        (Tag.KEY, ALICE, *words_of(key("list")), digest, 1, 0, LATER),
        (Tag.KEY, ALICE, *words_of(key("a")), content_digest(sent[0]), 1, 0, LATER),
        (Tag.KEY, ALICE, *words_of(key("b")), content_digest(sent[1]), 2, 0, LATER),
        *(key_words(order, at, RejectReason.NONE) for at, order in enumerate(crossing, 3)),
        (Tag.COUNTERS, 11, market.core.next_event_seq, NOW, 11, *OPEN),
    ]
    assert market.core.state_hash() == hash_of(expected)
