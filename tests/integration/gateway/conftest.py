"""A running gateway for each test, or a whole exchange for all of them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from cli.running.embedded_postgres import EmbeddedPostgres
from gateway.web_ui import WebUi
from tests.integration.gateway.owner import Owner
from tests.integration.gateway.rig import Rig, running_rig
from tests.integration.gateway.venue import Venue, seeded_venue


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running_rig(WebUi(tmp_path / "dist")) as running:
        yield running


@pytest.fixture(scope="session")
def exchange(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[Venue]:
    """Every process of an exchange, with the demo's users; tests sign up users of their own."""
    with seeded_venue(
        tmp_path_factory.mktemp("exchange"), postgres_cluster, migrated_template, "shared_exchange"
    ) as running:
        yield running


@pytest.fixture
async def owner(exchange: Venue) -> AsyncIterator[Owner]:
    async with aiohttp.ClientSession() as session:
        one = Owner(exchange, session)
        await one.sign_up("owner")
        await one.call("POST", "/faucet", {"asset": "USDT", "amount": "1000"})
        yield one
