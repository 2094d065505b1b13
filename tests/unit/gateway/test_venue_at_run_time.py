"""Auctions, breakers, trailing stops, lists, instruments and units that change, at the gateway."""

import random

import msgspec
import pytest

from domain.commands import CreateAsset, CreateInstrument, NewOrder, SetTradingStatus
from domain.orders import (
    ContingencyType,
    Liquidity,
    OrderStatus,
    OrderType,
    StatusCause,
    TimeInForce,
    TradingStatus,
    VenueStatus,
)
from domain.units import NS_PER_S, PPM
from domain.venue_commands import (
    SetFees,
    SetFeeTier,
    SetInstrumentRules,
    SetVenueStatus,
    UpdateInstrument,
)
from gateway.orders import presenters
from gateway.state.indication import Indications, uncross
from gateway.state.market import Market
from gateway.state.projection import Projection
from gateway.state.snapshot import restore
from gateway.ws.book_channel import BookChannel
from gateway.ws.book_content import BookTerms
from tests.unit.gateway.exchange import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    BUY,
    SELL,
    USDT,
    Exchange,
)
from tests.unit.gateway.test_projection import agree, random_command
from tests.unit.gateway.test_snapshot import snapshot_of
from tests.unit.gateway.venue_day import PRICE, order_list, venue_commands


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def status(exchange: Exchange, to: TradingStatus) -> None:
    exchange.send(SetTradingStatus(instrument_id=BTC_USDT, trading_status=to))


def market_of(exchange: Exchange, projection: Projection | None = None) -> Market:
    return exchange.project(projection).markets[BTC_USDT]


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5, 6])
def test_it_agrees_with_the_engine_through_a_day_with_auctions(seed: int) -> None:
    exchange, draw = Exchange(), random.Random(seed)
    projection = exchange.project()
    uncrossed = 0
    for number in range(400):
        exchange.now_ns += draw.randrange(NS_PER_S // 4)
        if draw.random() < 0.2:
            for command in venue_commands(draw, exchange, number):
                exchange.send(command)
        else:
            exchange.send(random_command(draw, exchange, number))
        exchange.project(projection)
        agree(exchange, projection)
        if number == 200:
            projection = restore(snapshot_of(projection))
        for market in projection.markets.values():
            uncrossed += sum(trade.aggressor_side == 0 for trade in market.trades)
            assert market.depth_is_hidden or not market.is_crossed
    assert uncrossed, "a day without an auction's trade proves nothing"


def crossed(exchange: Exchange) -> None:
    """Alice bids for 300 at 100 above, Bob offers 200 at 100 below: the last trade was between."""
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.limit(BOB, SELL, PRICE, 100)
    status(exchange, TradingStatus.AUCTION)
    exchange.limit(ALICE, BUY, PRICE + 100, 300, display_qty_lots=30)
    exchange.limit(BOB, SELL, PRICE - 100, 200)


def test_an_auction_tells_its_price_with_all_that_is_hidden_and_never_its_depth(
    exchange: Exchange,
) -> None:
    crossed(exchange)
    market = market_of(exchange)
    found = uncross(market)
    assert found == (PRICE + 100, 200, 100)
    shown = presenters.auction(market, found)
    assert (shown.price, shown.qty, shown.imbalance) == ("64001.00", "0.00200", "0.00100")
    assert market.depth_is_hidden and market.is_crossed
    assert presenters.levels(market, BUY, 10) == presenters.levels(market, SELL, 10) == []
    ticker = presenters.ticker(market, None)
    assert (ticker.bid, ticker.ask) == (None, None)


def test_an_auction_that_would_trade_nothing_has_no_price(exchange: Exchange) -> None:
    status(exchange, TradingStatus.AUCTION)
    exchange.limit(ALICE, BUY, PRICE, 300)
    market = market_of(exchange)
    assert uncross(market) is None and market.depth_is_hidden
    assert presenters.auction(market, None).price is None


def test_a_crossed_book_stays_hidden_when_an_auction_is_given_up(exchange: Exchange) -> None:
    crossed(exchange)
    status(exchange, TradingStatus.HALT)
    assert market_of(exchange).depth_is_hidden


def test_both_sides_of_an_auctions_trade_are_makers_and_the_tape_knows_no_aggressor(
    exchange: Exchange,
) -> None:
    crossed(exchange)
    status(exchange, TradingStatus.TRADING)
    projection = exchange.project()
    agree(exchange, projection)
    bought, sold = (projection.accounts[who].fills[-1] for who in (ALICE, BOB))
    assert bought.liquidity is sold.liquidity is Liquidity.MAKER
    market = projection.markets[BTC_USDT]
    assert presenters.trade(market, market.trades[-1]).aggressor_side == "none"
    assert market.book.visible_lots(bought.order_id) == 30


def test_the_book_channel_hides_an_auction_and_shows_the_book_again_within_the_sequence(
    exchange: Exchange,
) -> None:
    projection = exchange.project()
    market, indications = projection.markets[BTC_USDT], Indications()
    exchange.limit(ALICE, BUY, PRICE - 500, 100)
    exchange.project(projection)
    channel = BookChannel(market, BookTerms(50), indications)
    first = msgspec.json.decode(channel.snapshot(0))
    assert first["bids"] == [["63995.00", "0.00100"]] and first["auction"] is None

    status(exchange, TradingStatus.AUCTION)
    exchange.project(projection)
    indications.forget(market)
    begun = msgspec.json.decode(channel.due(1) or b"null")
    assert (begun["type"], begun["bids"], begun["auction"]["price"]) == ("snapshot", [], None)
    exchange.limit(ALICE, BUY, PRICE, 300)
    exchange.limit(BOB, SELL, PRICE, 200)
    exchange.project(projection)
    assert channel.due(2) is None  # not more often than four times a second
    told = msgspec.json.decode(channel.due(250_000_001) or b"null")
    assert told["bids"] == told["asks"] == [] and told["seq"] == market.book.seq
    assert told["auction"] == {"price": "64000.00", "qty": "0.00200", "imbalance": "0.00100"}
    assert channel.due(900_000_000) is None  # nothing changed

    status(exchange, TradingStatus.TRADING)
    exchange.project(projection)
    after = msgspec.json.decode(channel.due(900_000_001) or b"null")
    assert (after["type"], after["auction"], after["seq"]) == ("snapshot", None, market.book.seq)
    assert after["bids"] == [["64000.00", "0.00100"], ["63995.00", "0.00100"]]
    exchange.limit(ALICE, BUY, PRICE - 1, 100)
    exchange.project(projection)
    channel.note(market.book.changed, market.book.changed_orders)
    delta = msgspec.json.decode(channel.due(900_000_002) or b"null")
    assert (delta["type"], delta["prev"], delta["seq"]) == ("delta", after["seq"], market.book.seq)


def test_a_breaker_says_why_the_auction_is_and_when_it_ends(exchange: Exchange) -> None:
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.limit(BOB, SELL, PRICE, 100)
    exchange.send(
        SetInstrumentRules(
            instrument_id=BTC_USDT, breaker_bps=10, breaker_window_s=60, auction_s=30
        )
    )
    exchange.limit(ALICE, BUY, PRICE - 100_000, 100)
    exchange.limit(BOB, SELL, PRICE - 100_000, 50)
    market = market_of(exchange)
    shown = presenters.instrument_info(market)
    assert (shown.trading_status, shown.status_cause) == ("auction", "breaker")
    assert shown.auction_ends_ns == str(exchange.now_ns + 30 * NS_PER_S)
    assert (shown.breaker_bps, shown.breaker_window_s, shown.auction_s) == (10, 60, 30)
    exchange.pass_time(30 * NS_PER_S)
    assert market_of(exchange).status_cause is StatusCause.AUCTION_ENDED


def test_a_trailing_stop_waits_and_tells_its_distance(exchange: Exchange) -> None:
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.limit(BOB, SELL, PRICE, 100)
    exchange.send(
        NewOrder(
            account_id=ALICE,
            instrument_id=BTC_USDT,
            side=SELL,
            order_type=OrderType.TRAILING_STOP,
            time_in_force=TimeInForce.IOC,
            trailing_bps=100,
            qty_lots=100,
            valid_until_ns=exchange.now_ns + 1,
            client_order_id=b"\1" + bytes(26) + b"\1",
        )
    )
    projection = exchange.project()
    (order,) = projection.accounts[ALICE].open_orders.values()
    assert order.status is OrderStatus.PENDING_TRIGGER
    shown = presenters.order(projection.markets[BTC_USDT], order)
    assert (shown.type, shown.trailing_bps) == ("trailing_stop", 100)
    assert (shown.trigger_price, shown.price) == ("63360.00", None)


def test_an_instrument_that_is_listed_at_run_time_is_there_with_its_next_event(
    exchange: Exchange,
) -> None:
    projection = exchange.project()
    projection.take_changes()
    exchange.send(CreateAsset(asset_id=9, scale=8, name=b"GOLD"))
    exchange.send(
        CreateInstrument(
            instrument_id=9,
            symbol=b"GOLD-USDT",
            base_asset_id=9,
            quote_asset_id=USDT,
            quote_atoms_per_tick_lot=10,
            base_atoms_per_lot=1_000,
            maker_fee_ppm=0,
            taker_fee_ppm=0,
            band_bps=100,
        )
    )
    exchange.project(projection)
    assert projection.take_changes().instruments == {9}
    market = projection.market("GOLD-USDT")
    assert market is not None and presenters.instrument_info(market).trading_status == "halt"


def new_units(exchange: Exchange, k: int, lot_atoms: int) -> None:
    status(exchange, TradingStatus.HALT)
    outcome = exchange.send(
        UpdateInstrument(
            instrument_id=BTC_USDT,
            symbol=b"BTC-USDT",
            base_asset_id=BTC,
            quote_asset_id=USDT,
            quote_atoms_per_tick_lot=k,
            base_atoms_per_lot=lot_atoms,
            maker_fee_ppm=0,
            taker_fee_ppm=0,
            band_bps=1_000,
        )
    )
    assert outcome.reason == 0
    status(exchange, TradingStatus.TRADING)


def test_history_is_told_in_the_units_of_its_time(exchange: Exchange) -> None:
    exchange.limit(ALICE, BUY, PRICE + 7, 1_003)
    exchange.limit(BOB, SELL, PRICE + 7, 1_003)
    snapshot = snapshot_of(exchange.project())
    followed = restore(snapshot)
    projection = exchange.project()
    last_before = projection.seq
    new_units(exchange, 10**5, 10**5)  # a tick of 1 and a lot of 0.001
    exchange.limit(ALICE, BUY, 64_001, 20)
    exchange.limit(BOB, SELL, 64_001, 20)
    exchange.project(projection)
    exchange.project(followed)
    agree(exchange, projection)
    for known in (projection, followed):
        market = known.markets[BTC_USDT]
        told = presenters.trade(market, market.trades[-1])
        assert (told.price, told.qty) == ("64001", "0.020")
        old = presenters.public_trade(market, 1, 0, PRICE + 7, 1_003, 1)
        assert (old.price, old.qty) == ("64000.07", "0.01003")
    account, market = projection.accounts[ALICE], projection.markets[BTC_USDT]
    before, after = (presenters.fill(market, fill) for fill in account.fills)
    assert (before.price, before.qty, after.price, after.qty) == (
        "64000.07",
        "0.01003",
        "64001",
        "0.020",
    )
    first, second = (presenters.order(market, one) for one in account.closed_orders.values())
    assert (first.price, first.qty, first.avg_price) == ("64000.07", "0.01003", "64000.07")
    assert (second.price, second.qty, second.avg_price) == ("64001", "0.020", "64001")
    assert market.at(last_before).measure.steps == (1, 100, 1_000)


def test_an_account_pays_what_it_is_shown_to_pay_by_its_tier(exchange: Exchange) -> None:
    for tier, maker_ppm, taker_ppm in ((1, 700, 1_300), (2, 0, 100), (1, 300, 900)):
        exchange.send(
            SetFees(
                instrument_id=BTC_USDT,
                tier=tier,
                maker_fee_ppm=maker_ppm,
                taker_fee_ppm=taker_ppm,
            )
        )
    exchange.send(SetFeeTier(account_id=ALICE, tier=1))
    exchange.send(SetFeeTier(account_id=BOB, tier=3))
    now = exchange.project()
    exchange.limit(BOB, SELL, PRICE, 100)
    exchange.limit(ALICE, BUY, PRICE, 100)
    for projection in (now, restore(snapshot_of(now))):
        market = projection.markets[BTC_USDT]
        alice, bob = (projection.account(one) for one in (ALICE, BOB))
        assert market.fees_of(alice.fee_tier) == (300, 900)
        assert market.fees_of(bob.fee_tier) == (500, 1_000), "a tier without fees pays the usual"
        exchange.project(projection)
        bought_atoms, paid_atoms = 100 * 1_000, PRICE * 100 * 10
        assert alice.fills[-1].fee_atoms == bought_atoms * 900 // PPM
        assert bob.fills[-1].fee_atoms == paid_atoms * 500 // PPM


def test_the_kill_switch_is_seen(exchange: Exchange) -> None:
    exchange.send(SetVenueStatus(venue_status=VenueStatus.HALTED))
    projection = exchange.project()
    assert projection.take_changes().venue
    assert presenters.venue_info(projection.venue_status).venue_status == "halted"
    assert restore(snapshot_of(projection)).venue_status is VenueStatus.HALTED


def test_a_limit_leg_and_a_stop_know_their_list() -> None:
    exchange = Exchange()
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.limit(BOB, SELL, PRICE, 100)
    projection = exchange.project()
    draw = random.Random(4)
    *_, entry = commands = order_list(draw, exchange, 1, BTC_USDT)
    outcomes = [exchange.send(command) for command in commands]
    exchange.project(projection)
    list_id = outcomes[-1].order_id
    account = projection.accounts[entry.account_id]  # type: ignore[union-attr]
    view = account.order_list(list_id)
    assert view is not None and account.order_list_by_client_id("l1") == view
    legs = [account.open_orders[order_id] for order_id in view.order_ids]
    assert [leg.list_id for leg in legs] == [list_id, list_id]
    assert {leg.contingency_type for leg in legs} == {ContingencyType.OCO}
    agree(exchange, projection)
    exchange.cancel(account.account_id, list_id)
    exchange.project(projection)
    agree(exchange, projection)
    assert [leg.reason.name for leg in legs] == ["REQUESTED", "OTHER_LEG"]
