"""The settling task outlives what it depends on; a stream that is wrong is never posted."""

import asyncio

import asyncpg
import pytest

from accounts.metrics import SETTLEMENT_FAILURES
from accounts.settling.ledger_repository import read_cursor
from accounts.settling.settled_position import SettledPosition
from accounts.settling.settlement import SETTLEMENT, Settlement
from engine_core.reference import Core
from schemas.layouts import EVENT_BYTES
from service.health import Readiness
from tests.integration.accounts.trading import execute, opening, random_orders
from transport.errors import ReaderAhead, StreamBroken


class Stream:
    """An event source that breaks after some events, as often as it is told."""

    def __init__(self, events: bytes, breaks_at: list[int]) -> None:
        self._events = events
        self._breaks_at = breaks_at
        self.asked_from: list[int] = []

    async def __call__(self, from_seq):
        self.asked_from.append(from_seq)
        end = self._breaks_at.pop(0) if self._breaks_at else len(self._events) // EVENT_BYTES
        if from_seq <= end:
            yield from_seq, self._events[(from_seq - 1) * EVENT_BYTES : end * EVENT_BYTES]
        if end * EVENT_BYTES < len(self._events):
            raise StreamBroken("a test broke it")
        await asyncio.Event().wait()


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr("accounts.settling.settlement.BACKOFF_FIRST_S", 0)


async def test_after_a_broken_stream_it_goes_on_at_the_next_event(postgres_url, no_waiting):
    core = Core()
    events = execute(core, opening() + list(random_orders(11, 200)))
    last_seq = core.next_event_seq - 1
    stream = Stream(events, [10, 10, 55])
    position, readiness = SettledPosition(), Readiness(SETTLEMENT)
    task = asyncio.create_task(Settlement(postgres_url, stream, position, readiness).run())

    assert await position.reached(last_seq, 20)
    assert readiness.ready
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert stream.asked_from[0] == 1 and stream.asked_from == sorted(stream.asked_from)
    connection = await asyncpg.connect(postgres_url)
    assert (await read_cursor(connection)).last_seq == last_seq
    await connection.close()


async def test_a_long_backlog_is_settled_in_batches_of_the_bound(postgres_url, monkeypatch):
    batch_max = 1_000
    monkeypatch.setattr("accounts.settling.settlement.BATCH_EVENTS_MAX", batch_max)
    core = Core()
    events = execute(core, opening() + list(random_orders(12, 1_200)))
    last_seq = core.next_event_seq - 1
    assert last_seq > 2 * batch_max
    position = SettledPosition()
    seen = []
    position.advance, advance = (lambda seq: (seen.append(seq), advance(seq))), position.advance
    settlement = Settlement(postgres_url, Stream(events, []), position, Readiness(SETTLEMENT))
    task = asyncio.create_task(settlement.run())
    assert await position.reached(last_seq, 30)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen[:2] == [0, batch_max] and seen[-1] == last_seq


async def test_a_stream_that_contradicts_the_ledger_makes_it_not_ready(postgres_url, no_waiting):
    events = bytearray(execute(Core(), opening() + list(random_orders(13, 50))))
    trade_at = next(at for at in range(0, len(events), EVENT_BYTES) if events[at] == 3)
    # A fee of one atom more than the balances that follow it allow.
    fee_at = trade_at + 128 - 56
    fee = int.from_bytes(events[fee_at : fee_at + 8], "little") + 1
    events[fee_at : fee_at + 8] = fee.to_bytes(8, "little")
    position, readiness = SettledPosition(), Readiness(SETTLEMENT)
    stream = Stream(bytes(events), [])
    task = asyncio.create_task(Settlement(postgres_url, stream, position, readiness).run())

    async with asyncio.timeout(20):
        while len(stream.asked_from) < 3:  # it keeps trying
            await asyncio.sleep(0.01)
    assert not readiness.ready and position.seq == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT count(*) FROM accounts.transfers") == 0
    await connection.close()


async def test_an_engine_without_the_ledger_s_past_is_told_and_settlement_is_not_ready(
    postgres_url, no_waiting
):
    asked = []
    again = asyncio.Event()

    async def wiped(from_seq):
        asked.append(readiness.ready)
        if len(asked) == 5:
            again.set()
        raise ReaderAhead(from_seq, 1)
        yield

    position, readiness = SettledPosition(), Readiness(SETTLEMENT)
    task = asyncio.create_task(Settlement(postgres_url, wiped, position, readiness).run())
    async with asyncio.timeout(20):
        await again.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not any(asked[1:])  # the first time nobody knew


async def test_after_a_migration_it_connects_again_and_goes_on(postgres_url, no_waiting):
    core = Core()
    events = execute(core, opening() + list(random_orders(14, 100)))
    opened = len(execute(Core(), opening())) // EVENT_BYTES
    last_seq = core.next_event_seq - 1
    migrated = asyncio.Event()

    async def stream(from_seq):
        if from_seq <= opened:
            yield from_seq, events[(from_seq - 1) * EVENT_BYTES : opened * EVENT_BYTES]
            from_seq = opened + 1
        await migrated.wait()
        yield from_seq, events[(from_seq - 1) * EVENT_BYTES :]
        await asyncio.Event().wait()

    position, readiness = SettledPosition(), Readiness(SETTLEMENT)
    task = asyncio.create_task(Settlement(postgres_url, stream, position, readiness).run())
    assert await position.reached(opened, 20)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("ALTER TABLE accounts.orders ADD COLUMN note text")
    await connection.close()
    failures = SETTLEMENT_FAILURES._value.get()
    migrated.set()
    assert await position.reached(last_seq, 20)
    assert SETTLEMENT_FAILURES._value.get() == failures + 1 and readiness.ready
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
