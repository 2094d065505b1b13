"""The real accounts process, killed at every step of a withdrawal: each ends once, books agree."""

import asyncio

import asyncpg
import pytest

from accounts.database import load_queries
from accounts.wallet.states import WithdrawalState as S
from service.errors import CallFailed
from tests.integration.accounts.conftest import PATIENCE_S, opened_venue

SLOW_CHAIN = {
    "OPENBELL_ACCOUNTS_CHAIN_BLOCK_MS": "120",
    "OPENBELL_ACCOUNTS_CHAIN_FAILURE_PERCENT": "0",
    "OPENBELL_ACCOUNTS_CHAIN_LOST_ANSWER_PERCENT": "50",
}
FUNDS_ATOMS, ATOMS = 10**8, 10**6
ADDRESS = "bc1-mine"
DIE_AT = (S.REQUESTED, S.SENDING, S.SENT)
STATE = "SELECT state FROM accounts.withdrawals WHERE idempotency_key = $1"
AUDIT = load_queries("audit")


async def reached(database: asyncpg.Connection, key: str, state: S) -> None:
    """Wait until a withdrawal has come so far."""
    async with asyncio.timeout(3 * PATIENCE_S):
        while (await database.fetchval(STATE, key) or 0) < state:
            await asyncio.sleep(0.002)


@pytest.mark.timeout(240)
async def test_a_process_that_is_killed_at_any_step_ends_every_withdrawal_once(
    engine_handle, postgres_url
):
    async with opened_venue(engine_handle, postgres_url, **SLOW_CHAIN) as venue:
        await dies_at_every_step(venue, postgres_url)


async def dies_at_every_step(venue, postgres_url):
    accounts = venue.accounts
    account_id = (await venue.sign_up("leaving@example.org", BTC=FUNDS_ATOMS))["account_id"]
    path = f"/internal/accounts/{account_id}"
    await accounts.call(
        "POST", f"{path}/withdrawal-addresses", {"asset": "BTC", "address": ADDRESS}
    )
    database = await asyncpg.connect(postgres_url)
    for at, state in enumerate(DIE_AT):
        body = {
            "account_id": account_id,
            "asset": "BTC",
            "amount_atoms": ATOMS,
            "address": ADDRESS,
            "idempotency_key": f"leave-{at}",
        }
        asking = asyncio.create_task(accounts.call("POST", "/internal/withdrawals", body))
        await reached(database, f"leave-{at}", state)
        await accounts.kill()
        await asyncio.gather(asking, return_exceptions=True)
        await accounts.start()
        await reached(database, f"leave-{at}", S.POSTED)
        assert (await accounts.call("POST", "/internal/withdrawals", body))["state"] == "POSTED"
    left = FUNDS_ATOMS - ATOMS * len(DIE_AT)
    assert (await venue.balances_of(account_id, 1))["BTC"] == (left, 0)
    paid = "SELECT count(*), sum(amount_atoms)::bigint FROM accounts.rail_payments"
    assert tuple(await database.fetchrow(paid)) == (len(DIE_AT), ATOMS * len(DIE_AT))
    assert await database.fetch(AUDIT["posts_unlike_their_transfers"]) == []
    assert await database.fetch(AUDIT["withdrawals_unlike_the_ledger"], 0, 2**53, []) == []
    await database.close()


async def test_what_an_account_asks_of_its_withdrawals_and_deposits(venue):
    accounts = venue.accounts
    mine = (await venue.sign_up("one@example.org", BTC=FUNDS_ATOMS))["account_id"]
    other = (await venue.sign_up("other@example.org"))["account_id"]
    path = f"/internal/accounts/{mine}"
    address = {"asset": "BTC", "address": ADDRESS, "label": "cold"}
    await accounts.call("POST", f"{path}/withdrawal-addresses", address)
    (listed,) = (await accounts.call("GET", f"{path}/withdrawal-addresses"))["addresses"]
    assert (listed["asset"], listed["address"], listed["label"]) == ("BTC", ADDRESS, "cold")
    deposits = (await accounts.call("GET", f"{path}/deposits"))["deposits"]
    assert [(one["amount_atoms"], one["source"]) for one in deposits] == [(FUNDS_ATOMS, "FAUCET")]
    body = {
        "account_id": mine,
        "asset": "BTC",
        "amount_atoms": ATOMS,
        "address": ADDRESS,
        "idempotency_key": "k",
    }
    asked = await accounts.call("POST", "/internal/withdrawals", body)
    page = (await accounts.call("GET", f"{path}/withdrawals", limit=1))["withdrawals"]
    assert [one["withdrawal_id"] for one in page] == [asked["withdrawal_id"]]
    one = await accounts.call("GET", f"{path}/withdrawals/{asked['withdrawal_id']}")
    assert one["steps"][0]["actor"] == "owner"
    theirs = f"/internal/accounts/{other}/withdrawals"
    assert (await accounts.call("GET", theirs))["withdrawals"] == []
    for nobodys in (asked["withdrawal_id"], asked["withdrawal_id"] + 1):
        answer = await refused(accounts, "GET", f"{theirs}/{nobodys}")
        assert answer == (404, "NOT_FOUND", "no such withdrawal")
    query = {"asset": "BTC", "address": ADDRESS}
    await accounts.call("DELETE", f"{path}/withdrawal-addresses", **query)
    body["idempotency_key"] = "again"
    assert (await refused(accounts, "POST", "/internal/withdrawals", body))[1] == (
        "ADDRESS_NOT_ALLOWED"
    )


async def refused(accounts, method, path, body=None):
    """Return status, code and message of a call that is refused."""
    try:
        await accounts.call(method, path, body)
    except CallFailed as failed:
        return failed.status, failed.code, failed.message
    raise AssertionError("it was not refused")
