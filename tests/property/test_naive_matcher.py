"""The naive matcher, from commands and times alone, finds the same orders, fills and fees as both
twins: command by command in process, and from the journal of an engine that was traded on over UDP.
"""

import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import pytest

from domain.client_order_ids import pack_client_order_id
from domain.commands import CancelAllAfter, Command, Deposit, NewOrder, OpenAccount
from domain.events import Event, OrderCanceled, OutcomeResult
from domain.orders import Side, TradingStatus, VenueStatus
from domain.venue_commands import SetVenueStatus
from engine_core import CORES, core_type
from engine_core.reference import Core as ReferenceCore
from schemas.codec import decode_events
from tests.integration.engine_process import SEGMENT_BYTES, EngineHandle, running_engine
from tests.property.facts_of_events import facts_of_events
from tests.property.journal_commands import journal_commands
from tests.property.naive_matcher import NaiveMatcher
from tests.property.naive_orders import Fact
from tests.property.random_commands import RandomCommands
from tests.property.random_venue import INSTRUMENTS, LARGE, NERVOUS, SMALL, Venue, status
from transport.engine_client import EngineClient
from transport.event_follower import follow_events

COMMANDS = 2_500
LIVE_COMMANDS = 3_000
BATCH_COMMANDS = 60
LATE = 900
"""The account, and the instrument, of an order that ends while no command comes."""


def agree(naive: list[Fact], stated: list[Fact]) -> None:
    for at, (one, other) in enumerate(zip(naive, stated, strict=False)):
        assert one == other, f"fact {at}"
    assert len(naive) == len(stated)


@pytest.mark.parametrize("twin", CORES)
@pytest.mark.parametrize(
    ("venue", "seed"), [(SMALL, 41), (SMALL, 42), (SMALL, 43), (NERVOUS, 44), (LARGE, 45)]
)
def test_the_naive_matcher_finds_every_order_fill_fee_and_balance(
    twin: str, venue: Venue, seed: int
) -> None:
    core, matcher, commands = core_type(twin)(), NaiveMatcher(), RandomCommands(seed, venue)
    events: list[bytes] = []
    for command, ts_ns in chain(commands.setup(), islice(commands, COMMANDS)):
        said, _ = core.apply(command, ts_ns)
        events.append(said)
        matcher.run([(command, ts_ns)])
        commands.look_at(core)
    agree(matcher.facts, facts_of_events(decode_events(b"".join(events))))
    assert matcher.open_orders() == core.orders()
    assert matcher.balances() == core.balances()


def late_order(now_ns: int) -> Iterator[Command]:
    """Yield what makes an order that rests for sure, and its account's switch."""
    yield SetVenueStatus(venue_status=VenueStatus.OPEN)
    yield OpenAccount(account_id=LATE, group_id=LATE)
    yield replace(INSTRUMENTS[0], instrument_id=LATE, symbol=b"LATE", min_notional_atoms=0)
    yield status(LATE, TradingStatus.TRADING)
    yield Deposit(account_id=LATE, asset_id=2, amount_atoms=7, source_id=LATE, source_seq=1)
    yield NewOrder(
        account_id=LATE,
        instrument_id=LATE,
        side=Side.BUY,
        price_ticks=1,
        qty_lots=1,
        valid_until_ns=now_ns + 60 * 10**9,
        client_order_id=pack_client_order_id("late"),
    )
    yield CancelAllAfter(account_id=LATE, timeout_ms=1)


async def trade_at_random(engine: EngineHandle, seed: int) -> None:
    """Send random commands in batches, as time goes by."""
    commands = RandomCommands(seed, valid_ns=60 * 10**9, steps_time=False)
    shadow = ReferenceCore()  # has about the same open orders: cancels are to find some
    commands.set_time(time.time_ns())
    stream = chain(commands.setup(), islice(commands, LIVE_COMMANDS))
    async with EngineClient.connect(engine.address, engine.master_key, 5) as client:
        while batch := list(islice(stream, BATCH_COMMANDS)):
            for data, ts_ns in batch:
                shadow.apply(data, ts_ns)
            await client.submit_many([data for data, _ in batch], timeout_s=30)
            commands.look_at(shadow)
            commands.set_time(time.time_ns())
        late = await client.submit_many(list(late_order(time.time_ns())), timeout_s=30)
        assert all(outcome.result is OutcomeResult.DONE for outcome in late), late


async def events_until_the_late_order_ended(engine: EngineHandle) -> list[Event]:
    events: list[Event] = []
    stream = follow_events(engine.address, engine.master_key, 1, 6)
    async with aclosing(stream) as received:
        async for _, data in received:
            events += (fresh := decode_events(data))
            if any(map(_ends_late, fresh)):
                break
    return events


def _ends_late(event: Event) -> bool:
    return isinstance(event, OrderCanceled) and event.account_id == LATE


@pytest.mark.timeout(180)
@pytest.mark.parametrize("pure_python", [False, True], ids=["compiled", "reference"])
async def test_the_journal_of_a_real_engine_gives_the_events_it_stated(
    tmp_path: Path, pure_python: bool
) -> None:
    async with running_engine(tmp_path, pure_python=pure_python) as engine:
        await trade_at_random(engine, 51)
        events = await events_until_the_late_order_ended(engine)
    journal = list(journal_commands(tmp_path, SEGMENT_BYTES))
    assert any(not command for command, _ in journal)  # time passed alone, too
    matcher = NaiveMatcher()
    matcher.run(journal)
    stated = facts_of_events(events)
    agree(matcher.facts[: len(stated)], stated)  # more may have ended by itself before the stop
