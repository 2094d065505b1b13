"""Commands over real sockets: each executed once, in order, each outcome heard by who asked."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from domain.commands import CancelOrder
from schemas.codec import encode_command
from schemas.layouts import COMMAND_BYTES
from tests.integration.transport.udp_engine import LOCALHOST, bad_network, running_engine
from tests.model_engine import MASTER_KEY, ModelEngine, outcome_of
from transport.engine_client import (
    EngineAddress,
    EngineClient,
    EngineUnreachable,
    FateUnknown,
    NotSent,
    SessionLost,
)

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
LOOPS: list[LoopFactory] = [asyncio.new_event_loop, uvloop.new_event_loop]
on_both_loops = pytest.mark.parametrize("loop_factory", LOOPS, ids=["asyncio", "uvloop"])


def run(loop_factory: LoopFactory, story: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(story)


def command(number: int) -> bytes:
    return b"\x01" + number.to_bytes(COMMAND_BYTES - 1, "little")


@on_both_loops
def test_what_is_submitted_in_one_turn_shares_a_datagram(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            outcomes = await asyncio.gather(*(client.submit(command(n)) for n in range(1, 11)))
            assert outcomes == [outcome_of(place) for place in range(1, 11)]
            executes = [entry for entry, outcomes in engine.model.journal if outcomes]
            assert len(executes) == 1

    run(loop_factory, story())


@on_both_loops
def test_a_command_may_be_an_object(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        cancel = CancelOrder(account_id=1, order_id=2)
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            assert await client.submit(cancel) == outcome_of(1)
            assert engine.model.executed == [encode_command(cancel)]

    run(loop_factory, story())


@on_both_loops
@pytest.mark.parametrize("seed", range(3))
def test_over_a_bad_network_every_command_is_executed_once_and_in_order(
    loop_factory: LoopFactory, seed: int
) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            bad_network(address, seed) as (proxy, detour),
            EngineClient.connect(detour, MASTER_KEY, 1) as client,
        ):
            commands = [command(number) for number in range(1, 1_001)]
            outcomes = await client.submit_many(commands, timeout_s=50)
            singles = [await client.submit(command(n), timeout_s=50) for n in range(1_001, 1_021)]
            assert outcomes + singles == [outcome_of(place) for place in range(1, 1_021)]
            assert engine.model.executed == [command(number) for number in range(1, 1_021)]
            assert proxy.lost > 10

    run(loop_factory, story())


@on_both_loops
def test_several_clients_share_one_engine_each_in_its_own_order(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async def submits(address: EngineAddress, client_id: int) -> None:
            async with (
                bad_network(address, client_id, loss=0.1) as (_, detour),
                EngineClient.connect(detour, MASTER_KEY, client_id) as client,
            ):
                mine = [command(client_id * 1_000 + n) for n in range(200)]
                outcomes = await client.submit_many(mine, timeout_s=50)
                executed = engine.model.executed
                assert [executed[outcome.order_id - 1] for outcome in outcomes] == mine

        async with running_engine() as (engine, address):
            await asyncio.gather(*(submits(address, client_id) for client_id in (1, 2, 3)))
            assert len(engine.model.executed) == len(set(engine.model.executed)) == 600
            for client_id in (1, 2, 3):
                theirs = [
                    number
                    for number in (int.from_bytes(e[1:], "little") for e in engine.model.executed)
                    if number // 1_000 == client_id
                ]
                assert theirs == sorted(theirs)

    run(loop_factory, story())


@on_both_loops
def test_an_engine_that_restarts_is_found_again_and_nothing_runs_twice(
    loop_factory: LoopFactory,
) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            bad_network(address, 4) as (_, detour),
            EngineClient.connect(detour, MASTER_KEY, 1) as client,
        ):
            commands = [command(number) for number in range(1, 501)]
            submitting = asyncio.create_task(client.submit_many(commands, timeout_s=50))
            for executed in (100, 300):
                while len(engine.model.executed) < executed:
                    await client._changes_until(2**62)
                engine.model.restart(0)
            assert await submitting == [outcome_of(place) for place in range(1, 501)]
            assert engine.model.executed == commands

    run(loop_factory, story())


@on_both_loops
def test_no_answer_in_time_is_an_unknown_fate_and_never_a_failure(
    loop_factory: LoopFactory,
) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            engine.deaf = True
            with pytest.raises(FateUnknown) as unknown:
                await client.submit(command(1), timeout_s=0.02)
            assert not isinstance(unknown.value, SessionLost)
            engine.deaf = False
            assert await client.submit(command(2)) == outcome_of(2)
            assert engine.model.executed == [command(1), command(2)]  # it was executed after all

    run(loop_factory, story())


@on_both_loops
def test_without_credits_nothing_is_sent_except_by_waiting_for_them(
    loop_factory: LoopFactory,
) -> None:
    async def story() -> None:
        async with (
            running_engine(ModelEngine(credits_datagrams=2)) as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            assert client.credits == 14
            async with asyncio.TaskGroup() as group:
                for number in range(1, 15):
                    group.create_task(client.submit(command(number)))
                await asyncio.sleep(0)  # one turn: they are all numbered now
                assert client.credits == 0
                with pytest.raises(NotSent):
                    await client.submit(command(999))
            commands = [command(number) for number in range(15, 200)]
            assert len(await client.submit_many(commands)) == len(commands)
            assert command(999) not in engine.model.executed

    run(loop_factory, story())


@on_both_loops
def test_cancels_go_out_while_the_window_is_full_of_orders(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with (
            running_engine(ModelEngine(credits_datagrams=20)) as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            cancel = encode_command(CancelOrder(account_id=1, order_id=2))
            orders = [command(number) for number in range(1, 18 * 14 + 1)]
            engine.deaf = True  # nothing is answered: the window stays full
            async with asyncio.TaskGroup() as group:
                sending = [group.create_task(client.submit(order)) for order in orders]
                await asyncio.sleep(0)
                with pytest.raises(NotSent):
                    await client.submit(command(999))
                cancelling = group.create_task(client.submit(cancel))
                await asyncio.sleep(0)
                engine.deaf = False
            assert cancelling.result() == outcome_of(len(orders) + 1)
            assert [task.result() for task in sending] == [
                outcome_of(place) for place in range(1, len(orders) + 1)
            ]
            assert engine.model.executed == [*orders, cancel]

    run(loop_factory, story())


@on_both_loops
def test_of_several_commands_it_is_told_which_are_known(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with (
            running_engine(ModelEngine(credits_datagrams=2)) as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            execute = engine.model.execute

            def once(commands: bytes) -> tuple[bytes, bytes]:
                engine.deaf = True
                return execute(commands)

            engine.model.execute = once  # type: ignore[method-assign]
            commands = [command(number) for number in range(1, 29)]
            with pytest.raises(FateUnknown) as unknown:
                await client.submit_many(commands, timeout_s=0.05)
            known = [outcome_of(place) for place in range(1, 15)]
            assert unknown.value.outcomes == [*known, *[None] * 14]

    run(loop_factory, story())


@on_both_loops
def test_a_session_ended_by_the_engine_loses_what_is_in_flight_and_a_new_one_opens(
    loop_factory: LoopFactory,
) -> None:
    async def story() -> None:
        async with (
            running_engine() as (engine, address),
            EngineClient.connect(address, MASTER_KEY, 1) as client,
        ):
            sessions = engine.model.sessions
            (session,) = sessions._table.talking(0)
            session.conflict_seq = 1  # as if a clone of the client had spoken
            with pytest.raises(SessionLost):
                await client.submit(command(1))
            while not client.ready:
                await client._changes_until(2**62)
            assert await client.submit(command(2)) == outcome_of(1)
            assert sessions.session_count == 2

    run(loop_factory, story())


@on_both_loops
def test_an_engine_that_is_not_there_is_said_to_be_unreachable(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        nobody = EngineAddress(LOCALHOST, 9, 9)
        with pytest.raises(EngineUnreachable):
            async with EngineClient.connect(nobody, MASTER_KEY, 1, ready_within_s=0.1):
                raise AssertionError("not reached")
        async with EngineClient.connect(nobody, MASTER_KEY, 1, ready_within_s=0) as client:
            assert not client.ready
            with pytest.raises(NotSent):
                await client.submit(command(1))
            with pytest.raises(NotSent):
                await client.submit_many([command(1)], timeout_s=0.01)

    run(loop_factory, story())


@on_both_loops
def test_another_master_key_opens_no_session(loop_factory: LoopFactory) -> None:
    async def story() -> None:
        async with running_engine() as (engine, address):
            with pytest.raises(EngineUnreachable):
                async with EngineClient.connect(address, bytes(32), 1, ready_within_s=0.1):
                    raise AssertionError("not reached")
            assert engine.model.sessions.counters.not_authentic >= 1

    run(loop_factory, story())
