"""One engine with two listed markets, and accounts beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.client_order_ids import pack_client_order_id
from domain.commands import NewOrder
from domain.events import Outcome
from domain.orders import Side
from service.errors import CallFailed
from tests.integration.accounts.accounts_process import AccountsHandle, running_accounts
from tests.integration.accounts.trading import BTC_USDT, listing
from tests.integration.engine_process import EngineHandle, running_engine
from transport.engine_client import EngineClient

TRADER_CLIENT_ID = 90
PATIENCE_S = 20  # a machine that does other things must not fail a test


@dataclass(slots=True)
class Venue:
    """The engine, accounts, and a client through which tests trade."""

    accounts: AccountsHandle
    engine: EngineClient
    orders_sent: int = field(default=0)

    async def sign_up(self, email: str, **faucet_atoms: int) -> dict[str, Any]:
        """Create a user with play money; return its ids."""
        body = {"email": email, "password": "correct horse", "email_verified": True}
        user: dict[str, Any] = await self.accounts.call("POST", "/internal/sign-up", body)
        for asset, atoms in faucet_atoms.items():
            gift = {"account_id": user["account_id"], "asset": asset, "amount_atoms": atoms}
            await self.accounts.call("POST", "/internal/faucet", gift)
        return user

    async def order(self, account_id: int, side: Side, price_ticks: int, lots: int) -> Outcome:
        """Enter a limit order for BTC-USDT."""
        self.orders_sent += 1
        return await self.engine.submit(
            NewOrder(
                account_id=account_id,
                instrument_id=BTC_USDT,
                side=side,
                price_ticks=price_ticks,
                qty_lots=lots,
                valid_until_ns=1 << 62,
                client_order_id=pack_client_order_id(f"order-{self.orders_sent}"),
            ),
            timeout_s=PATIENCE_S,
        )

    async def balances_of(self, account_id: int, min_seq: int) -> dict[str, tuple[int, int]]:
        """Return (available, held) by asset once event ``min_seq`` is settled."""
        path = f"/internal/accounts/{account_id}/balances"
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await self.accounts.call("GET", path, min_seq=min_seq)
                except CallFailed as failed:
                    assert failed.status == 503
                    await asyncio.sleep(0.05)
                else:
                    return {
                        one["asset"]: (one["available_atoms"], one["held_atoms"])
                        for one in answer["balances"]
                    }


@asynccontextmanager
async def opened_venue(
    engine: EngineHandle, database_url: str, **settings: str
) -> AsyncIterator[Venue]:
    """List the markets and run accounts beside the engine, with these settings of its own."""
    connecting = EngineClient.connect(engine.address, engine.master_key, TRADER_CLIENT_ID)
    async with connecting as client:
        for command in listing():
            listed = await client.submit(command, timeout_s=PATIENCE_S)
        async with running_accounts(database_url, engine, **settings) as accounts:
            await settled_up_to(accounts, listed.last_event_seq)
            yield Venue(accounts, client)


async def settled_up_to(accounts: AccountsHandle, seq: int) -> None:
    """Wait until accounts knows what happened up to event ``seq``."""
    async with asyncio.timeout(PATIENCE_S):
        while (await accounts.call("GET", "/internal/snapshot"))["cursor"] < seq:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running_test_engine(data_dir: Path) -> AsyncIterator[EngineHandle]:
    """An engine of the reference core that does not wait for the disk."""
    not_durable = {"OPENBELL_ENGINE_FSYNC": "false"}
    async with running_engine(data_dir, pure_python=True, environment=not_durable) as handle:
        yield handle


@pytest.fixture
async def engine_handle(tmp_path):
    async with running_test_engine(tmp_path / "engine") as handle:
        yield handle


@pytest.fixture
async def venue(engine_handle, postgres_url):
    async with opened_venue(engine_handle, postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_venue(postgres_cluster, migrated_template, tmp_path_factory):
    """One venue for all tests of a module that do not mind what the others left behind."""
    name = "shared_venue"
    postgres_cluster.run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    async with (
        running_test_engine(tmp_path_factory.mktemp("engine")) as engine,
        opened_venue(engine, postgres_cluster.url(name)) as opened,
    ):
        yield opened
    postgres_cluster.run_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
