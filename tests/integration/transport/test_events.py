"""Events over real sockets: whole, in order, from the cursor asked for, by TCP and by UDP."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest
import uvloop

from schemas.layouts import COMMAND_BYTES, EVENT_BYTES
from tests.integration.transport.udp_engine import bad_network, running_engine
from tests.model_engine import MASTER_KEY, ModelEngine, event_for
from transport.engine_client import EngineClient
from transport.errors import ReaderAhead, StreamBroken
from transport.event_follower import follow_events
from transport.live_events import live_events

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
LOOPS: list[LoopFactory] = [asyncio.new_event_loop, uvloop.new_event_loop]
on_both_loops = pytest.mark.parametrize("loop_factory", LOOPS, ids=["asyncio", "uvloop"])
CATCH_UP_EVENTS = 3_000
WAITING_EVENTS_MAX = 2_000
Stream = AsyncGenerator[tuple[int, bytes]]


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a short test reaches."""
    monkeypatch.setattr("transport.event_receiver.CATCH_UP_EVENTS", CATCH_UP_EVENTS)
    monkeypatch.setattr("transport.live_events.WAITING_EVENTS_MAX", WAITING_EVENTS_MAX)


def run(loop_factory: LoopFactory, story: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(story)


def command(number: int) -> bytes:
    return b"\x01" + number.to_bytes(COMMAND_BYTES - 1, "little")


def engine_with(events: int) -> ModelEngine:
    model = ModelEngine()
    model.executed = [command(number) for number in range(1, events + 1)]
    model.sessions.next_event_seq = events + 1
    return model


async def check_until(stream: Stream, first_seq: int, last_seq: int) -> None:
    """Read ``stream`` up to ``last_seq``: every event there, once, in order, the true one."""
    next_seq = first_seq
    async for seq, events in stream:
        assert seq == next_seq
        for at in range(0, len(events), EVENT_BYTES):
            assert events[at : at + EVENT_BYTES] == event_for(command(next_seq))
            next_seq += 1
        if next_seq > last_seq:
            return


async def submit(client: EngineClient, first: int, last: int) -> None:
    await client.submit_many([command(n) for n in range(first, last + 1)], timeout_s=50)


@on_both_loops
def test_a_follower_gets_everything_from_its_cursor_and_then_what_comes(
    loop_factory: LoopFactory,
) -> None:
    async def story() -> None:
        async with (
            running_engine(engine_with(2_000)) as (_, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(follow_events(address, MASTER_KEY, 7, 2)) as stream,
        ):
            await check_until(stream, 7, 2_000)
            await submit(client, 2_001, 2_100)
            await check_until(stream, 2_001, 2_100)

    run(loop_factory, story())


@on_both_loops
def test_a_follower_outlives_its_connections(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with (
            running_engine(engine_with(500)) as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(follow_events(address, MASTER_KEY, 1, 2)) as stream,
        ):
            await check_until(stream, 1, 500)
            for first in (501, 601):
                engine.cut()
                await submit(client, first, first + 99)
                await check_until(stream, first, first + 99)
            assert engine.catch_ups == 3

    run(loop_factory, story())


@on_both_loops
def test_a_cursor_past_the_engine_s_last_event_is_a_broken_stream(
    loop_factory: LoopFactory,
) -> None:
    async def story() -> None:
        async with running_engine(engine_with(5)) as (_, address):
            for follow in (follow_events, live_events):
                async with aclosing(follow(address, MASTER_KEY, 7, 2)) as stream:
                    with pytest.raises(StreamBroken, match="event 7"):
                        await anext(stream)

    run(loop_factory, story())


@on_both_loops
@pytest.mark.parametrize("seed", range(3))
def test_live_events_are_whole_over_a_bad_network(loop_factory: LoopFactory, seed: int) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            bad_network(address, seed) as (proxy, detour),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(live_events(detour, MASTER_KEY, 1, 2)) as stream,
        ):
            async with asyncio.TaskGroup() as group:
                group.create_task(submit(client, 1, 2_000))
                group.create_task(check_until(stream, 1, 2_000))
            assert proxy.lost > 10
            assert engine.catch_ups == 0  # small losses are asked for again

    run(loop_factory, story())


@on_both_loops
@pytest.mark.usefixtures("small_bounds")
def test_live_events_start_far_behind_by_tcp_and_go_on_by_udp(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        behind = CATCH_UP_EVENTS + 1_000
        async with (
            running_engine(engine_with(behind)) as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(live_events(address, MASTER_KEY, 1, 2)) as stream,
        ):
            async with asyncio.TaskGroup() as group:
                group.create_task(check_until(stream, 1, behind + 500))
                group.create_task(submit(client, behind + 1, behind + 500))
            await submit(client, behind + 501, behind + 600)
            await check_until(stream, behind + 501, behind + 600)
            assert engine.catch_ups == 1

    run(loop_factory, story())


@on_both_loops
@pytest.mark.usefixtures("small_bounds")
@pytest.mark.parametrize("events", [2_500, 8_000], ids=["asks again", "catches up"])
def test_a_busy_reader_of_live_events_misses_nothing(
    loop_factory: LoopFactory, events: int
) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(live_events(address, MASTER_KEY, 1, 2)) as stream,
        ):
            await submit(client, 1, 1)
            await check_until(stream, 1, 1)
            await submit(client, 2, events)  # nobody reads meanwhile: the bound is reached
            await check_until(stream, 2, events)
            assert engine.catch_ups == (1 if events > WAITING_EVENTS_MAX + CATCH_UP_EVENTS else 0)

    run(loop_factory, story())


@on_both_loops
def test_live_events_go_on_after_the_engine_restarts(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(live_events(address, MASTER_KEY, 1, 2)) as stream,
        ):
            await submit(client, 1, 100)
            await check_until(stream, 1, 100)
            engine.model.restart(0)
            await submit(client, 101, 200)
            await check_until(stream, 101, 200)

    run(loop_factory, story())


@on_both_loops
def test_an_engine_that_lost_its_past_is_noticed_while_it_is_followed(
    loop_factory: LoopFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transport.live_events.BEHIND_MAX", 3)

    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
            aclosing(live_events(address, MASTER_KEY, 1, 2)) as stream,
        ):
            await submit(client, 1, 100)
            await check_until(stream, 1, 100)
            engine.model = ModelEngine()
            with pytest.raises(ReaderAhead, match="event 101 asked for, 1 is the engine's next"):
                await anext(stream)

    run(loop_factory, story())


@on_both_loops
def test_a_follower_without_the_key_gets_nothing(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with (
            running_engine(engine_with(5)) as (engine, address),
            aclosing(follow_events(address, bytes(32), 1, 2)) as stream,
        ):
            first = asyncio.create_task(_first(stream))
            for _ in range(2):  # it is hung up on without a word, and tries again
                await engine.hang_ups.get()
            assert not first.done()
            first.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await first
            assert engine.catch_ups == 0

    run(loop_factory, story())


async def _first(stream: Stream) -> tuple[int, bytes]:
    return await anext(stream)
