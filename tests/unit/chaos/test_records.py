"""The comparison finds every way in which a ledger can differ from what its customers know."""

import pytest

from chaos.records import Asked, LedgerOrder, LedgerTrade, RecordBook, Told, ToldFill, compare
from domain.orders import OrderStatus, Side, TimeInForce

BUY = Asked(1, 1, Side.BUY, TimeInForce.GTC, 100, 10)
SELL = Asked(2, 1, Side.SELL, TimeInForce.IOC, 100, 4)
RESTING = LedgerOrder("a-1", 11, BUY, OrderStatus.PARTIALLY_FILLED, 4)
TAKING = LedgerOrder("b-1", 12, SELL, OrderStatus.FILLED, 4)
TRADE = LedgerTrade(1, 1, 11, 12, 100, 4)
FILL = ToldFill(1, 100, 4)


def book() -> RecordBook:
    """A buy that rested and was told so; a sell that took four lots of it; one that was refused."""
    kept = RecordBook()
    kept.ask("a-1", BUY)
    kept.ask("b-1", SELL)
    kept.ask("b-2", SELL)
    kept.tell("a-1", Told(11, 5, OrderStatus.NEW, 0, ()))
    kept.tell("b-1", Told(12, 9, OrderStatus.FILLED, 4, (FILL,)))
    kept.refuse("b-2", "INSUFFICIENT_FUNDS")
    return kept


def test_books_that_agree_have_nothing_wrong():
    assert compare(book(), [RESTING, TAKING], [TRADE]) == []
    assert (book().acknowledged, book().refused, book().unsettled()) == (2, 1, [])


@pytest.mark.parametrize(
    ("orders", "trades", "wrong"),
    [
        ([TAKING], [TRADE], ["a-1 was acknowledged and is not there"]),
        ([RESTING, RESTING, TAKING], [TRADE], ["a-1 is there twice"]),
        ([RESTING, TAKING, RESTING._replace(client_order_id="c-1")], [TRADE], ["c-1 was asked"]),
        ([RESTING, TAKING._replace(order_id=13)], [TRADE], ["b-1 is 13, and was told as 12"]),
        ([RESTING, TAKING, TAKING._replace(client_order_id="b-2")], [TRADE], ["b-2 was refused"]),
        ([RESTING._replace(asked=SELL), TAKING], [TRADE], ["a-1 is Asked"]),
        (
            [RESTING, TAKING._replace(status=OrderStatus.EXPIRED, cum_qty_lots=3)],
            [TRADE._replace(qty_lots=3)],
            ["b-1 ended EXPIRED, 3 filled"],
        ),
        ([RESTING, TAKING], [], ["fill 1 of order 12 was told and is not there"]),
        ([RESTING, TAKING], [TRADE, TRADE], ["trade 1 of 1 is there twice"]),
        ([RESTING, TAKING], [TRADE._replace(price_ticks=99)], ["trade 1 of order 12 is"]),
        ([RESTING._replace(cum_qty_lots=5), TAKING], [TRADE], ["a-1: 5 filled, 4 in its trades"]),
    ],
)
def test_what_differs_is_named(orders, trades, wrong):
    found = compare(book(), orders, trades)
    assert all(any(one in said for said in found) for one in wrong), found


@pytest.mark.parametrize(
    "told",
    [
        Told(13, 10, OrderStatus.FILLED, 4, ()),
        Told(12, 10, OrderStatus.CANCELED, 4, ()),
        Told(12, 9, OrderStatus.FILLED, 3, ()),
        Told(12, 8, OrderStatus.PARTIALLY_FILLED, 5, ()),
    ],
)
def test_two_answers_that_cannot_both_be_right_are_a_contradiction(told):
    kept = book()
    kept.tell("b-1", told)
    assert len(kept.contradictions) == 1


def test_an_answer_that_came_late_changes_nothing():
    kept = book()
    kept.tell("b-1", Told(12, 8, OrderStatus.NEW, 0, ()))
    assert kept.contradictions == []
    assert compare(kept, [RESTING, TAKING], [TRADE]) == []


def test_an_order_that_was_refused_and_is_there_after_all_is_a_contradiction():
    kept = book()
    kept.tell("b-2", Told(14, 12, OrderStatus.NEW, 0, ()))
    kept.refuse("a-1", "STALE")
    assert len(kept.contradictions) == 2


def test_a_client_that_never_learned_its_order_s_fate_is_named():
    kept = book()
    kept.ask("c-1", BUY)
    assert kept.unsettled() == ["c-1"]
