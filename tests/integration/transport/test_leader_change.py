"""A client finds the engine that leads, wherever it asks first, and nothing runs twice."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop

from schemas.layouts import COMMAND_BYTES
from tests.integration.transport.udp_engine import UdpEngine, running_engine
from tests.model_engine import MASTER_KEY, ModelEngine, outcome_of
from transport.engine_address import EngineAddress, as_not_leader
from transport.engine_client import EngineClient

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=request.param)


def command(number: int) -> bytes:
    return b"\x01" + number.to_bytes(COMMAND_BYTES - 1, "little")


def take_over(left: UdpEngine, by: UdpEngine, epoch: int, address: EngineAddress) -> None:
    """Have ``by`` lead from now on with all that ``left`` journaled, and ``left`` say so."""
    by.model.journal, by.model.executed = left.model.journal, left.model.executed
    by.model.restart(0)
    by.model.sessions.lead(epoch)
    left.model.sessions.follow(as_not_leader(epoch, address))


def test_a_client_follows_the_leader_through_two_changes(runner: asyncio.Runner) -> None:
    async def story() -> None:
        async with (
            running_engine() as (first, first_address),
            running_engine() as (second, second_address),
            EngineClient.connect(first_address, MASTER_KEY, 1) as client,
        ):
            assert await client.submit(command(1)) == outcome_of(1)
            take_over(first, second, 2, second_address)
            assert await client.submit(command(2)) == outcome_of(2)
            while not client.ready:
                await client._changes_until(2**62)
            assert client._spoken_to[1] == second_address.udp_port
            take_over(second, first, 3, first_address)
            assert await client.submit(command(3)) == outcome_of(3)
            assert client._spoken_to[1] == first_address.udp_port
            assert first.model.executed == [command(1), command(2), command(3)]
            assert first.model.sessions.session_count == 1

    with runner:
        runner.run(story())


def test_who_asks_a_follower_first_is_served_by_the_leader(runner: asyncio.Runner) -> None:
    async def story() -> None:
        async with (
            running_engine() as (follower, follower_address),
            running_engine(ModelEngine()) as (leader, leader_address),
        ):
            take_over(follower, leader, 2, leader_address)
            async with EngineClient.connect(follower_address, MASTER_KEY, 1) as client:
                assert await client.submit(command(1)) == outcome_of(1)
            assert leader.model.executed == [command(1)]
            assert follower.model.sessions.session_count == 0

    with runner:
        runner.run(story())
