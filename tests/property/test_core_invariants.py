"""Whatever is sent, after every single command: nothing is created or lost, no balance is negative,
what is held is what open orders hold, no book is crossed, what the events say of a book is what it
shows, and nothing overdue is left.
"""

from collections import Counter
from itertools import islice

import pytest

from domain.events import BalanceChanged, OrderAccepted, OrderReplaced
from domain.orders import Side
from engine_core.contract import Core
from engine_core.reference import Core as ReferenceCore
from schemas.codec import decode_events
from tests.property.book_of_events import BookOfEvents
from tests.property.random_commands import RandomCommands
from tests.property.random_venue import INSTRUMENTS

COMMANDS = 2_500
LISTED = {terms.instrument_id: terms for terms in INSTRUMENTS}


def held_by_open_orders(core: Core, triggers: dict[int, int]) -> Counter[tuple[int, int]]:
    """Return atoms by (account_id, asset_id); ``triggers`` are the trigger prices by order_id."""
    held: Counter[tuple[int, int]] = Counter()
    for row in core.orders():
        order_id, account_id, instrument_id, side, price_ticks, _, leaves_qty_lots, _ = row
        terms = LISTED[instrument_id]
        if not price_ticks:  # a market stop holds for its trigger price and the band above
            price_ticks = -(-triggers[order_id] * (10_000 + terms.band_bps) // 10_000)
        if side == Side.BUY:
            atoms = price_ticks * leaves_qty_lots * terms.quote_atoms_per_tick_lot
            held[account_id, terms.quote_asset_id] += atoms
        else:
            held[account_id, terms.base_asset_id] += leaves_qty_lots * terms.base_atoms_per_lot
    return held


def check(core: Core, supply: Counter[int], triggers: dict[int, int], book: BookOfEvents) -> None:
    owned: Counter[int] = Counter()
    held: Counter[tuple[int, int]] = Counter()
    for account_id, asset_id, available_atoms, held_atoms in core.balances():
        assert available_atoms >= 0
        assert held_atoms >= 0
        owned[asset_id] += available_atoms + held_atoms
        if held_atoms:
            held[account_id, asset_id] = held_atoms
    assert owned == supply
    assert not 0 < core.next_deadline_ns < core.log_ts_ns
    assert held == held_by_open_orders(core, triggers)
    for _, _, _, _, _, qty_lots, leaves_qty_lots, cum_qty_lots in core.orders():
        assert leaves_qty_lots > 0
        assert qty_lots == leaves_qty_lots + cum_qty_lots
    for instrument_id in LISTED:
        bids, asks = core.depth(instrument_id, 2**20)
        assert (bids, asks) == book.depth(instrument_id)
        assert not bids or not asks or bids[0][0] < asks[0][0]


@pytest.mark.parametrize("events_max", [5, 65_536])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_money_holds_and_books_are_right_after_every_command(seed: int, events_max: int) -> None:
    core = ReferenceCore(events_per_command_max=events_max, dedupe_keys_max=300)
    commands = RandomCommands(seed)
    supply: Counter[int] = Counter()
    triggers: dict[int, int] = {}
    book = BookOfEvents()
    for command, ts_ns in commands.setup():
        events, _ = core.apply(command, ts_ns)
        supply.update(deposited(events))
    for command, ts_ns in islice(commands, COMMANDS):
        events, _ = core.apply(command, ts_ns)
        supply.update(deposited(events))
        triggers.update(trigger_prices(events))
        for event in decode_events(events):
            book.read(event)
        check(core, supply, triggers, book)
        commands.look_at(core)


def trigger_prices(events: bytes) -> dict[int, int]:
    """Return trigger prices in ticks by order_id, as ``events`` say they are from here on."""
    return {
        event.order_id: event.trigger_price_ticks
        for event in decode_events(events)
        if isinstance(event, OrderAccepted | OrderReplaced)
    }


def deposited(events: bytes) -> Counter[int]:
    """Return atoms by asset_id that ``events`` say came from outside."""
    atoms: Counter[int] = Counter()
    for event in decode_events(events):
        if isinstance(event, BalanceChanged):
            atoms[event.asset_id] += event.amount_atoms
    return atoms
