"""The projection says what the engine says: balances, orders, books, trades, fills."""

import random

import pytest

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    NewOrder,
    ReplaceOrder,
    SetTradingStatus,
)
from domain.orders import (
    Liquidity,
    OrderFlag,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import CancelReason
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from gateway.errors import StreamContradicted
from gateway.state.account_view import CLOSED_ORDERS_PER_ACCOUNT_MAX
from gateway.state.projection import Projection
from tests.unit.gateway.exchange import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    BUY,
    CAROL,
    ETH_USDT,
    SELL,
    USDT,
    Exchange,
)

PRICE = 6_400_000


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def agree(exchange: Exchange, projection: Projection) -> None:
    core = exchange.core
    assert projection.seq == core.next_event_seq - 1
    balances = [
        (account_id, asset_id, *atoms)
        for account_id, account in projection.accounts.items()
        for asset_id, atoms in account.balances.items()
        if atoms != (0, 0)
    ]
    told = [row for row in core.balances() if row[0] != FEE_ACCOUNT_ID]
    assert sorted(balances) == told
    orders = [
        (
            order.order_id,
            order.account_id,
            order.instrument_id,
            order.side,
            order.price_ticks,
            order.leaves_qty_lots,
            order.cum_qty_lots,
        )
        for order in projection.open_orders.values()
    ]
    # The total quantity is left out: what self-trade prevention took off is told as leaves.
    assert sorted(orders) == [(*row[:5], row[6], row[7]) for row in core.orders()]
    for instrument_id, market in projection.markets.items():
        bids, asks = core.depth(instrument_id, 10_000)
        assert market.book.top(BUY, 10_000) == bids
        assert market.book.top(SELL, 10_000) == asks


def random_command(draw: random.Random, exchange: Exchange, number: int) -> Command:
    account_id = draw.choice((ALICE, BOB, CAROL))
    open_ids = [row[0] for row in exchange.core.orders()] or [1]
    kind = draw.random()
    if kind < 0.15:
        return CancelOrder(account_id=account_id, order_id=draw.choice(open_ids))
    if kind < 0.30:
        return ReplaceOrder(
            account_id=account_id,
            order_id=draw.choice(open_ids),
            price_ticks=PRICE + draw.randrange(-6, 7),
            qty_lots=draw.randrange(100, 1_000),
            trigger_price_ticks=PRICE + draw.randrange(-6, 7) if draw.random() < 0.1 else 0,
            display_qty_lots=draw.randrange(20, 200) if draw.random() < 0.1 else 0,
            valid_until_ns=exchange.now_ns + 1,
            request_id=pack_client_order_id(f"r{number}"),
        )
    if kind < 0.31:
        return CancelAll(account_id=account_id, instrument_id=draw.choice((0, BTC_USDT)))
    if kind < 0.32:
        return CancelAllAfter(account_id=account_id, timeout_ms=draw.randrange(0, 100))
    if kind > 0.9:
        return conditional_order(draw, exchange, number, account_id)
    is_market = kind < 0.40
    by_budget = is_market and draw.random() < 0.5
    gtc = not is_market and draw.random() < 0.8
    dated = gtc and draw.random() < 0.3
    hidden = gtc and draw.random() < 0.25
    resting = TimeInForce.GTD if dated else TimeInForce.GTC
    return NewOrder(
        account_id=account_id,
        instrument_id=draw.choice((BTC_USDT, ETH_USDT)),
        side=Side.BUY if by_budget else draw.choice((BUY, SELL)),
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        time_in_force=resting if gtc else draw.choice((TimeInForce.IOC, TimeInForce.FOK)),
        self_trade_prevention=draw.choice(list(SelfTradePrevention)),
        flags=OrderFlag.POST_ONLY if gtc and draw.random() < 0.2 else OrderFlag(0),
        price_ticks=0 if is_market else PRICE + draw.randrange(-6, 7),
        qty_lots=0 if by_budget else draw.randrange(100, 1_000),
        display_qty_lots=draw.randrange(20, 100) if hidden else 0,
        expire_s=exchange.now_ns // NS_PER_S + draw.randrange(1, 9) if dated else 0,
        quote_budget_atoms=draw.randrange(10**9, 10**11) if by_budget else 0,
        valid_until_ns=exchange.now_ns + 1,
        client_order_id=pack_client_order_id(f"o{number}"),
    )


def conditional_order(
    draw: random.Random, exchange: Exchange, number: int, account_id: int
) -> NewOrder:
    at_market = draw.random() < 0.5
    market_types = (OrderType.STOP, OrderType.TAKE_PROFIT)
    limit_types = (OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
    return NewOrder(
        account_id=account_id,
        instrument_id=draw.choice((BTC_USDT, ETH_USDT)),
        side=draw.choice((BUY, SELL)),
        order_type=draw.choice(market_types if at_market else limit_types),
        time_in_force=TimeInForce.IOC if at_market else TimeInForce.GTC,
        self_trade_prevention=draw.choice(list(SelfTradePrevention)),
        price_ticks=0 if at_market else PRICE + draw.randrange(-6, 7),
        qty_lots=draw.randrange(100, 1_000),
        trigger_price_ticks=PRICE + draw.randrange(-6, 7),
        valid_until_ns=exchange.now_ns + 1,
        client_order_id=pack_client_order_id(f"o{number}"),
    )


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_the_engine_after_every_command_of_a_random_day(seed: int) -> None:
    exchange, draw = Exchange(), random.Random(seed)
    projection = exchange.project()
    agree(exchange, projection)
    for number in range(300):
        exchange.now_ns += draw.randrange(NS_PER_S // 10)
        exchange.send(random_command(draw, exchange, number))
        exchange.project(projection)
        agree(exchange, projection)
    assert projection.markets[BTC_USDT].trades, "a day without trades proves nothing"


def test_closing_an_instrument_ends_its_orders(exchange: Exchange) -> None:
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.send(SetTradingStatus(instrument_id=BTC_USDT, trading_status=TradingStatus.CLOSED))
    projection = exchange.project()
    agree(exchange, projection)
    (order,) = projection.accounts[ALICE].closed_orders.values()
    assert (order.status, order.reason) == (OrderStatus.CANCELED, CancelReason.INSTRUMENT_CLOSED)
    assert projection.markets[BTC_USDT].instrument.trading_status is TradingStatus.CLOSED


def test_both_sides_of_a_trade_have_their_fill_and_fee(exchange: Exchange) -> None:
    exchange.limit(ALICE, BUY, PRICE, 1_000)
    taken = exchange.limit(BOB, SELL, PRICE, 400)
    projection = exchange.project()
    (bought,), (sold,) = (projection.accounts[who].fills for who in (ALICE, BOB))
    assert (bought.liquidity, sold.liquidity) == (Liquidity.MAKER, Liquidity.TAKER)
    assert bought.fee_atoms == 400 * 1_000 * 500 // 10**6
    assert sold.fee_atoms == 400 * PRICE * 10 * 1_000 // 10**6
    maker = projection.accounts[ALICE].order(bought.order_id)
    assert maker is not None and maker.status is OrderStatus.PARTIALLY_FILLED
    assert (maker.cum_qty_lots, maker.leaves_qty_lots) == (400, 600)
    assert maker.cum_quote_atoms == 400 * PRICE * 10
    taker = projection.accounts[BOB].order(taken.order_id)
    assert taker is not None and taker.status is OrderStatus.FILLED and not taker.is_open
    assert taker.fills == [sold]


def test_an_order_is_found_by_both_ids_and_only_in_its_account(exchange: Exchange) -> None:
    key = pack_client_order_id("mine")
    placed = exchange.limit(ALICE, BUY, PRICE, 100, client_order_id=key)
    projection = exchange.project()
    alice, bob = projection.account(ALICE), projection.account(BOB)
    assert alice.order(placed.order_id) is alice.order_by_client_id("mine") is not None
    assert bob.order(placed.order_id) is None
    assert bob.order_by_client_id("mine") is None


def test_recent_orders_are_bounded_and_the_oldest_go_first(exchange: Exchange) -> None:
    first = exchange.limit(ALICE, BUY, PRICE, 100).order_id
    exchange.cancel(ALICE, first)
    for _ in range(CLOSED_ORDERS_PER_ACCOUNT_MAX):
        exchange.cancel(ALICE, exchange.limit(ALICE, BUY, PRICE, 100).order_id)
    account = exchange.project().accounts[ALICE]
    assert len(account.closed_orders) == CLOSED_ORDERS_PER_ACCOUNT_MAX
    assert account.order(first) is None
    assert account.order_by_client_id("c1") is None


def test_a_missing_event_is_refused(exchange: Exchange) -> None:
    projection = exchange.project()
    exchange.limit(ALICE, BUY, PRICE, 100)
    exchange.limit(ALICE, BUY, PRICE, 100)
    (_, _), (seq, event) = exchange.events_after(projection.seq)
    with pytest.raises(StreamContradicted, match="event"):
        projection.apply(seq, event)


def test_an_event_of_another_history_is_refused(exchange: Exchange) -> None:
    projection = exchange.project()
    other = Exchange()
    other.limit(ALICE, BUY, PRICE, 100)
    other.limit(BOB, SELL, PRICE, 100)
    (_, _), (_, _), (_, trade) = other.events_after(projection.seq)
    with pytest.raises(StreamContradicted):
        projection.apply(projection.seq + 1, trade)


def test_changes_name_what_was_touched_and_are_handed_out_once(exchange: Exchange) -> None:
    projection = exchange.project()
    projection.take_changes()
    exchange.limit(ALICE, BUY, PRICE, 1_000)
    exchange.limit(BOB, SELL, PRICE, 400)
    exchange.project(projection)
    changes = projection.take_changes()
    assert changes.orders.keys() == changes.fills.keys() == {ALICE, BOB}
    assert changes.balances == {ALICE: {BTC, USDT}, BOB: {BTC, USDT}}
    assert changes.books == {BTC_USDT} and len(changes.trades[BTC_USDT]) == 1
    again = projection.take_changes()
    assert not again.orders and not again.books and not again.balances


def test_cancels_are_watched_by_account(exchange: Exchange) -> None:
    projection = exchange.project()
    watched = projection.watch_cancels(ALICE)
    mine = [exchange.limit(ALICE, BUY, PRICE, 100).order_id for _ in range(3)]
    theirs = exchange.limit(BOB, BUY, PRICE, 100).order_id
    exchange.cancel(BOB, theirs)
    exchange.send(CancelAll(account_id=ALICE))
    exchange.project(projection)
    projection.unwatch_cancels(ALICE, watched)
    assert [order_id for _, order_id in watched] == mine
    exchange.cancel(ALICE, exchange.limit(ALICE, BUY, PRICE, 100).order_id)
    exchange.project(projection)
    assert len(watched) == 3
