"""The walk of a taker over the book, as a plan: nothing is changed by it."""

import pytest

from domain.orders import SelfTradePrevention as Mode
from domain.orders import Side
from matching.reference import BookOrder
from matching.sweep import ByBudget, ByQuantity, CancelMaker, Decrement, Ending, Fill, Sweep, sweep

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
    appetite: ByQuantity | ByBudget,
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
