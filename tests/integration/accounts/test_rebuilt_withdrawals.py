"""Withdrawals of a ledger that is older than the journal, or empty: all are known again."""

import asyncio
import signal

import asyncpg
import pytest

from accounts.database import load_queries
from accounts.wallet.states import WithdrawalState as S
from cli.auditing.audit import audit
from cli.recovery.postgres_copy import dump, restore
from cli.recovery.rebuilt_ledger import audit_config, rebuild
from tests.integration.accounts.accounts_process import running_accounts
from tests.integration.accounts.conftest import PATIENCE_S, opened_venue, running_test_engine
from tests.integration.engine_process import SEGMENT_BYTES

CHAIN = {
    "OPENBELL_ACCOUNTS_CHAIN_BLOCK_MS": "20",
    "OPENBELL_ACCOUNTS_CHAIN_FAILURE_PERCENT": "0",
    "OPENBELL_ACCOUNTS_CHAIN_LOST_ANSWER_PERCENT": "0",
}
SMALL_ATOMS, LARGE_ATOMS = 10**6, 10**8
FUNDS_ATOMS = 8 * LARGE_ATOMS
ADDRESS = "bc1-mine"
STATES = "SELECT idempotency_key, state FROM accounts.withdrawals"
OPEN_COMMANDS = "SELECT count(*) FROM accounts.money_commands WHERE state IN (1, 2)"
RULE = {"asset": "BTC", "day_max": "8", "approve_above": "0.01"}


async def act(accounts, name, **said):
    """Have an operator do something."""
    body = {"act": {"act": name, **said}, "name": "grace", "reason": "looked at"}
    await accounts.call("POST", "/internal/admin/acts", body)


class Owner:
    """Who asks for withdrawals, and the operator who decides."""

    def __init__(self, accounts, account_id, database):
        self._accounts = accounts
        self.account_id = account_id
        self._database = database

    async def ask(self, key, amount_atoms):
        body = {
            "account_id": self.account_id,
            "asset": "BTC",
            "amount_atoms": amount_atoms,
            "address": ADDRESS,
            "idempotency_key": key,
        }
        return await self._accounts.call("POST", "/internal/withdrawals", body)

    async def deposit(self, amount_atoms):
        gift = {"account_id": self.account_id, "asset": "BTC", "amount_atoms": amount_atoms}
        await self._accounts.call("POST", "/internal/faucet", gift)

    async def decide(self, key, decision, note="looked at"):
        numbered = "SELECT withdrawal_id FROM accounts.withdrawals WHERE idempotency_key = $1"
        withdrawal_id = await self._database.fetchval(numbered, key)
        said = {"withdrawal_id": withdrawal_id, "decision": decision, "note": note}
        await act(self._accounts, "decide_withdrawal", **said)

    async def states(self):
        return {key: S(state) for key, state in await self._database.fetch(STATES)}

    async def reached(self, key, state):
        async with asyncio.timeout(PATIENCE_S):
            while (await self.states()).get(key) != state:
                await asyncio.sleep(0.01)


async def until_open(database, count):
    """Wait until so many money commands have no answer yet."""
    async with asyncio.timeout(PATIENCE_S):
        while await database.fetchval(OPEN_COMMANDS) != count:
            await asyncio.sleep(0.01)


async def a_day_with_a_copy_at_noon(engine, owner, database, url, copy):
    """Withdrawals of every kind, before, during and after a copy of the database is made."""
    await owner.ask("gone", SMALL_ATOMS)
    for key in ("approved-later", "voided-later"):
        await owner.ask(key, LARGE_ATOMS)
    await owner.reached("gone", S.POSTED)

    engine.process.send_signal(signal.SIGSTOP)
    waiting = []
    for count, (key, atoms) in enumerate((("small", SMALL_ATOMS), ("large", LARGE_ATOMS)), 1):
        waiting.append(asyncio.create_task(owner.ask(key, atoms)))
        await until_open(database, count)
    await owner.decide("voided-later", "void")
    await until_open(database, 3)
    await asyncio.to_thread(dump, url, copy)
    engine.process.send_signal(signal.SIGCONT)

    await asyncio.gather(*waiting, return_exceptions=True)
    await owner.reached("small", S.POSTED)
    await owner.reached("voided-later", S.VOIDED)
    await owner.decide("approved-later", "approve")
    await owner.ask("new-and-gone", SMALL_ATOMS)
    await owner.ask("new-and-held", LARGE_ATOMS)
    await owner.deposit(SMALL_ATOMS)
    for key in ("approved-later", "new-and-gone"):
        await owner.reached(key, S.POSTED)
    await owner.reached("large", S.HELD)


async def audited(url, engine_dir):
    report = await audit(audit_config(url, engine_dir, SEGMENT_BYTES))
    assert report.ok, report.as_text()
    return report


@pytest.fixture
async def lost_at_noon(engine_handle, postgres_url, tmp_path):
    """An exchange that is gone; its journal is whole, and there is a copy of its database."""
    copy = tmp_path / "noon.dump"
    database = await asyncpg.connect(postgres_url)
    async with opened_venue(engine_handle, postgres_url, **CHAIN) as venue:
        user = await venue.sign_up("leaving@example.org", BTC=FUNDS_ATOMS)
        await act(venue.accounts, "set_withdrawal_rule", **RULE)
        owner = Owner(venue.accounts, user["account_id"], database)
        path = f"/internal/accounts/{owner.account_id}/withdrawal-addresses"
        await venue.accounts.call("POST", path, {"asset": "BTC", "address": ADDRESS})
        await a_day_with_a_copy_at_noon(engine_handle, owner, database, postgres_url, copy)
    await database.close()
    await engine_handle.stop()
    return owner.account_id, tmp_path / "engine", copy


@pytest.mark.timeout(240)
async def test_a_copy_from_before_knows_every_withdrawal_again_and_goes_on(
    lost_at_noon, empty_postgres_url
):
    account_id, engine_dir, copy = lost_at_noon
    url = empty_postgres_url
    await asyncio.to_thread(restore, url, copy)
    done = await asyncio.to_thread(rebuild, url, engine_dir)
    money = done.recovered.money
    assert (money.completed, money.deposits, money.withdrawals, money.ended) == (3, 1, 2, 4)
    assert (await audited(url, engine_dir)).withdrawals_stopped

    async with (
        running_test_engine(engine_dir) as engine,
        running_accounts(url, engine, **CHAIN) as accounts,
    ):
        database = await asyncpg.connect(url)
        owner = Owner(accounts, account_id, database)
        await owner.reached("large", S.HELD)
        states = await owner.states()
        recovered = {key: states.pop(key) for key in list(states) if key.startswith("recovered-")}
        assert sorted(recovered.values()) == [S.HELD, S.POSTED]
        assert states == {
            "gone": S.POSTED,
            "approved-later": S.POSTED,
            "voided-later": S.VOIDED,
            "small": S.POSTED,
            "large": S.HELD,
        }
        held = next(key for key, state in recovered.items() if state is S.HELD)
        await owner.deposit(1)
        await owner.decide(held, "void", "the rail never heard of it")
        await owner.reached(held, S.VOIDED)
        await owner.decide("large", "approve")
        await database.execute("UPDATE accounts.audit_state SET withdrawals_stopped = false")
        await owner.reached("large", S.POSTED)
        await database.close()
        await audited(url, engine_dir)


async def test_an_empty_ledger_has_every_hold_and_waits_for_an_operator(
    lost_at_noon, postgres_cluster, migrated_template
):
    account_id, engine_dir, _ = lost_at_noon
    postgres_cluster.run_sql(f'CREATE DATABASE "from_nothing" TEMPLATE "{migrated_template}"')
    url = postgres_cluster.url("from_nothing")
    done = await asyncio.to_thread(rebuild, url, engine_dir)
    assert (await audited(url, engine_dir)).withdrawals_stopped
    assert (done.recovered.money.withdrawals, done.recovered.money.ended) == (7, 5)
    database = await asyncpg.connect(url)
    await database.execute("UPDATE accounts.audit_state SET withdrawals_stopped = false")
    async with (
        running_test_engine(engine_dir) as engine,
        running_accounts(url, engine, **CHAIN) as accounts,
    ):
        owner = Owner(accounts, account_id, database)
        open_ones = [key for key, state in (await owner.states()).items() if state is S.HELD]
        assert len(open_ones) == 2
        first, second = open_ones
        await owner.decide(first, "approve")
        await owner.reached(first, S.SENT)
        await owner.decide(first, "paid", "as the rail says")
        await owner.reached(first, S.POSTED)
        assert (await owner.states())[second] is S.HELD
    unlike = load_queries("audit")["withdrawals_unlike_the_ledger"]
    assert await database.fetch(unlike, 0, 2**53, []) == []
    await database.close()
    postgres_cluster.run_sql('DROP DATABASE "from_nothing" WITH (FORCE)')
