"""Withdrawals in the ledger: pending, posted or voided, as the engine says, and once."""

from dataclasses import replace

import asyncpg
import pytest

from accounts.database import load_queries
from accounts.settling.fold import FOLDS
from accounts.settling.ledger_history_repository import account_transfers, all_balances
from accounts.settling.settler import Settler
from domain.commands import Command, HoldWithdrawal, PostWithdrawal, VoidWithdrawal
from engine_core.reference import Core
from schemas.layouts import EVENT_BYTES
from tests.integration.accounts.trading import ACCOUNTS, BTC, execute, opening, random_orders

OWNER = ACCOUNTS[0]
AUDIT = load_queries("audit")
PENDING = """
SELECT source_seq, phase, pending_ref, debit_account_id, pending_atoms, posted_atoms
FROM accounts.pending_transfers ORDER BY event_seq
"""
HOLD = HoldWithdrawal(account_id=OWNER, asset_id=BTC, amount_atoms=700, source_id=5, source_seq=1)
POST = PostWithdrawal(
    account_id=OWNER, asset_id=BTC, amount_atoms=650, source_id=5, source_seq=2, withdrawal_seq=1
)
VOID = VoidWithdrawal(account_id=OWNER, asset_id=BTC, source_id=5, source_seq=4, withdrawal_seq=3)


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def settled(
    database: asyncpg.Connection,
    commands: list[Command],
    size: int = 1,
    twin: str | None = None,
) -> Core:
    """Settle what a core says to ``commands``, ``size`` events at a time."""
    core = Core()
    events = execute(core, commands)
    settler = await Settler.on(database, twin)
    step = size * EVENT_BYTES
    for at in range(0, len(events), step):
        await settler.settle(settler.next_seq, events[at : at + step])
    return core


@pytest.mark.parametrize("twin", FOLDS)
@pytest.mark.parametrize("size", [1, 1_000])
async def test_the_ledger_has_what_is_held_and_what_became_of_it(database, size, twin):
    again = [replace(HOLD, source_seq=3), VOID, replace(HOLD, source_seq=5, amount_atoms=9)]
    core = await settled(database, [*opening(), HOLD, POST, *again], size, twin)
    assert list(map(tuple, await database.fetch(PENDING))) == [
        (1, 1, None, OWNER, 700, 0),
        (2, 2, 1, OWNER, 700, 650),
        (3, 1, None, OWNER, 700, 0),
        (4, 3, 3, OWNER, 700, 0),
        (5, 1, None, OWNER, 9, 0),
    ]
    assert await all_balances(database) == core.balances()
    still_held = [tuple(row) for row in await database.fetch(AUDIT["open_withdrawals"])]
    assert still_held == core.withdrawals() == [(5, 5, OWNER, BTC, 9)]


async def test_the_books_balance_with_orders_and_withdrawals_mixed(database):
    commands = list(random_orders(8, 400))
    commands[100:100] = [HOLD]
    commands[200:200] = [POST]
    commands[300:300] = [replace(HOLD, source_seq=3, amount_atoms=10**12)]
    core = await settled(database, opening() + commands, 50)
    assert await all_balances(database) == core.balances()
    for query in (
        "holds_unlike_their_orders",
        "balances_unlike_their_transfers",
        "posts_unlike_their_transfers",
    ):
        assert await database.fetch(AUDIT[query]) == []
    assert {row["total"] for row in await database.fetch(AUDIT["zero_sum"])} == {"0"}


async def test_a_posted_withdrawal_is_a_line_of_the_accounts_ledger(database):
    await settled(database, [*opening(), HOLD, POST])
    newest = (await account_transfers(database, OWNER, limit=2, asset_id=BTC))[0]
    assert (newest.code, newest.amount_atoms, newest.source_id, newest.source_seq) == (
        4,
        -650,
        5,
        1,
    )


async def test_the_audit_sees_a_hold_that_is_of_no_order_and_no_withdrawal(database):
    await settled(database, [*opening(), HOLD])
    assert await database.fetch(AUDIT["holds_unlike_their_orders"]) == []
    await database.execute(
        "UPDATE accounts.balances SET held_atoms = held_atoms + 1, "
        "available_atoms = available_atoms - 1 WHERE account_id = $1 AND asset_id = $2",
        OWNER,
        BTC,
    )
    (row,) = await database.fetch(AUDIT["holds_unlike_their_orders"])
    assert tuple(row) == (OWNER, BTC, "701", "700")


INSERT = """
INSERT INTO accounts.pending_transfers (shard, event_seq, phase, source_id, source_seq, pending_ref,
    asset_id, debit_account_id, credit_account_id, pending_atoms, posted_atoms, ts_ns)
VALUES (0, 900, $1, 5, $2, $3, $4, $5, 0, $6, $7, 1)
"""
ROW = {"phase": 2, "seq": 9, "ref": 1, "asset": BTC, "account": OWNER, "held": 700, "posted": 700}


@pytest.mark.parametrize(
    "wrong",
    [
        {"posted": 701},
        {"posted": 0},
        {"held": 699, "posted": 1},
        {"account": ACCOUNTS[1]},
        {"asset": BTC + 1},
        {"ref": 8},
        {"ref": None},
        {"phase": 3, "posted": 1},
        {"phase": 1, "posted": 0},
    ],
    ids=lambda wrong: " ".join(f"{name} {value}" for name, value in wrong.items()),
)
async def test_a_resolution_unlike_its_hold_is_no_row(database, wrong):
    await settled(database, [*opening(), HOLD])
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await database.execute(INSERT, *(ROW | wrong).values())
    await database.execute(INSERT, *ROW.values())


async def test_a_hold_is_resolved_by_one_row_and_never_by_a_resolution(database):
    await settled(database, [*opening(), HOLD, POST])
    void = ROW | {"phase": 3, "posted": 0}
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute(INSERT, *void.values())
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await database.execute(INSERT, *(void | {"ref": 2}).values())


@pytest.mark.parametrize("change", ["UPDATE accounts.pending_transfers SET ts_ns = 2",
                                    "DELETE FROM accounts.pending_transfers"])  # fmt: skip
async def test_what_was_written_never_changes(database, change):
    await settled(database, [*opening(), HOLD])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):  # settlement only adds
        await database.execute(change)
    await database.execute("RESET ROLE")
    with pytest.raises(asyncpg.RaiseError, match="immutable"):
        await database.execute(change)
