"""Icebergs: orders that show one slice of themselves at a time."""

from typing import Any

import pytest

from domain.events import OrderAccepted, OrderReplaced, OrderRested, ReplaceFlag
from domain.orders import OrderFlag, OrderType, SelfTradePrevention
from domain.units import NS_PER_S
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC_USDT,
    BUY,
    CAROL,
    FOK,
    FUNDS,
    GTC,
    GTD,
    IOC,
    LOT,
    NOW,
    SELL,
    STP,
    K,
    Market,
    key,
)


def test_an_iceberg_shows_a_slice_and_holds_for_all(market: Market) -> None:
    assert market.buy(ALICE, 100, 10, display_qty_lots=3) == ["accepted 1 resting"]
    assert market.bids() == [(100, 3)]
    assert market.usdt(ALICE) == (0, 1_000 * K)
    assert market.core.orders() == [(1, ALICE, BTC_USDT, BUY, 100, 10, 10, 0)]
    assert market.cancel(ALICE, 1) == ["canceled 1 10 REQUESTED"]
    assert (market.bids(), market.usdt(ALICE)) == ([], (0, 0))


def test_every_field_of_an_iceberg_and_its_refill(market: Market) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3, client_order_id=key("mine"))
    assert market.event == OrderAccepted(
        ts_ns=NOW,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=SELL,
        order_type=OrderType.LIMIT,
        time_in_force=GTC,
        self_trade_prevention=STP.NONE,
        flags=OrderFlag(0),
        price_ticks=100,
        qty_lots=10,
        display_qty_lots=3,
        available_atoms=FUNDS - 10 * LOT,
        held_atoms=10 * LOT,
        book_seq=1,
        client_order_id=key("mine"),
    )
    assert market.buy(BOB, 100, 3) == [
        "accepted 2",
        "trade 1 2 3@100 taker-filled",
        "rested 1 7@100 showing 3",
    ]
    assert market.last == OrderRested(
        ts_ns=NOW,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=SELL,
        price_ticks=100,
        visible_qty_lots=3,
        leaves_qty_lots=7,
        available_atoms=FUNDS - 10 * LOT,
        held_atoms=7 * LOT,
        book_seq=3,
    )
    assert market.outcome.event_count == 3


def test_a_slice_in_part_keeps_its_place(market: Market) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3)
    market.sell(BOB, 100, 5)
    assert market.buy(CAROL, 100, 2)[1:] == ["trade 1 3 2@100 taker-filled"]
    assert market.asks() == [(100, 6)]
    assert market.buy(CAROL, 100, 2)[1:] == [
        "trade 1 4 1@100",
        "rested 1 7@100 showing 3",
        "trade 2 4 1@100 taker-filled",
    ]
    assert market.asks() == [(100, 7)]


def test_a_refilled_slice_goes_behind_the_others_of_its_price(market: Market) -> None:
    market.sell(ALICE, 100, 5, display_qty_lots=2)
    market.sell(BOB, 100, 3)
    market.sell(BOB, 101, 3)
    assert market.buy(CAROL, 101, 10) == [
        "accepted 4",
        "trade 1 4 2@100",
        "rested 1 3@100 showing 2",
        "trade 2 4 3@100 maker-filled",
        "trade 1 4 2@100",
        "rested 1 1@100",
        "trade 1 4 1@100 maker-filled",
        "trade 3 4 2@101 taker-filled",
    ]


def test_two_icebergs_take_turns(market: Market) -> None:
    market.buy(ALICE, 100, 5, display_qty_lots=2)
    market.buy(BOB, 100, 4, display_qty_lots=1)
    assert market.sell(CAROL, 100, 7)[1:] == [
        "trade 1 3 2@100",
        "rested 1 3@100 showing 2",
        "trade 2 3 1@100",
        "rested 2 3@100 showing 1",
        "trade 1 3 2@100",
        "rested 1 1@100",
        "trade 2 3 1@100",
        "rested 2 2@100 showing 1",
        "trade 1 3 1@100 maker-filled taker-filled",
    ]
    assert market.bids() == [(100, 1)]


def test_an_iceberg_takes_with_its_full_size_and_rests_one_slice(market: Market) -> None:
    market.sell(BOB, 100, 4)
    assert market.buy(ALICE, 100, 10, display_qty_lots=3) == [
        "accepted 2",
        "trade 1 2 4@100 maker-filled",
        "rested 2 6@100 showing 3",
    ]
    assert market.bids() == [(100, 3)]


def test_a_rest_smaller_than_a_slice_hides_nothing(market: Market) -> None:
    market.sell(BOB, 100, 8)
    assert market.buy(ALICE, 100, 10, display_qty_lots=3)[-1] == "rested 2 2@100"
    assert market.bids() == [(100, 2)]


@pytest.mark.parametrize(("qty_lots", "display_lots"), [(2, 1), (100, 1), (1_000, 10), (999, 998)])
def test_the_display_quantities_there_can_be(
    market: Market, qty_lots: int, display_lots: int
) -> None:
    told = market.sell(ALICE, 100, qty_lots, display_qty_lots=display_lots)
    assert told == ["accepted 1 resting"]


def test_an_iceberg_may_be_post_only_and_may_have_a_date(market: Market) -> None:
    terms: dict[str, Any] = {"time_in_force": GTD, "expire_s": 2, "flags": OrderFlag.POST_ONLY}
    assert market.sell(ALICE, 100, 9, display_qty_lots=2, **terms) == ["accepted 1 resting"]
    market.buy(BOB, 100, 2)
    assert market.let_time_pass(2 * NS_PER_S) == ["expired 1 7 GOOD_TILL_DATE"]
    assert market.asks() == []


def test_fok_counts_what_is_hidden(market: Market) -> None:
    market.sell(ALICE, 100, 5, display_qty_lots=2)
    market.sell(BOB, 100, 1)
    assert market.buy(CAROL, 100, 7, time_in_force=FOK)[1:] == ["expired 3 7 FILL_OR_KILL"]
    told = market.buy(CAROL, 100, 6, time_in_force=FOK)
    assert told[-1] == "trade 1 4 1@100 maker-filled taker-filled"


def test_a_market_order_is_priced_as_it_is_filled(market: Market) -> None:
    market.sell(ALICE, 100, 5, display_qty_lots=2)
    market.sell(BOB, 101, 5)
    told = market.market_buy(CAROL, 7)
    assert market.first.held_atoms == (500 + 202) * K
    assert told[-1] == "trade 2 3 2@101 taker-filled"
    assert market.usdt(CAROL) == (-702 * K, 0)


def test_a_budget_buys_hidden_lots_too(market: Market) -> None:
    market.sell(ALICE, 100, 5, display_qty_lots=2)
    assert market.market_buy(CAROL, quote_budget_atoms=350 * K) == [
        "accepted 2",
        "trade 1 2 2@100",
        "rested 1 3@100 showing 2",
        "trade 1 2 1@100 taker-filled",
    ]
    assert market.asks() == [(100, 1)]


@pytest.mark.parametrize(
    ("mode", "story"),
    [
        (STP.NONE, ["trade 1 2 2@100", "rested 1 3@100 showing 2", "trade 1 2 1@100 taker-filled"]),
        (STP.CANCEL_MAKER, ["canceled 1 5 SELF_TRADE", "rested 2 3@100"]),
        (STP.CANCEL_TAKER, ["canceled 2 3 SELF_TRADE"]),
        (STP.CANCEL_BOTH, ["canceled 1 5 SELF_TRADE", "canceled 2 3 SELF_TRADE"]),
        (
            STP.DECREMENT,
            [
                "reduced 1 by 2 to 3",
                "rested 1 3@100 showing 2",
                "reduced 2 by 2 to 1",
                "reduced 1 by 1 to 2",
                "reduced 2 by 1 to 0",
            ],
        ),
    ],
)
def test_self_trade_prevention_and_slices(
    market: Market, mode: SelfTradePrevention, story: list[str]
) -> None:
    market.sell(ALICE, 100, 5, display_qty_lots=2)
    assert market.buy(ALICE_TOO, 100, 3, self_trade_prevention=mode)[1:] == story


def test_less_in_all_keeps_the_place_and_hides_less(market: Market) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3)
    market.sell(BOB, 100, 5)
    market.buy(CAROL, 100, 1)
    assert market.replace(ALICE, 1, 100, 8) == ["replaced 1 7@100 keeps-place resting"]
    assert market.asks() == [(100, 7)]
    assert market.replace(ALICE, 1, 100, 2) == ["replaced 1 1@100 keeps-place resting"]
    assert market.asks() == [(100, 6)]
    assert market.btc(ALICE) == (-LOT, LOT)
    assert market.buy(CAROL, 100, 2)[1:] == [
        "trade 1 4 1@100 maker-filled",
        "trade 2 4 1@100 taker-filled",
    ]


def test_every_field_of_a_replaced_iceberg(market: Market) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3)
    market.replace(ALICE, 1, 100, 9, request_id=key("less"))
    assert market.event == OrderReplaced(
        ts_ns=NOW,
        flags=ReplaceFlag.KEPT_PLACE | ReplaceFlag.RESTED,
        order_id=1,
        account_id=ALICE,
        instrument_id=BTC_USDT,
        side=SELL,
        price_ticks=100,
        qty_lots=9,
        display_qty_lots=3,
        leaves_qty_lots=9,
        available_atoms=FUNDS - 9 * LOT,
        held_atoms=9 * LOT,
        book_seq=2,
        request_id=key("less"),
    )


@pytest.mark.parametrize(
    ("price_ticks", "qty_lots", "display_lots", "shown"),
    [
        (100, 12, 0, [(100, 8)]),  # more in all: a full slice again
        (101, 10, 0, [(100, 5), (101, 3)]),
        (100, 10, 4, [(100, 9)]),
        (100, 9, 4, [(100, 9)]),
        (100, 9, 1, [(100, 6)]),
    ],
)
def test_anything_but_less_goes_to_the_back_with_a_full_slice(
    market: Market, price_ticks: int, qty_lots: int, display_lots: int, shown: list[tuple[int, int]]
) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3)
    market.sell(BOB, 100, 5)
    market.buy(CAROL, 100, 1)
    told = market.replace(ALICE, 1, price_ticks, qty_lots, display_qty_lots=display_lots)
    assert told == [f"replaced 1 {qty_lots - 1}@{price_ticks} resting"]
    assert market.last.display_qty_lots == (display_lots or 3)
    assert market.asks() == shown
    assert market.buy(CAROL, 100, 1)[1:] == ["trade 2 4 1@100 taker-filled"]


def test_a_plain_order_becomes_an_iceberg(market: Market) -> None:
    market.sell(ALICE, 100, 10)
    assert market.replace(ALICE, 1, 100, 10, display_qty_lots=4) == ["replaced 1 10@100 resting"]
    assert market.asks() == [(100, 4)]


def test_a_replaced_iceberg_takes_with_its_full_size(market: Market) -> None:
    market.sell(BOB, 101, 4)
    market.buy(ALICE, 100, 10, display_qty_lots=2)
    assert market.replace(ALICE, 2, 101, 11) == [
        "replaced 2 11@101",
        "trade 1 2 4@101 maker-filled",
        "rested 2 7@101 showing 2",
    ]


@pytest.mark.parametrize(
    ("reason", "qty_lots", "display_lots"),
    [
        ("INVALID_QUANTITY", 0, -1),
        ("INVALID_DISPLAY_QUANTITY", 10, -1),
        ("INVALID_DISPLAY_QUANTITY", 10, 10),
        ("INVALID_DISPLAY_QUANTITY", 301, 0),
        ("INVALID_DISPLAY_QUANTITY", 401, 4),
        ("INVALID_DISPLAY_QUANTITY", 2**53 - 1, 4),
        ("NOTHING_TO_CHANGE", 10, 0),
        ("NOTHING_TO_CHANGE", 10, 3),
        ("INSUFFICIENT_FUNDS", 2**20, 2**19),
    ],
)
def test_a_replace_of_an_iceberg_that_cannot_be(
    market: Market, reason: str, qty_lots: int, display_lots: int
) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3)
    told = market.replace(ALICE, 1, 100, qty_lots, display_qty_lots=display_lots)
    assert told == [f"rejected {reason}"]
    assert market.asks() == [(100, 3)]


def test_a_kept_display_may_be_all_that_is_left(market: Market) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=3)
    assert market.replace(ALICE, 1, 101, 2) == ["replaced 1 2@101 resting"]
    assert market.last.display_qty_lots == 3
    assert market.asks() == [(101, 2)]
    market.replace(ALICE, 1, 101, 5)
    assert market.asks() == [(101, 3)]


def test_a_stop_cannot_become_an_iceberg_triggered_or_not(market: Market) -> None:
    market.limit_stop(ALICE, BUY, 100, 50, 10)
    refused = ["rejected UNSUPPORTED_COMBINATION"]
    assert market.replace(ALICE, 1, 50, 10, display_qty_lots=2) == refused
    market.trade_at(100)
    assert market.bids() == [(50, 10)]
    assert market.replace(ALICE, 1, 50, 10, display_qty_lots=2) == refused


def with_room(core_type: type[Core], events_max: int) -> Market:
    market = Market(core_type, bounds={"events_per_command_max": events_max})
    market.sell(ALICE, 100, 9, display_qty_lots=1)
    return market


def test_every_refill_counts_in_the_bound_of_events(core_type: type[Core]) -> None:
    market = with_room(core_type, 8)
    assert market.buy(BOB, 100, 9) == [
        "accepted 2",
        "trade 1 2 1@100",
        "rested 1 8@100 showing 1",
        "trade 1 2 1@100",
        "rested 1 7@100 showing 1",
        "trade 1 2 1@100",
        "rested 1 6@100 showing 1",
        "canceled 2 6 EVENT_LIMIT",
    ]
    assert market.buy(BOB, 100, 4, time_in_force=FOK)[1:] == ["expired 3 4 FILL_OR_KILL"]
    assert len(market.buy(BOB, 100, 3, time_in_force=FOK)) == 7


def test_a_market_order_holds_what_it_can_buy_within_the_bound(core_type: type[Core]) -> None:
    market = with_room(core_type, 8)
    market.market_buy(BOB, 9)
    assert market.first.held_atoms == 300 * K
    assert market.usdt(BOB) == (-300 * K, 0)


def test_a_decrement_that_may_refill_needs_more_room(core_type: type[Core]) -> None:
    decrement = {"self_trade_prevention": STP.DECREMENT}
    assert with_room(core_type, 4).buy(ALICE, 100, 1, **decrement) == [
        "accepted 2",
        "canceled 2 1 EVENT_LIMIT",
    ]
    market = Market(core_type, bounds={"events_per_command_max": 4})
    market.sell(ALICE, 100, 1)
    assert market.buy(ALICE, 100, 1, **decrement)[1:] == [
        "reduced 1 by 1 to 0",
        "reduced 2 by 1 to 0",
    ]
    assert with_room(core_type, 5).buy(ALICE, 100, 2, **decrement) == [
        "accepted 2",
        "reduced 1 by 1 to 8",
        "rested 1 8@100 showing 1",
        "reduced 2 by 1 to 1",
        "canceled 2 1 EVENT_LIMIT",
    ]


@pytest.mark.parametrize("events_max", [4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("mode", list(SelfTradePrevention))
def test_slices_never_exceed_the_bound_of_events(
    core_type: type[Core], events_max: int, mode: SelfTradePrevention
) -> None:
    market = Market(core_type, bounds={"events_per_command_max": events_max})
    for account_id in (ALICE, BOB, ALICE):
        market.sell(account_id, 100, 5, display_qty_lots=2)
    for told in (
        market.buy(ALICE_TOO, 100, 11, time_in_force=IOC, self_trade_prevention=mode),
        market.market_buy(ALICE_TOO, 11, self_trade_prevention=mode),
        market.buy(ALICE_TOO, 100, 11, self_trade_prevention=mode),
    ):
        assert len(told) <= events_max
