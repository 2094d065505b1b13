"""The walk of a taker over the book, as a plan: nothing is changed by it."""

import pytest

from domain.orders import SelfTradePrevention as Mode
from domain.orders import Side
from matching.reference import BookOrder
from matching.sweep import (
    ByBudget,
    ByQuantity,
    ByQuantityWithin,
    CancelMaker,
    Decrement,
    Ending,
    Fill,
    Sweep,
    sweep,
)

MINE, THEIRS = 1, 2


def asks(*rows: tuple[int, int, int]) -> list[BookOrder]:
    """Return makers from (group_id, price_ticks, qty_lots)."""
    return [
        BookOrder(
            order_id=at,
            group_id=group_id,
            side=Side.SELL,
            price_ticks=price_ticks,
            leaves_qty_lots=qty_lots,
        )
        for at, (group_id, price_ticks, qty_lots) in enumerate(rows, 1)
    ]


def walk(
    makers: list[BookOrder],
    appetite: ByQuantity | ByQuantityWithin | ByBudget,
    mode: Mode = Mode.NONE,
    events_max: int = 100,
) -> Sweep[BookOrder]:
    return sweep(makers, appetite, group_id=MINE, self_trade_prevention=mode, events_max=events_max)


def steps(plan: Sweep[BookOrder]) -> list[tuple[str, int, int]]:
    return [
        (
            type(step).__name__,
            step.maker.order_id,
            0 if isinstance(step, CancelMaker) else step.qty_lots,
        )
        for step in plan.steps
    ]


def test_a_quantity_is_taken_in_the_order_given() -> None:
    plan = walk(asks((THEIRS, 100, 3), (THEIRS, 101, 3)), ByQuantity(5))
    assert steps(plan) == [("Fill", 1, 3), ("Fill", 2, 2)]
    assert (plan.ending, plan.filled_qty_lots) == (Ending.COMPLETE, 5)
    assert plan.cost_tick_lots == 3 * 100 + 2 * 101
    assert plan.last_take is plan.steps[-1]


def test_too_few_makers_leave_an_appetite() -> None:
    plan = walk(asks((THEIRS, 100, 3)), ByQuantity(5))
    assert plan.ending is Ending.NO_MAKER
    assert walk([], ByQuantity(5)).ending is Ending.NO_MAKER


def test_a_plan_changes_nothing() -> None:
    makers = asks((THEIRS, 100, 3), (MINE, 101, 3))
    walk(makers, ByQuantity(5), Mode.DECREMENT)
    assert [maker.leaves_qty_lots for maker in makers] == [3, 3]


@pytest.mark.parametrize(
    ("mode", "expected", "ending"),
    [
        (Mode.NONE, [("Fill", 1, 1), ("Fill", 2, 2), ("Fill", 3, 2)], Ending.COMPLETE),
        (
            Mode.CANCEL_MAKER,
            [("Fill", 1, 1), ("CancelMaker", 2, 0), ("Fill", 3, 4)],
            Ending.COMPLETE,
        ),
        (Mode.CANCEL_TAKER, [("Fill", 1, 1)], Ending.SELF_TRADE),
        (Mode.CANCEL_BOTH, [("Fill", 1, 1), ("CancelMaker", 2, 0)], Ending.SELF_TRADE),
        (Mode.DECREMENT, [("Fill", 1, 1), ("Decrement", 2, 2), ("Fill", 3, 2)], Ending.COMPLETE),
    ],
)
def test_own_orders_are_met_as_the_mode_says(
    mode: Mode, expected: list[tuple[str, int, int]], ending: Ending
) -> None:
    plan = walk(asks((THEIRS, 100, 1), (MINE, 100, 2), (THEIRS, 100, 9)), ByQuantity(5), mode)
    assert steps(plan) == expected
    assert plan.ending is ending


def test_a_decrement_can_complete_a_taker() -> None:
    plan = walk(asks((THEIRS, 100, 1), (MINE, 100, 9)), ByQuantity(5), Mode.DECREMENT)
    assert plan.ending is Ending.COMPLETE
    assert isinstance(plan.last_take, Decrement)
    assert plan.cost_tick_lots == 100


def test_a_budget_takes_whole_lots_only() -> None:
    plan = walk(asks((THEIRS, 100, 3), (THEIRS, 103, 9)), ByBudget(5_100, 10))
    assert steps(plan) == [("Fill", 1, 3), ("Fill", 2, 2)]
    assert plan.ending is Ending.COMPLETE
    assert plan.cost_tick_lots == 300 + 103 * (2_100 // 1_030)


def test_the_last_fill_of_a_spent_budget_completes_it() -> None:
    makers = asks((THEIRS, 100, 3), (MINE, 100, 1), (THEIRS, 200, 9))
    plan = walk(makers, ByBudget(450, 1), Mode.CANCEL_MAKER)
    assert plan.ending is Ending.COMPLETE
    assert isinstance(plan.last_take, Fill)
    assert plan.last_take.maker is makers[0]


def test_a_budget_that_bought_nothing_is_not_complete() -> None:
    plan = walk(asks((MINE, 100, 1), (THEIRS, 200, 9)), ByBudget(150, 1), Mode.CANCEL_MAKER)
    assert steps(plan) == [("CancelMaker", 1, 0)]
    assert plan.ending is Ending.NO_MAKER


@pytest.mark.parametrize(("events_max", "fills"), [(4, 1), (5, 2), (6, 3)])
def test_a_walk_leaves_room_for_the_closing_event(events_max: int, fills: int) -> None:
    plan = walk(asks(*[(THEIRS, 100, 1)] * 5), ByQuantity(5), events_max=events_max)
    assert len(plan.steps) == fills
    assert plan.ending is Ending.EVENT_LIMIT


def test_a_sated_taker_does_not_run_into_the_bound_of_events() -> None:
    makers = asks(*[(THEIRS, 100, 1)] * 5)
    assert walk(makers, ByQuantity(1), events_max=4).ending is Ending.COMPLETE
    assert walk(makers, ByBudget(100, 1), events_max=4).ending is Ending.COMPLETE
    assert walk(makers, ByBudget(101, 1), events_max=4).ending is Ending.EVENT_LIMIT


def iceberg(order_id: int, price_ticks: int, qty_lots: int, display_lots: int) -> BookOrder:
    """Return a maker of theirs that has just shown a full slice."""
    return BookOrder(
        order_id=order_id,
        group_id=THEIRS,
        side=Side.SELL,
        price_ticks=price_ticks,
        leaves_qty_lots=qty_lots,
        display_qty_lots=display_lots,
        hidden_qty_lots=qty_lots - display_lots,
    )


def test_a_refilled_slice_is_met_after_the_others_of_its_price() -> None:
    makers = [iceberg(1, 100, 5, 2), iceberg(2, 100, 4, 3), iceberg(3, 101, 9, 8)]
    plan = walk(makers, ByQuantity(11))
    fills = [("Fill", 1, 2), ("Fill", 2, 3), ("Fill", 1, 2), ("Fill", 2, 1), ("Fill", 1, 1)]
    assert steps(plan) == [*fills, ("Fill", 3, 2)]
    assert plan.ending is Ending.COMPLETE
    assert [maker.leaves_qty_lots for maker in makers] == [5, 4, 9]


@pytest.mark.parametrize(("events_max", "fills"), [(4, 1), (5, 1), (6, 2), (7, 2), (8, 3)])
def test_a_refill_is_an_event_too(events_max: int, fills: int) -> None:
    plan = walk([iceberg(1, 100, 9, 1)], ByQuantity(9), events_max=events_max)
    assert (len(plan.steps), plan.ending) == (fills, Ending.EVENT_LIMIT)


def test_events_before_the_taker_leave_less_room() -> None:
    plan = sweep(
        asks(*[(THEIRS, 100, 1)] * 9),
        ByQuantity(9),
        group_id=MINE,
        self_trade_prevention=Mode.NONE,
        events_max=9,
        events_before=4,
    )
    assert (len(plan.steps), plan.ending) == (2, Ending.EVENT_LIMIT)


def test_an_amount_bounds_a_quantity() -> None:
    makers = asks((THEIRS, 100, 3), (THEIRS, 101, 9))
    assert steps(walk(makers, ByQuantityWithin(5, 5_110, 10))) == [("Fill", 1, 3), ("Fill", 2, 2)]
    short = walk(makers, ByQuantityWithin(5, 5_019, 10))
    assert steps(short) == [("Fill", 1, 3), ("Fill", 2, 1)]
    assert short.ending is Ending.NO_MAKER
    assert walk(makers, ByQuantityWithin(5, 5_020, 10)).ending is Ending.COMPLETE
    assert walk(makers, ByQuantityWithin(5, 999, 10)).ending is Ending.NO_MAKER


def test_a_decrement_costs_an_amount_nothing() -> None:
    makers = asks((THEIRS, 100, 3), (MINE, 100, 4), (THEIRS, 100, 9))
    plan = walk(makers, ByQuantityWithin(9, 4_500, 10), Mode.DECREMENT)
    assert steps(plan) == [("Fill", 1, 3), ("Decrement", 2, 4), ("Fill", 3, 1)]
    assert plan.ending is Ending.NO_MAKER


def test_a_walk_stops_before_a_price_that_is_past_the_breaker() -> None:
    def until(lots: int) -> tuple[Ending, int]:
        plan = sweep(
            asks((THEIRS, 100, 3), (THEIRS, 101, 3)),
            ByQuantity(lots),
            group_id=MINE,
            self_trade_prevention=Mode.NONE,
            past_breaker=lambda price_ticks: price_ticks > 100,
            events_max=4,  # room for one more maker is not even looked for
        )
        return plan.ending, plan.filled_qty_lots

    assert until(3) == (Ending.COMPLETE, 3)
    assert until(4) == (Ending.BREAKER, 3)
