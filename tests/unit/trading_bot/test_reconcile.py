"""Open orders become the wanted quotes in few messages; the two sides never meet on the way."""

from hypothesis import given
from hypothesis import strategies as st

from domain.orders import Side
from trading_bot.reconcile import Action, Amend, Cancel, OpenOrder, Place, reconcile
from trading_bot.strategy import Quote


def _order(order_id: int, side: Side, price_ticks: int, leaves: int = 5, cum: int = 0) -> OpenOrder:
    return OpenOrder(order_id, side, price_ticks, leaves, cum)


def test_an_order_at_a_wanted_price_keeps_its_place_even_partly_filled() -> None:
    orders = [_order(1, Side.BUY, 99, leaves=2, cum=3)]
    assert reconcile(orders, [Quote(Side.BUY, 99, 5)]) == []


def test_one_amend_moves_an_order_and_counts_what_it_has_filled() -> None:
    orders = [_order(1, Side.BUY, 99, leaves=2, cum=3)]
    quote = Quote(Side.BUY, 98, 5)
    assert reconcile(orders, [quote]) == [Amend(1, quote, 8)]


def test_with_nothing_wanted_everything_is_cancelled() -> None:
    orders = [_order(1, Side.BUY, 99), _order(2, Side.SELL, 101)]
    assert reconcile(orders, []) == [Cancel(1), Cancel(2)]


def test_when_the_market_rises_asks_retreat_before_bids_advance() -> None:
    orders = [_order(1, Side.BUY, 99), _order(2, Side.SELL, 101)]
    bid, ask = Quote(Side.BUY, 102, 5), Quote(Side.SELL, 104, 5)
    assert reconcile(orders, [bid, ask]) == [Amend(2, ask, 5), Amend(1, bid, 5)]


PRICES = st.integers(1, 30)


@st.composite
def _situations(draw: st.DrawFn) -> tuple[list[OpenOrder], list[Quote]]:
    def two_sides() -> tuple[set[int], set[int]]:
        middle = draw(PRICES)
        bids = {middle - d for d in draw(st.sets(st.integers(1, 8), max_size=6)) if middle > d}
        return bids, {middle + d for d in draw(st.sets(st.integers(0, 8), max_size=6))}

    bids, asks = two_sides()
    sides = [(Side.BUY, price) for price in sorted(bids)] + [(Side.SELL, p) for p in sorted(asks)]
    orders = [_order(at, side, price) for at, (side, price) in enumerate(sides, 1)]
    bids, asks = two_sides()
    quotes = [Quote(Side.BUY, p, 5) for p in bids] + [Quote(Side.SELL, p, 5) for p in asks]
    return orders, quotes


def _apply(book: dict[int, tuple[Side, int]], action: Action, new_id: int) -> None:
    match action:
        case Cancel(order_id):
            del book[order_id]
        case Amend(order_id, quote, _):
            book[order_id] = (quote.side, quote.price_ticks)
        case Place(quote):
            book[new_id] = (quote.side, quote.price_ticks)


@given(_situations())
def test_the_actions_end_at_the_wanted_quotes_and_never_cross(
    situation: tuple[list[OpenOrder], list[Quote]],
) -> None:
    orders, quotes = situation
    book = {order.order_id: (order.side, order.price_ticks) for order in orders}
    actions = reconcile(orders, quotes)
    for at, action in enumerate(actions):
        _apply(book, action, 1_000 + at)
        bids = [price for side, price in book.values() if side is Side.BUY]
        asks = [price for side, price in book.values() if side is Side.SELL]
        assert not bids or not asks or max(bids) < min(asks)
    assert sorted(book.values()) == sorted((q.side, q.price_ticks) for q in quotes)
    assert len(actions) <= max(len(orders), len(quotes)) * 2
