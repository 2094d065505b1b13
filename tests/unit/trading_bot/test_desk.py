"""What a strategy wants becomes what is sent: as little as possible, and nothing that would only be
refused.
"""

from dataclasses import replace

import pytest
from msgspec import structs

from client.types import Fill, Order
from client.types import Instrument as Traded
from domain.orders import Side
from domain.units import NS_PER_MS
from tests.unit.trading_bot.market import BTC_USDT, NOW_NS, START_TICKS
from trading_bot.desk import CROSSED_PAUSE_NS, REFUSED_PAUSE_NS, Desk, Limits
from trading_bot.market_messages import ChangedUnits, MarketMessages
from trading_bot.open_orders import OpenOrders
from trading_bot.order_messages import ClientOrderIds, request_of
from trading_bot.own_fills import OwnFills
from trading_bot.reconcile import Amend, Cancel, OpenOrder, Place, reconcile
from trading_bot.strategy import Desired, MarketView, OwnFill, Quote, Strategy, Take

SYMBOL = "BTC-USDT"
BID = Quote(Side.BUY, START_TICKS, 100)
ASK = Quote(Side.SELL, START_TICKS + 100, 100)


class Wanting(Strategy):
    """Wants what it is told to."""

    def __init__(self, desired: Desired) -> None:
        self.desired = desired
        self.fills: list[OwnFill] = []

    def on_timer(self, view: MarketView) -> Desired:
        """Return it."""
        return self.desired

    def on_fill(self, view: MarketView, fill: OwnFill) -> None:
        """Keep it."""
        self.fills.append(fill)


def _desk(desired: Desired, limits: Limits | None = None) -> Desk:
    desk = Desk(Wanting(desired), [BTC_USDT], limits)
    desk.on_timer(NOW_NS)
    return desk


def _rests(desk: Desk, order_id: int, quote: Quote, seq: int = 1) -> None:
    order = OpenOrder(order_id, quote.side, quote.price_ticks, quote.qty_lots, 0)
    desk.orders[SYMBOL].update(order, seq)


def test_what_rests_as_wanted_costs_no_message() -> None:
    desk = _desk(Desired(quotes=(BID, ASK)))
    assert desk.actions(NOW_NS) == [(SYMBOL, Place(BID)), (SYMBOL, Place(ASK))]
    _rests(desk, 1, BID)
    _rests(desk, 2, ASK)
    assert desk.actions(NOW_NS) == []


def test_what_is_too_large_is_made_smaller_where_it_is_and_slack_leaves_it() -> None:
    orders = [OpenOrder(1, Side.BUY, 100, 150, 10)]
    quote = Quote(Side.BUY, 100, 100)
    assert reconcile(orders, [quote]) == [Amend(1, quote, 110)]
    assert reconcile(orders, [quote], qty_slack=0.5) == []
    assert reconcile(orders, [quote._replace(price_ticks=102)], 2, qty_slack=0.5) == []
    assert reconcile(orders, [quote._replace(price_ticks=103)], 2, qty_slack=0.5) != []


def test_a_quote_outside_the_instrument_s_bounds_is_not_sent() -> None:
    tiny, free, none = Quote(Side.BUY, 100, 1), Quote(Side.BUY, 0, 9), Quote(Side.BUY, 5, 0)
    assert _desk(Desired(quotes=(tiny, free, none))).actions(NOW_NS) == []
    small = replace(BTC_USDT, qty_max_lots=50)
    desk = Desk(Wanting(Desired(quotes=(BID,))), [small])
    desk.on_timer(NOW_NS)
    assert desk.actions(NOW_NS) == [(SYMBOL, Place(BID._replace(qty_lots=50)))]


@pytest.mark.parametrize("status", ["halt", "halted", "cancel_only", "closed"])
def test_while_nothing_trades_all_quotes_are_out_and_nothing_is_taken(status: str) -> None:
    desk = _desk(Desired(quotes=(BID,), takes=(Take(Side.BUY, 5),)))
    _rests(desk, 1, BID)
    desk.tops[SYMBOL].status = status
    assert desk.actions(NOW_NS) == [(SYMBOL, Cancel(1))]
    desk.orders[SYMBOL].close(1)
    desk.tops[SYMBOL].status = "trading"
    assert desk.actions(NOW_NS) == [(SYMBOL, Place(BID))]  # a take of then is none of now


def test_in_an_auction_what_rests_stays_and_nothing_enters() -> None:
    desk = _desk(Desired(quotes=(ASK,), takes=(Take(Side.BUY, 5),)))
    _rests(desk, 1, BID)
    desk.tops[SYMBOL].status = "auction"
    assert desk.actions(NOW_NS) == []


def test_a_stopped_desk_wants_nothing_any_more() -> None:
    desk = _desk(Desired(quotes=(BID,)))
    _rests(desk, 1, BID)
    desk.stopped = True
    assert desk.actions(NOW_NS) == [(SYMBOL, Cancel(1))]


def test_after_a_refusal_only_cancels_go_out_for_a_while() -> None:
    for code, pause_ns in (
        ("INSUFFICIENT_FUNDS", REFUSED_PAUSE_NS),
        ("POST_ONLY_WOULD_TAKE", CROSSED_PAUSE_NS),
    ):
        desk = _desk(Desired(quotes=(BID,)))
        _rests(desk, 7, ASK)
        desk.refused(SYMBOL, code, NOW_NS)
        assert desk.actions(NOW_NS) == [(SYMBOL, Cancel(7))]
        desk.orders[SYMBOL].close(7)
        assert desk.wants_more(NOW_NS) and desk.resumes_ns == NOW_NS + pause_ns
        assert desk.actions(NOW_NS + pause_ns - 1) == []
        assert desk.actions(NOW_NS + pause_ns) == [(SYMBOL, Place(BID))]


def test_an_order_that_is_gone_is_forgotten_without_a_pause() -> None:
    desk = _desk(Desired())
    _rests(desk, 7, ASK)
    desk.refused(SYMBOL, "UNKNOWN_ORDER", NOW_NS, order_id=7, is_cancel=True)
    assert desk.actions(NOW_NS) == [] and not desk.wants_more(NOW_NS)


def test_no_more_is_sent_than_the_limits_let_through_but_cancels_never_wait() -> None:
    bids = tuple(Quote(Side.BUY, START_TICKS - at, 100) for at in range(30))
    desk = _desk(Desired(quotes=bids), Limits(messages_per_s=10, burst=8))
    for order_id in range(20):
        _rests(desk, order_id + 1, Quote(Side.SELL, START_TICKS + 50 + order_id, 1))
    sent = [one for _, one in desk.actions(NOW_NS)]
    assert sum(isinstance(one, Cancel) for one in sent) == 20
    assert sum(isinstance(one, Place) for one in sent) == 8
    counted = 0
    for step in range(1, 11):  # a second, in tenths
        now_ns = NOW_NS + step * 100 * NS_PER_MS
        counted += sum(isinstance(one, Place) for _, one in desk.actions(now_ns))
    assert counted <= 10 + 1


def test_a_late_update_neither_goes_back_in_time_nor_revives_an_ended_order() -> None:
    orders = OpenOrders()
    orders.update(OpenOrder(9, Side.BUY, 5, 25, 75), seq=5)
    orders.update(OpenOrder(9, Side.BUY, 5, 100, 0), seq=3)
    assert [order.leaves_qty_lots for order in orders.all()] == [25]
    orders.close(9)
    orders.update(OpenOrder(9, Side.BUY, 5, 25, 75), seq=6)
    assert orders.all() == [] and orders.knew(9)


def _order(order_id: int, client_order_id: str, status: str = "new") -> Order:
    return Order(
        order_id=order_id,
        client_order_id=client_order_id,
        symbol=SYMBOL,
        side="buy",
        type="limit",
        time_in_force="gtc",
        qty="1",
        cum_qty="0.5",
        leaves_qty="0.5",
        status=status,
        price="64000",
        seq=order_id,
    )


def _fill(trade_id: int, order_id: int, side: str = "buy") -> Fill:
    return Fill(
        trade_id=trade_id,
        order_id=order_id,
        symbol=SYMBOL,
        side="buy" if side == "buy" else "sell",
        price="64000",
        qty="0.5",
        fee="0.0001",
        fee_asset="BTC",
        liquidity="maker",
        ts_ns="1",
    )


def _messages(
    desk: Desk, own_fills: OwnFills | None = None
) -> tuple[MarketMessages, ClientOrderIds]:
    ids = ClientOrderIds("tag", 77)
    return MarketMessages(desk, [], ids, own_fills or OwnFills(desk.knew), lambda: NOW_NS), ids


def test_another_s_orders_on_the_account_are_let_be_and_an_earlier_session_s_taken_over() -> None:
    desk = _desk(Desired())
    messages, ids = _messages(desk)
    _, fields = request_of(BTC_USDT, Place(BID), ids)
    assert fields["client_order_id"].startswith("tag-4d-") and fields["post_only"]
    earlier, person = _order(1, "tag-1-9"), _order(2, "by-hand")
    orders = {"channel": "orders", "type": "snapshot", "orders": [earlier, person]}
    messages.take(orders | {"orders": [to_dict(one) for one in (earlier, person)]})
    assert desk.actions(NOW_NS) == [(SYMBOL, Cancel(1))]


def to_dict(order: Order) -> dict[str, object]:
    return structs.asdict(order)


def test_a_list_of_open_orders_ends_those_it_does_not_have() -> None:
    desk = _desk(Desired())
    messages, _ = _messages(desk)
    _rests(desk, 5, BID)
    messages.take({"channel": "orders", "type": "snapshot", "orders": []})
    assert len(desk.orders[SYMBOL]) == 0


def test_a_fill_counts_once_and_only_for_whose_order_it_is() -> None:
    ours = {1, 2}
    fills = OwnFills(lambda symbol, order_id: order_id in ours)
    fills.begin([_fill(10, 1)])
    assert list(fills.take([_fill(9, 1), _fill(10, 1)])) == []
    assert [one.trade_id for one in fills.take([_fill(11, 1), _fill(12, 99)])] == [11]
    assert list(fills.take([_fill(11, 1)])) == []
    # Its order was not known when it was told: it counts as soon as it is.
    ours.add(99)
    assert [one.trade_id for one in fills.take([])] == [12]
    assert [one.side for one in fills.take([_fill(13, 1), _fill(13, 2, "sell")])] == ["buy", "sell"]


def test_a_fill_of_a_bot_s_own_order_reaches_its_strategy_and_its_profit() -> None:
    desk = _desk(Desired())
    messages, _ = _messages(desk)
    empty = {"channel": "fills", "type": "snapshot", "fills": []}
    messages.take(empty)
    messages.take({"channel": "fills", "type": "update", "fill": structs.asdict(_fill(4, 1))})
    assert isinstance(desk.strategy, Wanting) and desk.strategy.fills == []
    messages.take_order(_order(1, "tag-1-9", "partially_filled"))
    assert [fill.qty_lots for fill in desk.strategy.fills] == [50_000]
    assert desk.view(NOW_NS).position_lots == 50_000


def test_a_new_session_counts_what_traded_meanwhile_and_nothing_twice() -> None:
    desk = _desk(Desired())
    own_fills = OwnFills(desk.knew)
    before, seen, missed = (structs.asdict(_fill(number, 1)) for number in (3, 4, 5))
    told = {"channel": "fills", "type": "snapshot"}
    first, _ = _messages(desk, own_fills)
    first.take(told | {"fills": [before]})
    first.take_order(_order(1, "tag-1-9", "partially_filled"))
    first.take({"channel": "fills", "type": "update", "fill": seen})
    assert desk.view(NOW_NS).position_lots == 50_000
    second, _ = _messages(desk, own_fills)
    second.take(told | {"fills": [missed, seen, before]})
    assert desk.view(NOW_NS).position_lots == 100_000


def test_a_fill_while_the_first_connection_was_away_counts() -> None:
    desk = _desk(Desired())
    own_fills = OwnFills(desk.knew)
    told = {"channel": "fills", "type": "snapshot"}
    first, _ = _messages(desk, own_fills)
    first.take(told | {"fills": []})
    first.take_order(_order(1, "tag-1-9"))
    second, _ = _messages(desk, own_fills)
    second.take(told | {"fills": [structs.asdict(_fill(4, 1))]})
    assert desk.view(NOW_NS).position_lots == 50_000


def test_other_ticks_or_lots_begin_everything_anew() -> None:
    desk = _desk(Desired())
    told = {
        "symbol": SYMBOL,
        "base_asset": "BTC",
        "quote_asset": "USDT",
        "tick_size": "0.01",
        "lot_size": "0.00001",
        "price_decimals": 2,
        "qty_decimals": 5,
        "min_notional": "1",
        "maker_fee_ppm": 0,
        "taker_fee_ppm": 0,
        "trading_status": "trading",
    }
    ids, own_fills = ClientOrderIds("t", 1), OwnFills(desk.knew)
    messages = MarketMessages(desk, [Traded(**told)], ids, own_fills, lambda: NOW_NS)  # type: ignore[arg-type]
    push = {"channel": "instruments", "venue_status": "halted", "instruments": [told]}
    assert messages.take(push)
    assert desk.tops[SYMBOL].status == "halted"
    messages.take(push | {"venue_status": "open"})
    assert desk.tops[SYMBOL].status == "trading"
    with pytest.raises(ChangedUnits):
        messages.take(push | {"instruments": [told | {"tick_size": "0.1"}]})
