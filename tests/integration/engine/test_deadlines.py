"""An engine that nobody speaks to ends what is due all the same, and replays it to the byte."""

import time
from dataclasses import replace

from domain.commands import CancelAllAfter
from domain.events import OrderCanceled, OrderExpired, OutcomeResult
from domain.orders import TimeInForce
from domain.reasons import CancelReason
from schemas.codec import decode_events
from schemas.layouts import EVENT_BYTES
from tests.integration.engine.streams import events_between, reading
from tests.integration.engine.venue import BUYER, OPENING, SELLER, order
from tests.integration.engine_process import free_ports, running_engine
from transport.engine_client import EngineClient
from transport.event_follower import follow_events

SECOND_NS = 1_000_000_000


async def test_what_is_due_ends_while_nobody_speaks_and_is_the_same_after_a_kill(
    tmp_path, pure_python
):
    ports = free_ports()
    switch = CancelAllAfter(account_id=SELLER, timeout_ms=500)
    async with running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine:
        expire_s = time.time_ns() // SECOND_NS + 3
        dated = replace(order(0), time_in_force=TimeInForce.GTD, expire_s=expire_s)
        stream = follow_events(engine.address, engine.master_key, 1, 5)
        async with (
            EngineClient.connect(engine.address, engine.master_key, 1) as client,
            reading(stream, 1) as reader,
        ):
            outcomes = await client.submit_many([*OPENING, dated, order(1), switch])
            assert {outcome.result for outcome in outcomes} == {OutcomeResult.DONE}
            last_seq = outcomes[-1].last_event_seq + 2
            seen = await reader.until(last_seq)
        await engine.kill()
    canceled, expired = decode_events(seen[-2 * EVENT_BYTES :])
    assert isinstance(canceled, OrderCanceled) and isinstance(expired, OrderExpired)
    assert (canceled.account_id, canceled.reason) == (SELLER, CancelReason.DEAD_MAN_SWITCH)
    assert (expired.account_id, expired.reason) == (BUYER, CancelReason.GOOD_TILL_DATE)
    assert 0 <= expired.ts_ns - expire_s * SECOND_NS < 2 * SECOND_NS

    async with (
        running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        assert await events_between(engine, 1, last_seq) == seen
        outcome = await client.submit(order(2), timeout_s=10)
        assert outcome.last_event_seq == last_seq + 1, "nothing ended a second time"


async def test_a_deadline_that_passed_while_the_engine_was_down_is_kept_as_it_starts(
    tmp_path, pure_python
):
    ports = free_ports()
    switch = CancelAllAfter(account_id=BUYER, timeout_ms=100)
    async with (
        running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine,
        EngineClient.connect(engine.address, engine.master_key, 1) as client,
    ):
        outcomes = await client.submit_many([*OPENING, order(0), switch])
        await engine.kill()
    last_seq = outcomes[-1].last_event_seq
    async with running_engine(tmp_path, pure_python=pure_python, ports=ports) as engine:
        (canceled,) = decode_events(await events_between(engine, last_seq + 1, last_seq + 1))
    assert canceled.reason is CancelReason.DEAD_MAN_SWITCH
