"""Statements that take long, over the internal interface: what else needs the database has it."""

import asyncio

import asyncpg
import pytest

from service.errors import CallFailed
from tests.integration.accounts.conftest import PATIENCE_S, Venue

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANY = 12


async def test_slow_statements_keep_nobody_from_logging_in(
    shared_venue: Venue, postgres_cluster
) -> None:
    user = await shared_venue.sign_up("reader@example.org")
    path = f"/internal/accounts/{user['account_id']}/statement"
    period = {"from_ts_ns": 0, "to_ts_ns": 86_400 * 10**9}
    login = {"email": "reader@example.org", "password": "correct horse"}
    connection = await asyncpg.connect(postgres_cluster.url("shared_venue"))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE accounts.trades IN ACCESS EXCLUSIVE MODE")
            reading = [
                asyncio.create_task(shared_venue.accounts.call("GET", path, **period))
                for _ in range(MANY)
            ]
            done, slow = await asyncio.wait(
                reading, timeout=PATIENCE_S / 2, return_when=asyncio.FIRST_EXCEPTION
            )
            refused = {one.exception() for one in done}
            assert refused and all(
                isinstance(one, CallFailed) and one.code == "BUSY" for one in refused
            )
            assert (await shared_venue.accounts.call("POST", "/internal/login", login))["user_id"]
        for answer in await asyncio.gather(*slow, return_exceptions=True):
            assert isinstance(answer, dict | CallFailed)
    finally:
        await connection.close()
