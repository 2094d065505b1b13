"""A log of each kind on real servers; three NATS nodes and a durable PostgreSQL for all tests."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from chaos.nats_processes import NatsProcesses, nats_running
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from replicated_log.log import ReplicatedLog
from replicated_log.opening import open_log

KINDS = ("local", "jetstream", "postgres")
OpenLog = Callable[[], Awaitable[ReplicatedLog]]
_shards = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nats(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NatsProcesses]:
    async with nats_running(tmp_path_factory.mktemp("nats")) as processes:
        yield processes


@pytest.fixture(scope="session")
def durable_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(tmp_path_factory.mktemp("log") / "postgres", Tuning())
    with running(cluster):
        cluster.ensure_database("log")
        yield cluster


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a log of each kind in turn."""
    match request.param:
        case "local":
            return f"file://{tmp_path}/log"
        case "jetstream":
            nats: NatsProcesses = request.getfixturevalue("nats")
            return nats.nodes.url("operator")
    postgres: EmbeddedPostgres = request.getfixturevalue("durable_postgres")
    return f"{postgres.url('log')}&quorum=off"


@pytest_asyncio.fixture
async def opened(url: str) -> AsyncIterator[OpenLog]:
    """Opens the log again, as another process would."""
    logs: list[ReplicatedLog] = []

    async def open_again() -> ReplicatedLog:
        logs.append(await open_log(url))
        return logs[-1]

    yield open_again
    for log in logs:
        await log.close()


@pytest_asyncio.fixture
async def log(opened: OpenLog) -> ReplicatedLog:
    return await opened()


@pytest.fixture
def shard() -> int:
    """One nobody has used."""
    return next(_shards)
