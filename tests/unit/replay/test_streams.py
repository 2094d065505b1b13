"""The order streams are the published ones; the plain matcher gives their results."""

import hashlib

import pytest

from domain.client_order_ids import pack_client_order_id
from domain.events import OrderAccepted, OrderCanceled, OrderTriggered, Trade, TradeFlag
from domain.orders import (
    AggressorSide,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from domain.reasons import CancelReason
from replay.expectation import expected_result, read_records
from replay.result import EXPECTED, FillHash, Tally
from replay.workload import RECIPES, encoded


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_stream_is_the_published_one_and_gives_the_published_result(name: str) -> None:
    data = b"".join(encoded(RECIPES[name]))
    assert hashlib.sha256(data).hexdigest() == RECIPES[name].sha256
    assert expected_result(read_records(data)).differences(EXPECTED[name]) == []


def test_the_fill_hash_is_fnv1a_64_of_eight_byte_numbers() -> None:
    numbers = (0, 1, 255, 256, 2**40 + 7, 2**64 - 1)
    plain = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(8, "little"):
            plain = (plain ^ byte) * 0x100000001B3 % 2**64
    digest = FillHash()
    digest.update(*numbers)
    assert digest.hexdigest() == f"{plain:016x}"


def _accepted(order_id: int, stream_id: int, side: Side, book_seq: int) -> OrderAccepted:
    return OrderAccepted(
        ts_ns=1,
        order_id=order_id,
        account_id=1000,
        instrument_id=1,
        side=side,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        self_trade_prevention=SelfTradePrevention.NONE,
        flags=OrderFlag(0),
        price_ticks=100,
        qty_lots=5,
        available_atoms=0,
        held_atoms=0,
        book_seq=book_seq,
        client_order_id=pack_client_order_id(str(stream_id)),
    )


def _trade(maker: int, taker: int, qty_lots: int, flags: TradeFlag) -> Trade:
    return Trade(
        ts_ns=1,
        trade_id=1,
        instrument_id=1,
        aggressor_side=AggressorSide.SELL,
        maker_side=Side.BUY,
        flags=flags,
        maker_order_id=maker,
        taker_order_id=taker,
        maker_account_id=1000,
        taker_account_id=1000,
        price_ticks=100,
        qty_lots=qty_lots,
        book_seq=2,
        maker_fee_atoms=0,
        taker_fee_atoms=0,
        maker_received_available_atoms=0,
        maker_held_atoms=0,
        taker_received_available_atoms=0,
        taker_available_atoms=0,
        taker_held_atoms=0,
    )


def test_the_tally_reads_fills_cancels_and_the_resting_book_from_events() -> None:
    tally = Tally()
    tally.apply(_accepted(1, 11, Side.BUY, 1))
    tally.apply(_accepted(2, 12, Side.SELL, 0))
    tally.apply(_trade(1, 2, 3, TradeFlag.TAKER_FILLED))
    partly = tally.result()
    assert (partly.fills, partly.traded_qty_lots, partly.makers_completed) == (1, 3, 0)
    assert (partly.resting_orders, partly.best_bid_ticks, partly.resting_qty_lots) == (1, 100, 2)
    tally.apply(
        OrderCanceled(
            ts_ns=1,
            reason=CancelReason.REQUESTED,
            order_id=1,
            account_id=1000,
            instrument_id=1,
            side=Side.BUY,
            price_ticks=100,
            qty_lots=2,
            cum_qty_lots=3,
            available_atoms=0,
            held_atoms=0,
            book_seq=3,
            client_order_id=pack_client_order_id("11"),
        )
    )
    after = tally.result()
    assert (after.cancels_that_hit, after.resting_orders, after.bid_levels) == (1, 0, 0)


def test_an_order_rests_from_when_it_is_triggered() -> None:
    tally = Tally()
    tally.apply(_accepted(1, 1, Side.BUY, 0))
    assert tally.result().resting_orders == 0
    tally.apply(
        OrderTriggered(
            ts_ns=1,
            order_id=1,
            account_id=1000,
            instrument_id=1,
            side=Side.BUY,
            order_type=OrderType.STOP_LIMIT,
            price_ticks=100,
            qty_lots=5,
            trigger_price_ticks=99,
            last_price_ticks=99,
            available_atoms=0,
            held_atoms=0,
            book_seq=1,
        )
    )
    result = tally.result()
    assert (result.resting_orders, result.best_bid_ticks, result.resting_qty_lots) == (1, 100, 5)
