"""A whole venue of real processes for the stories of this dialect."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from cli.running.embedded_postgres import EmbeddedPostgres
from cli.running.seed import SeedConfig, seed
from tests.integration.binance.customer import Customer
from tests.integration.gateway.venue import SECRET, Venue
from tests.integration.operator_hand import OperatorHand, operator_hand

DATABASE = "binance_venue"


@pytest.fixture(scope="session")
def venue(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[tuple[Venue, list[dict[str, str]]]]:
    """The processes, and the API keys of two customers."""
    postgres_cluster.run_sql(f'CREATE DATABASE "{DATABASE}" TEMPLATE "{migrated_template}"')
    running = Venue(tmp_path_factory.mktemp("venue"), postgres_cluster.url(DATABASE))
    running.environment["OPENBELL_GATEWAY_BINANCE_WEIGHT_PER_MINUTE"] = "1000000"
    running.environment["OPENBELL_GATEWAY_BINANCE_ORDERS_PER_10_S"] = "100000"
    try:
        running.start("engine")
        running.start("accounts", wait=False)
        running.start("market_data", wait=False)
        seeded = asyncio.run(
            seed(
                SeedConfig(
                    service_secret=SECRET,
                    accounts_url=running.environment["OPENBELL_ACCOUNTS_URL"],
                    engine_udp_port=running.ports["engine_udp"],
                    engine_tcp_port=running.ports["engine_tcp"],
                    engine_key=running.environment["OPENBELL_ENGINE_KEY"],
                )
            )
        )
        running.start("gateway")
        running.wait_ready("market_data")
        yield running, seeded.api_keys
    finally:
        running.stop()
        postgres_cluster.run_sql(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def me(
    venue: tuple[Venue, list[dict[str, str]]], http: aiohttp.ClientSession
) -> AsyncIterator[Customer]:
    """A customer without open orders."""
    running, keys = venue
    customer = Customer(running, http, keys[0]["api_key"], keys[0]["api_secret"])
    await customer.clean()
    yield customer
    await customer.clean()


@pytest.fixture
async def other(
    venue: tuple[Venue, list[dict[str, str]]], http: aiohttp.ClientSession
) -> AsyncIterator[Customer]:
    """Whom they trade with."""
    running, keys = venue
    customer = Customer(running, http, keys[1]["api_key"], keys[1]["api_secret"])
    await customer.clean()
    yield customer
    await customer.clean()


@pytest.fixture
async def operator(
    venue: tuple[Venue, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OperatorHand]:
    """Who lists, halts and limits while everything runs."""
    running, _ = venue
    for name, text in running.environment.items():
        if name.startswith("OPENBELL_"):
            monkeypatch.setenv(name, text)
    async with operator_hand() as control:
        yield control
