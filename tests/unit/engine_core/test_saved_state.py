"""A core saved as bytes and loaded again, by either twin, goes on as if nothing had happened; and
what is not such bytes is refused.
"""

from dataclasses import replace
from random import Random

import pytest

from domain.orders import AccountStatus, TradingStatus
from domain.venue_commands import SetAccountStatus, SetAssetLimits, SetFees, SetFeeTier
from engine_core import CORES, core_type
from engine_core.contract import Core
from engine_core.limits import TRIGGERS_PER_COMMAND_MAX
from engine_core.saved_state import MAGIC, SECTIONS
from schemas.codec import encode_command
from tests.unit.engine_core.market import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    BUY,
    CAROL,
    GTD,
    IOC,
    NOW,
    SELL,
    STOP,
    STOP_LIMIT,
    USDT,
    Market,
    key,
    told,
)
from tests.unit.engine_core.test_order_lists import limit_leg, send_list, stop_leg


@pytest.fixture(params=CORES, name="loader")
def fixture_loader(request: pytest.FixtureRequest) -> type[Core]:
    """Who loads what the story's core saved."""
    return core_type(request.param)


def reload(market: Market, loader: type[Core], **bounds: int) -> None:
    """Let the market go on with what another core loaded."""
    data = market.core.save()
    market.core = loader.load(data, **bounds)
    assert market.core.save() == data


def test_an_exchange_that_knows_nothing_yet(core_type: type[Core], loader: type[Core]) -> None:
    fresh = core_type()
    assert loader.load(fresh.save()).state_hash() == fresh.state_hash()


def test_orders_keep_their_turn_at_each_price(market: Market, loader: type[Core]) -> None:
    market.sell(ALICE, 100, 1)
    market.sell(BOB, 100, 2)
    market.sell(ALICE, 101, 3)
    market.replace(ALICE, 1, 100, 2)  # more: it goes behind Bob's
    reload(market, loader)
    assert market.buy(CAROL, 101, 5) == [
        "accepted 4",
        "trade 2 4 2@100 maker-filled",
        "trade 1 4 2@100 maker-filled",
        "trade 3 4 1@101 taker-filled",
    ]


def test_an_iceberg_shows_what_it_showed(market: Market, loader: type[Core]) -> None:
    market.sell(ALICE, 100, 10, display_qty_lots=4)
    market.buy(BOB, 100, 3)
    reload(market, loader)
    assert market.core.depth(BTC_USDT, 1) == ([], [(100, 1)])
    assert market.buy(BOB, 100, 2) == [
        "accepted 3",
        "trade 1 3 1@100",
        "rested 1 6@100 showing 4",
        "trade 1 3 1@100 taker-filled",
    ]


def test_stops_wait_on_and_queued_ones_run_in_their_order(
    market: Market, loader: type[Core]
) -> None:
    for price_ticks in (110, 105, 110):
        market.buy(ALICE, 1, 1, order_type=STOP_LIMIT, trigger_price_ticks=price_ticks)
    many = [
        market.order(CAROL, BUY, 1, 1, order_type=STOP_LIMIT, trigger_price_ticks=100)
        for _ in range(TRIGGERS_PER_COMMAND_MAX + 2)
    ]
    market.core.apply(b"".join(map(encode_command, many)), market.now_ns)
    market.trade_at(100)
    reload(market, loader)
    assert market.core.next_deadline_ns == market.core.log_ts_ns
    assert len(market.let_time_pass(NOW)) == 2
    market.sell(BOB, 110, 1)
    said = market.buy(BOB, 110, 1)
    assert [words.split()[1] for words in said if "triggered" in words] == ["2", "1", "3"]


def test_a_trailing_stop_follows_from_where_it_was(market: Market, loader: type[Core]) -> None:
    market.trade_at(1000)
    market.trailing_stop(ALICE, SELL, 1_000, 1)
    stop_id = market.last.order_id
    market.trade_at(1100)
    reload(market, loader)
    market.buy(BOB, 985, 5)
    market.sell(CAROL, 985, 1)
    assert f"triggered {stop_id} 1@0" in map(told, market.events)


def test_a_linked_pair_is_one_hold_and_ends_as_one(market: Market, loader: type[Core]) -> None:
    send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    reload(market, loader)
    assert market.buy(BOB, 110, 1)[1:] == ["canceled 2 5 OTHER_LEG", "trade 1 3 1@110 taker-filled"]


def test_a_parked_leg_still_waits_for_its_list(market: Market, loader: type[Core]) -> None:
    market.send(limit_leg(SELL, 110, 5))
    reload(market, loader)
    assert send_list(market, stop_leg(SELL, 90, 5))[0] == "OrderListAccepted"


def test_what_has_its_time_still_has_it(market: Market, loader: type[Core]) -> None:
    market.buy(ALICE, 90, 1, time_in_force=GTD, expire_s=2)
    market.sell(BOB, 110, 1)
    market.cancel_all_after(BOB, 3_000)
    reload(market, loader)
    assert market.core.next_deadline_ns == 2_000_000_000
    assert market.let_time_pass(4_000_000_000) == [
        "expired 1 1 GOOD_TILL_DATE",
        "canceled 2 1 DEAD_MAN_SWITCH",
    ]


def test_an_auction_goes_on(core_type: type[Core], loader: type[Core]) -> None:
    market = Market(core_type)
    market.set_rules(auction_s=5)
    market.set_status(TradingStatus.AUCTION)
    market.buy(ALICE, 102, 3)
    market.sell(BOB, 98, 2)
    reload(market, loader)
    assert market.let_time_pass(6_000_000_000)[0] == "uncrossed 2@102 left 1"


def test_who_pays_and_may_what(market: Market, loader: type[Core]) -> None:
    market.send(SetFees(instrument_id=BTC_USDT, tier=3, maker_fee_ppm=5, taker_fee_ppm=7))
    market.send(SetFeeTier(account_id=ALICE, tier=3))
    market.send(SetAccountStatus(account_id=CAROL, account_status=AccountStatus.CANCEL_ONLY))
    market.send(SetAssetLimits(account_id=BOB, asset_id=BTC, position_max_atoms=1_000_004_000))
    market.buy(BOB, 90, 3)
    reload(market, loader)
    assert market.buy(CAROL, 90, 1) == ["rejected ACCOUNT_NOT_TRADABLE"]
    assert market.buy(BOB, 90, 2) == ["rejected POSITION_LIMIT"]
    assert market.buy(BOB, 90, 1) == ["accepted 2 resting"]
    market.sell(ALICE, 90, 1)
    assert market.last.taker_fee_atoms == 1


def test_the_oldest_key_is_forgotten_first(core_type: type[Core], loader: type[Core]) -> None:
    bounds = {"dedupe_keys_max": 3}
    market = Market(core_type, bounds)
    refused = [
        replace(market.order(ALICE, BUY, 0, 1), client_order_id=key(name), valid_until_ns=NOW)
        for name in ("a", "b", "c", "d")
    ]
    for order in refused[:3]:
        market.send(order)
    reload(market, loader, **bounds)
    market.now_ns = NOW + 1
    market.send(replace(refused[3], valid_until_ns=NOW + 9))
    market.send(refused[1])
    assert market.outcome.result.name == "DUPLICATE"
    assert market.send(refused[0]) == ["rejected STALE"]


def test_more_keys_than_there_is_room_for_are_refused(market: Market, loader: type[Core]) -> None:
    market.buy(ALICE, 90, 1)
    market.buy(ALICE, 90, 1)
    with pytest.raises(ValueError, match="2 request keys"):
        loader.load(market.core.save(), dedupe_keys_max=1)


def eventful(core_type: type[Core]) -> bytes:
    """Return a saved market with something in most of its sections."""
    market = Market(core_type)
    market.sell(ALICE, 100, 10, display_qty_lots=4)
    market.buy(BOB, 100, 3)
    market.buy(BOB, 90, 3, time_in_force=GTD, expire_s=9)
    market.buy(ALICE, 0, 1, order_type=STOP, trigger_price_ticks=120, time_in_force=IOC)
    send_list(market, limit_leg(SELL, 110, 5), stop_leg(SELL, 90, 5))
    market.send(limit_leg(SELL, 110, 5))
    market.cancel_all_after(BOB, 3_000)
    market.send(SetFees(instrument_id=BTC_USDT, tier=3, maker_fee_ppm=5, taker_fee_ppm=7))
    market.send(SetAssetLimits(account_id=BOB, asset_id=USDT, order_notional_max_atoms=9**9))
    return market.core.save()


def test_both_twins_write_the_same_bytes() -> None:
    reference, compiled = (eventful(core_type(name)) for name in CORES)
    assert compiled == reference


def test_no_torn_state_is_loaded(core_type: type[Core]) -> None:
    data = eventful(core_type)
    for length in (*range(0, len(data), 37), len(data) - 1):
        with pytest.raises(ValueError):
            core_type.load(data[:length])
    with pytest.raises(ValueError, match="length"):
        core_type.load(data + bytes(8))


def test_no_damaged_state_is_loaded(core_type: type[Core]) -> None:
    data = eventful(core_type)
    random = Random(3)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= random.randrange(1, 256)
        with pytest.raises(ValueError):
            core_type.load(bytes(damaged))


def test_another_form_or_logic_is_refused(core_type: type[Core]) -> None:
    data = core_type().save()
    with pytest.raises(ValueError, match="another form"):
        core_type.load(b"OBSTATE1" + data[len(MAGIC) :])
    with pytest.raises(ValueError, match="logic version 2"):
        core_type.load(data[:8] + (2).to_bytes(8, "little") + data[16:])


def test_rows_out_of_order_or_twice_are_refused(core_type: type[Core]) -> None:
    market = Market(core_type)
    data = market.core.save()
    accounts_at = 8 * (2 + len(SECTIONS) + 6 + 2 * 6)
    row = 8 * 8
    first, second = (data[accounts_at + at * row :][:row] for at in range(2))
    swapped = data.replace(first + second, second + first)
    assert swapped != data
    for wrong in (swapped, data.replace(first + second, second + second)):
        with pytest.raises(ValueError):
            core_type.load(wrong)
