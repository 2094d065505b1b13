"""The auditor: again and again beside a running venue, and what a difference does."""

import asyncio
import os
import sys

import asyncpg
import pytest

from cli.auditing.audit import CannotAudit, audit
from cli.auditing.auditor import Auditor, AuditorConfig
from cli.recovery.engine_replay import EngineReplay
from domain.orders import Side
from tests.integration.engine_process import ROOT, SEGMENT_BYTES, free_ports

STATE = "SELECT checked_seq, differences, withdrawals_stopped FROM accounts.audit_state"
PATIENCE_S = 20


@pytest.fixture
def config(postgres_url, tmp_path):
    return AuditorConfig(
        DATABASE_URL=postgres_url,
        engine_data_dir=tmp_path / "engine",
        engine_segment_bytes=SEGMENT_BYTES,
    )


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def trade(venue, buyer, seller, lots):
    """Trade once; return the event up to which everything is settled."""
    await venue.order(buyer, Side.BUY, 10_000, lots)
    done = await venue.order(seller, Side.SELL, 10_000, lots)
    await venue.balances_of(buyer, done.last_event_seq)
    return done.last_event_seq


@pytest.fixture
async def traders(venue):
    buyer = await venue.sign_up("buyer@example.com", USDT=10**13)
    seller = await venue.sign_up("seller@example.com", BTC=10**9)
    return buyer["account_id"], seller["account_id"]


async def test_each_audit_says_up_to_where_the_books_agree(venue, traders, config, database):
    auditor = Auditor(config)
    for lots in (7, 9):
        seq = await trade(venue, *traders, lots)
        report = await auditor.audit()
        assert report.ok and report.cursor == seq, report.as_text()
        assert tuple(await database.fetchrow(STATE)) == (seq, 0, False)


async def test_what_the_engine_did_while_its_journal_was_read_is_no_difference(
    venue, traders, config
):
    replay = EngineReplay(config.engine_data_dir, SEGMENT_BYTES)
    first = await trade(venue, *traders, 5)
    replay.advance(first - 3)  # it has read the journal's end, and is not there yet
    last = await trade(venue, *traders, 6)
    replay.advance(last)
    assert replay.seq == last


MOVED_AFTERWARDS = (
    "ALTER TABLE accounts.transfers DISABLE TRIGGER immutable_rows;"
    "UPDATE accounts.transfers SET amount_atoms = amount_atoms + 1 WHERE code = 2;"
    "ALTER TABLE accounts.transfers ENABLE TRIGGER immutable_rows;"
)
HELD_MORE = "UPDATE accounts.balances SET available_atoms = available_atoms {} 1, held_atoms ="
HELD_MORE += " held_atoms {} 1 WHERE account_id = 1000 AND asset_id = 3"


async def test_a_difference_stops_withdrawals_until_an_operator_lets_them_go_on(
    venue, traders, config, database
):
    auditor = Auditor(config)
    seq = await trade(venue, *traders, 5)
    assert (await auditor.audit()).ok

    await database.execute(HELD_MORE.format("-", "+"))
    wrong = await auditor.audit()
    assert len(wrong.differences) == 2 and wrong.withdrawals_stopped, wrong.as_text()
    assert tuple(await database.fetchrow(STATE)) == (seq, 2, True)
    assert "Withdrawals are stopped" in wrong.as_text()
    assert not (await audit(config, allow_withdrawals=True)).ok
    assert await database.fetchval("SELECT withdrawals_stopped FROM accounts.audit_state")

    await database.execute(HELD_MORE.format("+", "-"))
    assert (await auditor.audit()).withdrawals_stopped, "a clean audit alone lets nothing go on"
    assert not (await audit(config, allow_withdrawals=True)).withdrawals_stopped
    assert tuple(await database.fetchrow(STATE)) == (seq, 0, False)


async def test_a_transfer_that_is_not_in_the_balances_is_found_among_the_new_ones(
    venue, traders, config, database
):
    auditor = Auditor(config)
    await trade(venue, *traders, 5)
    assert (await auditor.audit()).ok
    await trade(venue, *traders, 6)
    await database.execute(MOVED_AFTERWARDS)
    wrong = await auditor.audit()
    assert {one.partition(":")[0] for one in wrong.differences} == {
        "balance = sum of its transfers"
    }


async def test_what_was_under_way_at_an_audit_is_looked_at_again_by_the_next(
    venue, traders, config, database
):
    buyer, seller = traders
    path = f"/internal/accounts/{seller}/withdrawal-addresses"
    await venue.accounts.call("POST", path, {"asset": "BTC", "address": "bc1"})
    leaving = {"account_id": seller, "asset": "BTC", "amount_atoms": 5 * 10**8, "address": "bc1"}
    await venue.accounts.call(
        "POST", "/internal/withdrawals", leaving | {"idempotency_key": "waits"}
    )
    await trade(venue, buyer, seller, 5)
    unanswered = "UPDATE accounts.money_commands SET state = 2, event_seq = NULL WHERE kind = 3"
    await database.execute(unanswered)
    auditor = Auditor(config)
    assert (await auditor.audit()).ok

    answered = "UPDATE accounts.money_commands SET state = 3, event_seq = 1 WHERE kind = 3"
    await database.execute(answered)
    assert (await auditor.audit()).ok
    await database.execute("UPDATE accounts.withdrawals SET state = 8")
    wrong = await auditor.audit()
    assert {one.partition(":")[0] for one in wrong.differences} == {
        "withdrawals = pending transfers"
    }


async def test_what_money_moved_for_and_then_was_refused_is_found(venue, traders, config, database):
    await trade(venue, *traders, 5)
    command = "UPDATE accounts.money_commands SET {} WHERE money_command_id = 2"
    await database.execute(command.format("state = 2, event_seq = NULL"))
    auditor = Auditor(config)
    assert (await auditor.audit()).ok, "its answer is on its way"
    refused = "state = 4, reason = 19, source_seq = NULL"
    await database.execute(command.format(refused))
    wrong = await auditor.audit()
    assert {one.partition(":")[0] for one in wrong.differences} == {
        "money that moved was asked for"
    }


OUT_OF_NOTHING = """
WITH asked AS (
    INSERT INTO accounts.money_commands (source_id, source_seq, event_seq, kind, account_id,
        asset_id, amount_atoms, created_ts_ns, state, hold_command_id)
    VALUES (1, 901, 1, 3, {account}, 1, 5, 1, 3, NULL), (1, 902, 1, 4, {account}, 1, 5, 1, 3, 1)
    RETURNING money_command_id, kind
)
INSERT INTO accounts.withdrawals (account_id, asset_id, amount_atoms, address, idempotency_key,
    rail, state, hold_command_id, resolution_command_id, rail_key, created_ts_ns)
SELECT {account}, 1, 5, 'bc1', 'nothing', 1, 6, h.money_command_id, p.money_command_id,
    repeat('0', 32), 1
FROM asked AS h, asked AS p WHERE h.kind = 3 AND p.kind = 4
"""


async def test_a_withdrawal_that_came_and_ended_between_two_audits_is_looked_at(
    venue, traders, config, database
):
    await trade(venue, *traders, 5)
    auditor = Auditor(config)
    assert (await auditor.audit()).ok
    await database.execute(OUT_OF_NOTHING.format(account=traders[1]))
    wrong = await auditor.audit()
    assert {one.partition(":")[0] for one in wrong.differences} == {
        "money commands moved money",
        "withdrawals = pending transfers",
    }


async def test_books_that_rest_inside_a_command_are_not_judged(
    venue, traders, config, database, monkeypatch
):
    monkeypatch.setattr("cli.auditing.auditor.ATTEMPTS_MAX", 2)
    await trade(venue, *traders, 5)
    await venue.accounts.stop()
    await database.execute("UPDATE accounts.settlement_cursor SET last_seq = last_seq - 1")
    before = await database.fetchrow(STATE)
    with pytest.raises(CannotAudit, match="inside a command"):
        await Auditor(config).audit()
    assert await database.fetchrow(STATE) == before


async def test_the_process_shows_in_its_metrics_where_the_books_agree(
    venue, traders, config, database
):
    seq = await trade(venue, *traders, 5)
    port = free_ports().http
    environment = os.environ | {
        "DATABASE_URL": config.database_url,
        "OPENBELL_ENGINE_DATA_DIR": str(config.engine_data_dir),
        "OPENBELL_ENGINE_SEGMENT_BYTES": str(SEGMENT_BYTES),
        "OPENBELL_AUDITOR_HTTP_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.auditing.auditor", cwd=ROOT, env=environment
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while await database.fetchval("SELECT checked_seq FROM accounts.audit_state") != seq:
                await asyncio.sleep(0.05)
            async with venue.accounts.http.get(f"http://127.0.0.1:{port}/metrics") as response:
                told = await response.text()
        assert f"openbell_audit_last_ok_seq {float(seq)}" in told
        assert "openbell_audit_differences 0.0" in told
        assert "openbell_audit_withdrawals_stopped 0.0" in told
    finally:
        process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            assert await process.wait() == 0
