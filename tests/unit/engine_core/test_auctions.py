"""A call auction: orders wait, and then all that cross trade at one price."""

from typing import Any

import pytest

from domain.events import BalanceChanged, Trade, TradeFlag, TradingStatusChanged
from domain.orders import (
    AggressorSide,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    StatusCause,
    TradingStatus,
    VenueStatus,
)
from domain.reasons import BalanceReason
from domain.units import NS_PER_S
from domain.venue_commands import SetVenueStatus
from domain.venue_events import AuctionUncrossed
from engine_core.contract import Core
from tests.unit.engine_core.market import (
    ALICE,
    ALICE_TOO,
    BOB,
    BTC_USDT,
    BUY,
    CAROL,
    FOK,
    GTD,
    IOC,
    LOT,
    NOW,
    SELL,
    STP,
    USDT,
    K,
    Market,
)

TRADING, AUCTION = TradingStatus.TRADING, TradingStatus.AUCTION
HALT, CANCEL_ONLY, CLOSED = TradingStatus.HALT, TradingStatus.CANCEL_ONLY, TradingStatus.CLOSED


@pytest.fixture(name="auction")
def fixture_auction(market: Market) -> Market:
    market.set_status(AUCTION)
    return market


def auction_with(core_type: type[Core], events_max: int = 65_536, **terms: Any) -> Market:
    market = Market(core_type, bounds={"events_per_command_max": events_max}, **terms)
    market.set_status(AUCTION)
    return market


def test_orders_rest_without_meeting_anyone(auction: Market) -> None:
    assert auction.sell(ALICE, 100, 5) == ["accepted 1 resting"]
    assert auction.buy(BOB, 105, 3) == ["accepted 2 resting"]
    assert auction.buy(BOB, 105, 30, display_qty_lots=3) == ["accepted 3 resting"]
    assert auction.buy(BOB, 105, 3, time_in_force=GTD, expire_s=9) == ["accepted 4 resting"]
    assert auction.bids() == [(105, 9)]
    assert auction.asks() == [(100, 5)]
    assert auction.replace(BOB, 2, 106, 4) == ["replaced 2 4@106 resting"]


def test_what_cannot_wait_or_must_not_meet_anyone_does_not_come(auction: Market) -> None:
    refused = ["rejected NOT_IN_AUCTION"]
    post_only = OrderFlag.POST_ONLY
    assert auction.buy(ALICE, 0, 0, time_in_force=IOC) == refused
    assert auction.buy(ALICE, 100, 1, time_in_force=FOK) == refused
    assert auction.buy(ALICE, 100, 1, flags=post_only) == refused
    assert auction.market_buy(ALICE, 1) == refused
    auction.set_status(HALT)
    assert auction.market_buy(ALICE, 1) == ["rejected INSTRUMENT_NOT_TRADING"]
    auction.set_status(TRADING)
    auction.buy(ALICE, 100, 5, flags=post_only)
    auction.set_status(AUCTION)
    assert auction.replace(ALICE, 1, 100, 4) == refused
    assert auction.cancel(ALICE, 1) == ["canceled 1 5 REQUESTED"]


def test_conditional_orders_are_taken_and_wait_for_trading(auction: Market) -> None:
    auction.set_status(TRADING)
    auction.trade_at(100)
    auction.set_status(AUCTION)
    assert auction.market_stop(ALICE, SELL, 99, 2) == ["accepted 3 waiting"]
    assert auction.limit_stop(ALICE, BUY, 101, 101, 1, time_in_force=FOK)[0].endswith("waiting")
    assert auction.trailing_stop(ALICE, SELL, 500, 1) == ["accepted 5 waiting"]
    assert auction.replace(ALICE, 3, 0, 1) == ["replaced 3 1@0 waiting"]
    auction.sell(BOB, 98, 4)
    auction.buy(CAROL, 98, 9)
    assert auction.set_status(TRADING) == [
        "uncrossed 4@98 left 5",
        "trade 6 7 4@98 maker-filled",
        "TradingStatusChanged",
        "triggered 3 1@0",
        "trade 7 3 1@98 taker-filled",
    ]


def test_every_field_of_an_uncross(core_type: type[Core]) -> None:
    market = auction_with(core_type, maker_fee_ppm=10_000, taker_fee_ppm=500_000)
    market.buy(ALICE, 110, 10)
    market.sell(BOB, 90, 4)
    market.set_rules(reference_price_ticks=100)
    market.sell(CAROL, 100, 6)
    seq = market.last.book_seq
    market.set_status(TRADING)
    uncrossed, first, saved, second, _, status = market.events
    told = {"price_ticks": 100, "qty_lots": 10, "imbalance_lots": 0}
    assert uncrossed == AuctionUncrossed(ts_ns=NOW, instrument_id=BTC_USDT, **told)
    started = 1_000_000_000
    assert first == Trade(
        ts_ns=NOW,
        trade_id=1,
        instrument_id=BTC_USDT,
        aggressor_side=AggressorSide.NONE,
        maker_side=BUY,
        flags=TradeFlag.TAKER_FILLED,
        maker_order_id=1,
        taker_order_id=2,
        maker_account_id=ALICE,
        taker_account_id=BOB,
        price_ticks=100,
        qty_lots=4,
        book_seq=seq + 1,
        maker_fee_atoms=4 * LOT // 100,
        taker_fee_atoms=4 * 100 * K // 100,
        maker_received_available_atoms=started + 4 * LOT - 4 * LOT // 100,
        maker_held_atoms=1_100 * K - 400 * K,
        taker_received_available_atoms=started + 400 * K - 4 * K,
        taker_available_atoms=started - 4 * LOT,
        taker_held_atoms=0,
    )
    assert saved == BalanceChanged(
        ts_ns=NOW,
        reason=BalanceReason.PRICE_IMPROVEMENT,
        account_id=ALICE,
        asset_id=USDT,
        amount_atoms=0,
        source_id=0,
        source_seq=0,
        available_atoms=started - 1_100 * K + 40 * K,
        held_atoms=660 * K,
    )
    assert isinstance(second, Trade)
    assert second.flags == TradeFlag.MAKER_FILLED | TradeFlag.TAKER_FILLED
    assert status == TradingStatusChanged(ts_ns=NOW, instrument_id=BTC_USDT, trading_status=TRADING)
    assert market.usdt(ALICE) == (-1_000 * K, 0)
    assert market.core.orders() == []


def test_a_younger_buyer_has_its_improvement_on_the_trade(auction: Market) -> None:
    auction.sell(ALICE, 100, 10)
    auction.buy(BOB, 110, 4)
    assert auction.set_status(TRADING) == [
        "uncrossed 4@100 left -6",
        "trade 1 2 4@100 taker-filled",
        "TradingStatusChanged",
    ]
    assert auction.usdt(BOB) == (-400 * K, 0)


def test_pairs_go_by_price_and_then_by_time(auction: Market) -> None:
    for account_id, price_ticks, lots in ((ALICE, 101, 2), (BOB, 103, 2), (ALICE, 103, 1)):
        auction.buy(account_id, price_ticks, lots)
    for price_ticks, lots in ((101, 1), (99, 3), (105, 9)):
        auction.sell(CAROL, price_ticks, lots)
    assert auction.set_status(TRADING) == [
        "uncrossed 4@101 left 1",
        "trade 2 5 2@101 maker-filled",
        f"saved {BOB}",
        "trade 3 5 1@101 maker-filled taker-filled",
        f"saved {ALICE}",
        "trade 1 4 1@101 taker-filled",
        "TradingStatusChanged",
    ]
    assert (auction.bids(), auction.asks()) == ([(101, 1)], [(105, 9)])


def test_the_price_is_measured_by_the_last_trade_or_the_reference(auction: Market) -> None:
    auction.set_rules(reference_price_ticks=104)
    auction.buy(ALICE, 110, 5)
    auction.sell(BOB, 100, 5)
    assert auction.set_status(TRADING)[0] == "uncrossed 5@104"
    auction.trade_at(101)
    auction.set_status(AUCTION)
    auction.buy(ALICE, 110, 5)
    auction.sell(BOB, 100, 5)
    assert auction.set_status(TRADING)[0] == "uncrossed 5@101"


def test_an_iceberg_trades_whole_and_keeps_showing_what_it_did(auction: Market) -> None:
    auction.sell(ALICE, 100, 20, display_qty_lots=5)
    auction.sell(BOB, 100, 4)
    auction.buy(CAROL, 100, 12)
    assert auction.set_status(TRADING) == [
        "uncrossed 12@100 left -12",
        "trade 1 3 12@100 taker-filled",
        "TradingStatusChanged",
    ]
    assert auction.asks() == [(100, 9)]
    assert auction.buy(CAROL, 100, 6)[1:] == [
        "trade 1 4 5@100",
        "rested 1 3@100",
        "trade 2 4 1@100 taker-filled",
    ]


def test_a_nearly_used_up_iceberg_shows_what_is_left(auction: Market) -> None:
    auction.sell(ALICE, 100, 20, display_qty_lots=5)
    auction.buy(CAROL, 100, 17)
    auction.set_status(TRADING)
    assert auction.asks() == [(100, 3)]


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (STP.NONE, ["trade 1 2 4@100 taker-filled", "trade 1 3 3@100 taker-filled"]),
        (STP.CANCEL_MAKER, ["canceled 1 9 SELF_TRADE"]),
        (STP.CANCEL_TAKER, ["canceled 2 4 SELF_TRADE", "trade 1 3 3@100 taker-filled"]),
        (STP.CANCEL_BOTH, ["canceled 1 9 SELF_TRADE", "canceled 2 4 SELF_TRADE"]),
        (
            STP.DECREMENT,
            ["reduced 1 by 4 to 5", "reduced 2 by 4 to 0", "trade 1 3 3@100 taker-filled"],
        ),
    ],
)
def test_the_younger_of_ones_own_orders_decides(
    auction: Market, mode: SelfTradePrevention, said: list[str]
) -> None:
    auction.sell(ALICE, 100, 9, self_trade_prevention=STP.CANCEL_BOTH)
    auction.buy(ALICE_TOO, 101, 4, self_trade_prevention=mode)
    auction.buy(BOB, 101, 3)
    assert auction.set_status(TRADING) == [
        "uncrossed 7@100 left -2",
        *said,
        "TradingStatusChanged",
    ]
    assert all(getattr(event, "book_seq", 1) > 0 for event in auction.events)


def test_an_iceberg_that_is_reduced_keeps_showing_what_it_did(auction: Market) -> None:
    auction.sell(ALICE, 100, 20, display_qty_lots=5)
    auction.buy(ALICE_TOO, 100, 12, self_trade_prevention=STP.DECREMENT)
    assert auction.set_status(TRADING) == [
        "uncrossed 12@100 left -8",
        "reduced 1 by 12 to 8",
        "reduced 2 by 12 to 0",
        "TradingStatusChanged",
    ]
    assert auction.asks() == [(100, 5)]


def test_a_book_that_still_crosses_uncrosses_again(auction: Market) -> None:
    auction.sell(ALICE, 100, 10)
    auction.sell(BOB, 105, 5)
    auction.buy(ALICE_TOO, 110, 10, self_trade_prevention=STP.CANCEL_MAKER)
    assert auction.set_status(TRADING) == [
        "uncrossed 10@100",
        "canceled 1 10 SELF_TRADE",
        "uncrossed 5@110 left 5",
        "trade 2 3 5@110 maker-filled",
        "TradingStatusChanged",
    ]
    assert (auction.bids(), auction.asks()) == ([(110, 5)], [])


def test_an_auction_may_be_left_without_trading_and_is_uncrossed_later(auction: Market) -> None:
    auction.sell(ALICE, 100, 1)
    auction.buy(BOB, 101, 1)
    for status in (HALT, AUCTION, CANCEL_ONLY, AUCTION, HALT):
        assert auction.set_status(status) == ["TradingStatusChanged"]
    assert (auction.bids(), auction.asks()) == ([(101, 1)], [(100, 1)])
    assert auction.set_status(TRADING)[0] == "uncrossed 1@101"
    assert auction.last.trading_status is TRADING
    assert auction.set_status(CLOSED) == ["TradingStatusChanged"]
    assert auction.set_status(AUCTION) == ["rejected INVALID_TRANSITION"]


def test_an_auction_with_a_time_ends_by_itself(market: Market) -> None:
    market.set_rules(auction_s=30)
    ends_ns = NOW + 30 * NS_PER_S
    market.set_status(AUCTION)
    assert market.event.auction_ends_ns == ends_ns
    assert market.core.next_deadline_ns == ends_ns
    market.sell(ALICE, 100, 1)
    market.buy(BOB, 100, 1)
    assert market.let_time_pass(ends_ns - 1) == []
    assert market.let_time_pass(ends_ns) == [
        "uncrossed 1@100",
        "trade 1 2 1@100 maker-filled taker-filled",
        "status TRADING AUCTION_ENDED",
    ]
    assert market.last.auction_ends_ns == market.core.next_deadline_ns == 0


def test_an_auction_that_was_left_does_not_end_by_itself(market: Market) -> None:
    market.set_rules(auction_s=30)
    market.set_status(AUCTION)
    market.set_status(HALT)
    assert market.core.next_deadline_ns == 0
    assert market.let_time_pass(NOW + 31 * NS_PER_S) == []


def test_an_auction_whose_end_is_past_all_time_has_none(market: Market) -> None:
    market.set_rules(auction_s=30)
    market.let_time_pass(2**63 - 1 - 30 * NS_PER_S + 1)
    market.set_status(AUCTION)
    assert market.event.auction_ends_ns == 0
    market.set_status(HALT)
    market.set_rules(auction_s=29)
    market.set_status(AUCTION)
    assert market.event.auction_ends_ns > 0


def test_in_a_halted_venue_an_auction_ends_once_it_opens(market: Market) -> None:
    market.set_rules(auction_s=30)
    market.set_status(AUCTION)
    market.buy(ALICE, 100, 1, time_in_force=GTD, expire_s=60)
    market.send(SetVenueStatus(venue_status=VenueStatus.HALTED))
    assert market.core.next_deadline_ns == 60 * NS_PER_S
    assert market.let_time_pass(60 * NS_PER_S) == ["expired 1 1 GOOD_TILL_DATE"]
    assert market.core.next_deadline_ns == 0
    market.send(SetVenueStatus(venue_status=VenueStatus.OPEN))
    assert market.let_time_pass(60 * NS_PER_S) == ["status TRADING AUCTION_ENDED"]


def crossed(core_type: type[Core], pairs: int) -> Market:
    """Return a market of few events in an auction, with pairs of one lot that cross."""
    market = auction_with(core_type, events_max=4)
    for _ in range(pairs):
        market.sell(ALICE, 100, 1)
        market.buy(BOB, 100, 1)
    return market


def test_an_uncross_goes_on_before_the_next_command(core_type: type[Core]) -> None:
    market = crossed(core_type, 6)
    market.limit_stop(CAROL, BUY, 100, 1, 7, OrderType.STOP_LIMIT)
    assert market.set_status(TRADING) == [
        "uncrossed 6@100",
        "trade 1 2 1@100 maker-filled taker-filled",
        "trade 3 4 1@100 maker-filled taker-filled",
    ]
    assert market.core.next_deadline_ns == market.core.log_ts_ns
    assert market.buy(BOB, 100, 1) == [
        "trade 5 6 1@100 maker-filled taker-filled",
        "trade 7 8 1@100 maker-filled taker-filled",
        "trade 9 10 1@100 maker-filled taker-filled",
        "rejected INSTRUMENT_NOT_TRADING",
    ]
    assert market.cancel(BOB, 12) == [
        "trade 11 12 1@100 maker-filled taker-filled",
        "TradingStatusChanged",
        "triggered 13 7@1 resting",
        "rejected UNKNOWN_ORDER",
    ]
    assert market.core.next_deadline_ns == 0


def test_while_an_uncross_waits_it_can_only_be_given_up(core_type: type[Core]) -> None:
    for status in (HALT, CANCEL_ONLY, CLOSED):
        market = crossed(core_type, 9)
        market.set_status(TRADING)
        market.send(SetVenueStatus(venue_status=VenueStatus.HALTED))
        assert market.core.next_deadline_ns == 0
        assert market.let_time_pass(NOW + 1) == []
        for again in (TRADING, AUCTION):
            assert market.set_status(again) == ["rejected INVALID_TRANSITION"]
        assert market.resting() == [*range(11, 19)]
        if status is CLOSED:
            assert market.set_status(status) == ["rejected CAPACITY"]
            market.cancel_all(ALICE)
            market.cancel(BOB, 12)
        assert market.set_status(status)[-1] == "TradingStatusChanged"
        market.send(SetVenueStatus(venue_status=VenueStatus.OPEN))
        assert market.let_time_pass(NOW + 1) == []


def test_an_uncross_that_began_in_a_halt_goes_on_in_it(core_type: type[Core]) -> None:
    market = crossed(core_type, 4)
    market.set_status(HALT)
    market.set_status(TRADING)
    assert market.set_status(HALT)[-1] == "TradingStatusChanged"
    assert market.let_time_pass(NOW) == []


def test_an_order_that_waits_in_a_crossed_book_may_be_canceled(auction: Market) -> None:
    auction.sell(ALICE, 100, 1)
    auction.buy(BOB, 100, 1)
    assert auction.cancel(ALICE, 1) == ["canceled 1 1 REQUESTED"]
    assert auction.set_status(TRADING) == ["TradingStatusChanged"]
    assert auction.first.cause is StatusCause.REQUESTED
