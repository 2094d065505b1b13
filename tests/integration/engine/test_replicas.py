"""Replicas as processes: who follows says so, who cannot go on says why and ends."""

import asyncio
import sys
from contextlib import AsyncExitStack, asynccontextmanager

from tests.integration.engine.venue import OPENING, order
from tests.integration.engine_process import (
    START_S,
    engine_environment,
    free_ports,
    running_engine,
)
from transport.engine_client import EngineClient


def replica(tmp_path, number):
    return {
        "OPENBELL_ENGINE_LOG": f"file://{tmp_path}/log",
        "OPENBELL_ENGINE_REPLICA": str(number),
    }


@asynccontextmanager
async def two(tmp_path, *, pure_python=False):
    """Run two replicas; the first leads."""
    async with AsyncExitStack() as stack:
        engines = []
        for number in (1, 2):
            engines.append(
                await stack.enter_async_context(
                    running_engine(
                        tmp_path / f"replica-{number}",
                        pure_python=pure_python,
                        environment=replica(tmp_path, number),
                    )
                )
            )
            await engines[0].says("this replica leads")
        yield engines


async def test_who_asks_a_follower_is_sent_to_the_leader_and_on_to_the_next(tmp_path):
    # The readable twin; the compiled one is killed by tests/integration/chaos.
    async with two(tmp_path, pure_python=True) as (first, second):
        async with EngineClient.connect(second.address, second.master_key, 1) as client:
            outcomes = await client.submit_many([*OPENING, *(order(n) for n in range(50))])
        both = (second.address, first.address)
        async with EngineClient.connect(both, first.master_key, 2) as client:
            (before,) = await client.submit_many([order(50)], timeout_s=START_S)
            await first.kill()
            await second.says("this replica leads")
            (again,) = await client.submit_many([order(50)], timeout_s=START_S)
            retried = await client.submit_many([order(n) for n in range(50)], timeout_s=START_S)
    assert again.order_id == before.order_id
    assert [one.order_id for one in retried] == [one.order_id for one in outcomes[-50:]]


async def ended(data_dir, environment):
    """Return exit code and output of a replica that cannot go on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine_service",
        env=engine_environment(data_dir, free_ports(), pure_python=False) | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(START_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output.decode()


async def test_a_replica_of_another_journal_ends_and_says_so(tmp_path):
    async with two(tmp_path) as (first, _):
        async with EngineClient.connect(first.address, first.master_key, 1) as client:
            await client.submit_many(OPENING)
        stranger = tmp_path / "stranger"
        async with (
            running_engine(stranger) as alone,
            EngineClient.connect(alone.address, alone.master_key, 1) as client,
        ):
            await client.submit_many(OPENING)
            await client.submit(order(1))
        code, said = await ended(stranger, replica(tmp_path, 3))
    assert code == 1
    assert "another one than in the log" in said or "lost acknowledged records" in said
