"""What the timer's audit reads does not grow with what the books have behind them."""

import json

import asyncpg
import pytest

from accounts.database import load_queries

AUDIT = load_queries("audit")
HISTORY = 4_000
NEW_EVENTS = 10
ROWS_MAX = 100
"""Read by one query, for what is new and what is open."""
A_LONG_HISTORY = f"""
INSERT INTO accounts.assets (asset_id, name, scale, created_seq) VALUES (1, 'BTC', 8, 1);
INSERT INTO accounts.users (email, password_hash, created_ts_ns) VALUES ('a@example.org', '-', 1);
INSERT INTO accounts.trading_accounts (account_id, user_id, group_id, engine_opened)
    SELECT 1000, user_id, 1, true FROM accounts.users;
INSERT INTO accounts.money_commands (source_id, source_seq, event_seq, kind, account_id, asset_id,
    amount_atoms, created_ts_ns, state)
    SELECT 1, n, n, CASE WHEN n % 2 = 0 THEN 2 ELSE 3 END, 1000, 1, 5, 1, 3
    FROM generate_series(1, {HISTORY}) AS n;
INSERT INTO accounts.deposits (shard, event_seq, source_id, source_seq, account_id, asset_id,
    amount_atoms, ts_ns)
    SELECT 0, n, 1, n, 1000, 1, 5, 1 FROM generate_series(2, {HISTORY}, 2) AS n;
INSERT INTO accounts.pending_transfers (shard, event_seq, phase, source_id, source_seq, asset_id,
    debit_account_id, credit_account_id, pending_atoms, posted_atoms, ts_ns)
    SELECT 0, n, 1, 1, n, 1, 1000, 0, 5, 0, 1 FROM generate_series(1, {HISTORY}, 2) AS n;
INSERT INTO accounts.money_commands (source_id, source_seq, event_seq, kind, account_id, asset_id,
    amount_atoms, created_ts_ns, state, hold_command_id)
    SELECT 1, {HISTORY} + m.source_seq, {HISTORY} + m.source_seq, 5, 1000, 1, 5, 1, 3,
        m.money_command_id
    FROM accounts.money_commands AS m WHERE m.kind = 3;
INSERT INTO accounts.pending_transfers (shard, event_seq, phase, source_id, source_seq, asset_id,
    debit_account_id, credit_account_id, pending_atoms, posted_atoms, ts_ns, pending_ref)
    SELECT 0, {HISTORY} + n, 3, 1, {HISTORY} + n, 1, 1000, 0, 5, 0, 1, n
    FROM generate_series(1, {HISTORY}, 2) AS n;
INSERT INTO accounts.withdrawals (account_id, asset_id, amount_atoms, address, idempotency_key,
    rail, state, hold_command_id, resolution_command_id, created_ts_ns)
    SELECT 1000, 1, 5, 'bc1', h.money_command_id::text, 1, 7, h.money_command_id,
        v.money_command_id, 1
    FROM accounts.money_commands AS h
    JOIN accounts.money_commands AS v ON v.hold_command_id = h.money_command_id;
ANALYZE;
"""


@pytest.fixture
async def long_history(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(A_LONG_HISTORY)
    yield connection
    await connection.close()


def rows_read(plan) -> int:
    """Return how many rows of tables a plan looked at, those that it threw away counted."""
    own = 0
    if "Relation Name" in plan or "Index Name" in plan:
        removed = plan.get("Rows Removed by Filter", 0)
        own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return own + sum(rows_read(one) for one in plan.get("Plans", ()))


SPAN = (2 * HISTORY - NEW_EVENTS, 2 * HISTORY)
ON_THE_TIMER = {
    "balances_digest": (),
    "open_orders_digest": (),
    "zero_sum": (),
    "posted_balances": (),
    "moved_between": SPAN,
    "pending_between": SPAN,
    "unanswered_commands": (),
    "unended_withdrawals": (),
    "newest_requests": (),
    "commands_of_old_events": (3 * HISTORY // 2 - NEW_EVENTS, SPAN[0]),
    "withdrawals_since": (HISTORY // 2 - NEW_EVENTS,),
    "holds_unlike_orders_and_withdrawals": ([], [], []),
    "movements_unlike_their_commands": SPAN,
    "commands_that_moved_nothing": (*SPAN, [1]),
    "withdrawals_unlike_the_ledger": (*SPAN, [1]),
}


async def test_an_audit_reads_what_is_new_and_what_is_open(long_history):
    for query, arguments in ON_THE_TIMER.items():
        explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {AUDIT[query]}"
        (told,) = json.loads(await long_history.fetchval(explained, *arguments))
        assert rows_read(told["Plan"]) <= ROWS_MAX, query

    everything = (0, 2 * HISTORY)
    for query, *more in (
        ("movements_unlike_their_commands",),
        ("commands_that_moved_nothing", []),
        ("withdrawals_unlike_the_ledger", []),
    ):
        assert await long_history.fetch(AUDIT[query], *everything, *more) == [], query
