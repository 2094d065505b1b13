"""The order flow of any venue's events makes the book that the events make."""

from collections import Counter
from itertools import chain, islice

import pytest

from domain.orders import Side
from engine_core import core_type
from replay.event_flow import EventFlow
from replay.order_flow import Fields, FlowKind
from schemas.codec import decode_events
from tests.property.book_of_events import BookOfEvents
from tests.property.random_commands import RandomCommands

COMMANDS = 3_000
LOOK_EVERY = 25
INSTRUMENTS = (1, 2, 3)

Depth = tuple[list[tuple[int, int]], list[tuple[int, int]]]


class _Follower:
    """Who has nothing but the flow."""

    def __init__(self) -> None:
        self.orders: dict[int, list[int]] = {}

    def read(self, rows: list[Fields]) -> None:
        for _, ref, _, qty, price, _, kind, side in rows:
            if kind == FlowKind.ADD:
                assert ref not in self.orders, "no reference comes twice"
                self.orders[ref] = [side, price, qty]
            elif kind == FlowKind.DELETE:
                del self.orders[ref]
            elif kind in (FlowKind.EXECUTE, FlowKind.EXECUTE_AT, FlowKind.REDUCE):
                order = self.orders[ref]
                order[2] -= qty
                assert order[2] >= 0
                if not order[2]:
                    del self.orders[ref]

    def depth(self) -> Depth:
        levels: dict[int, Counter[int]] = {Side.BUY: Counter(), Side.SELL: Counter()}
        for side, price, qty in self.orders.values():
            levels[side][price] += qty
        return sorted(levels[Side.BUY].items(), reverse=True), sorted(levels[Side.SELL].items())


@pytest.mark.parametrize("seed", range(4))
def test_a_flow_makes_the_book_that_its_events_make(seed: int) -> None:
    core, commands, told = core_type("compiled")(), RandomCommands(seed), BookOfEvents()
    flows = {one: EventFlow(one) for one in INSTRUMENTS}
    followers = {one: _Follower() for one in INSTRUMENTS}
    kinds: Counter[int] = Counter()
    for at, (command, ts_ns) in enumerate(chain(commands.setup(), islice(commands, COMMANDS))):
        events, _ = core.apply(command, ts_ns)
        for event in decode_events(events):
            told.read(event)
        for one in INSTRUMENTS:
            rows = flows[one].read(events)
            kinds.update(row[6] for row in rows)
            followers[one].read(rows)
            assert followers[one].depth() == told.depth(one), f"seed {seed}, command {at}"
        if at % LOOK_EVERY == 0:
            commands.look_at(core)
            for one in INSTRUMENTS:
                late = _Follower()
                late.read(list(flows[one].book(ts_ns)))
                assert late.depth() == told.depth(one), "who begins here sees the same"
    assert kinds[FlowKind.EXECUTE] > 50 and kinds[FlowKind.REDUCE] > 5
