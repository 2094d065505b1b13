"""kill -9 in the middle of the work, and what must hold afterwards."""

import asyncio

from domain.client_order_ids import pack_client_order_id
from domain.events import OrderAccepted, OutcomeResult
from schemas.codec import decode_event, decode_events
from schemas.layouts import EVENT_BYTES
from tests.integration.engine.streams import events_between, reading
from tests.integration.engine.venue import OPENING, order
from tests.integration.engine_process import free_ports, running_engine
from transport.engine_client import EngineClient, FateUnknown, NotSent
from transport.event_follower import follow_events

ORDERS = 600
KILL_AFTER = 150


async def test_an_acknowledged_order_survives_a_kill_and_a_retry_is_never_executed_twice(
    tmp_path, pure_python
):
    ports = free_ports()
    answered = {}
    enough = asyncio.Event()

    async def submit(client, number):
        try:
            answered[number] = await client.submit(order(number), timeout_s=1.0)
        except (FateUnknown, NotSent):
            return
        if len(answered) >= KILL_AFTER:
            enough.set()

    async def submit_all(client):
        for first in range(0, ORDERS, 20):
            await asyncio.gather(*(submit(client, n) for n in range(first, first + 20)))

    async with running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine:
        stream = follow_events(engine.address, engine.master_key, 1, 5)
        async with (
            EngineClient.connect(engine.address, engine.master_key, 1) as client,
            reading(stream, 1) as reader,
        ):
            await client.submit_many(OPENING)
            submitting = asyncio.create_task(submit_all(client))
            await enough.wait()
            await engine.kill()
            submitting.cancel()
            await asyncio.gather(submitting, return_exceptions=True)
            seen = bytes(reader.events)
    assert KILL_AFTER <= len(answered) < ORDERS

    async with (
        running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        retried = await client.submit_many([order(n) for n in range(ORDERS)], timeout_s=10)
        last_seq = retried[-1].last_event_seq
        stream = await events_between(engine, 1, last_seq)

    assert stream.startswith(seen), "what a reader saw before the crash is what happened"
    for number, outcome in answered.items():
        assert retried[number].result is OutcomeResult.DUPLICATE
        assert retried[number].order_id == outcome.order_id
        first = outcome.last_event_seq - outcome.event_count
        accepted = decode_event(stream[first * EVENT_BYTES : (first + 1) * EVENT_BYTES])
        assert isinstance(accepted, OrderAccepted)
        assert accepted.order_id == outcome.order_id
        assert accepted.client_order_id == pack_client_order_id(f"order-{number}")
    ids = [event.client_order_id for event in decode_events(stream) if type(event) is OrderAccepted]
    assert sorted(ids) == sorted(pack_client_order_id(f"order-{n}") for n in range(ORDERS))


async def test_the_same_session_goes_on_over_a_crash(tmp_path, pure_python):
    ports = free_ports()
    async with running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine:
        async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
            await client.submit_many(OPENING)
            await engine.kill()
            waiting = asyncio.create_task(client.submit(order(1), timeout_s=15))
            async with running_engine(tmp_path, pure_python=pure_python, ports=ports) as again:
                outcome = await waiting
                assert outcome.result is OutcomeResult.DONE
                stream = await events_between(again, 1, outcome.last_event_seq)
    assert isinstance(decode_events(stream)[-1], OrderAccepted)


async def test_five_crashes_in_a_row_leave_one_unbroken_stream(tmp_path, pure_python):
    stream = b""
    for round_ in range(5):
        async with (
            running_engine(tmp_path, pure_python=pure_python) as engine,
            EngineClient.connect(engine.address, engine.master_key, round_) as client,
        ):
            commands = [order(n) for n in range(round_ * 50, round_ * 50 + 50)]
            outcomes = await client.submit_many(commands if round_ else OPENING + commands)
            longer = await events_between(engine, 1, outcomes[-1].last_event_seq)
            await engine.kill()
        assert longer.startswith(stream) and len(longer) > len(stream)
        stream = longer


async def test_both_twins_write_the_same_stream_and_read_each_others_journal(tmp_path):
    async with (
        running_engine(tmp_path, pure_python=True) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        outcomes = await client.submit_many(OPENING + [order(n) for n in range(200)])
        first = await events_between(engine, 1, outcomes[-1].last_event_seq)
    async with (
        running_engine(tmp_path) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        assert await events_between(engine, 1, len(first) // EVENT_BYTES) == first
        more = await client.submit_many([order(n) for n in range(200, 400)])
        second = await events_between(engine, 1, more[-1].last_event_seq)
    async with running_engine(tmp_path, pure_python=True) as engine:
        assert await events_between(engine, 1, len(second) // EVENT_BYTES) == second
