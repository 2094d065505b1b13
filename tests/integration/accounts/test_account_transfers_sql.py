"""Money between two accounts in the ledger: one transfer each, asked for once, audited, rebuilt."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from accounts.database import load_queries, open_pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.users_repository import insert_user, mark_opened
from accounts.settling.fold import FOLDS
from accounts.settling.ledger import TransferCode
from accounts.settling.ledger_history_repository import account_transfers, all_balances
from accounts.settling.rebuild_repository import recover_owners_and_money
from accounts.settling.settler import Settler
from accounts.wallet.money_commands_repository import MoneyCommand, MoneyKind, MoneyRequest
from cli.recovery.ledger_state import ledger_state
from domain.commands import OpenAccount, Transfer
from domain.reasons import RejectReason, TransferReason
from domain.units import FEE_ACCOUNT_ID
from engine_core.reference import Core
from schemas.codec import decode_outcomes, encode_command
from schemas.layouts import EVENT_BYTES
from tests.integration.accounts.trading import (
    ACCOUNTS,
    BTC,
    USDT,
    execute,
    opening,
    random_orders,
)
from tests.integration.accounts.wallet_venue import FUNDS_ATOMS, START_NS, WalletVenue

SENDER, RECEIVER = ACCOUNTS[:2]
AUDIT = load_queries("audit")
BUST = Transfer(
    transfer_reason=TransferReason.TRADE_BUST,
    from_account_id=SENDER,
    to_account_id=RECEIVER,
    asset_id=BTC,
    amount_atoms=700,
    source_id=5,
    source_seq=1,
)


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def pool(postgres_url):
    async with await open_pool(postgres_url) as opened:
        yield opened


async def books_balance(database: asyncpg.Connection) -> None:
    for query in (
        "balances_unlike_their_transfers",
        "holds_unlike_their_orders",
        "trades_unlike_their_transfers",
        "transfers_unlike_their_postings",
    ):
        assert await database.fetch(AUDIT[query]) == [], query


async def money_was_asked_for(database: asyncpg.Connection) -> None:
    assert await database.fetch(AUDIT["movements_unlike_their_commands"], 0, 2**53) == []
    assert await database.fetch(AUDIT["commands_that_moved_nothing"], 0, 2**53, []) == []


@pytest.mark.parametrize("twin", FOLDS)
@pytest.mark.parametrize("size", [1, 50])
async def test_the_books_balance_with_orders_and_transfers_mixed(database, size, twin):
    commands = list(random_orders(8, 400))
    commands[100:100] = [BUST]
    commands[300:300] = [
        replace(
            BUST,
            transfer_reason=TransferReason.ADJUSTMENT,
            from_account_id=FEE_ACCOUNT_ID,
            asset_id=USDT,
            amount_atoms=1,
            source_seq=2,
        ),
        replace(BUST, source_seq=3, amount_atoms=2**62),  # more than there is: refused
    ]
    core = Core()
    events = execute(core, opening() + commands)
    settler = await Settler.on(database, twin)
    for at in range(0, len(events), size * EVENT_BYTES):
        await settler.settle(settler.next_seq, events[at : at + size * EVENT_BYTES])
    assert await all_balances(database) == core.balances()
    stored = "SELECT source_seq, reason, amount_atoms FROM accounts.account_transfers ORDER BY 1"
    assert list(map(tuple, await database.fetch(stored))) == [(1, 2, 700), (2, 3, 1)]
    await books_balance(database)


async def test_both_see_it_in_their_ledger(database):
    core = Core()
    settler = await Settler.on(database)
    await settler.settle(1, execute(core, [*opening(), BUST]))
    for account_id, amount_atoms in ((SENDER, -700), (RECEIVER, 700)):
        first, *_ = await account_transfers(database, account_id, limit=5, asset_id=BTC)
        told = (first.code, first.amount_atoms, first.source_id, first.source_seq)
        assert told == (TransferCode.TRADE_BUST, amount_atoms, 5, 1)
        assert first.balance_after_atoms == core.balance(account_id, BTC)[0]


async def test_a_row_that_is_not_its_transfer_is_found(database):
    settler = await Settler.on(database)
    await settler.settle(1, execute(Core(), [*opening(), BUST]))
    await database.execute("RESET ROLE")
    await database.execute("ALTER TABLE accounts.account_transfers DISABLE TRIGGER USER")
    await database.execute("UPDATE accounts.account_transfers SET amount_atoms = 701")
    (found,) = await database.fetch(AUDIT["transfers_unlike_their_postings"])
    assert (found["moved"], found["transferred"]) == (701, 700)


async def test_what_moved_is_never_changed(database):
    settler = await Settler.on(database)
    await settler.settle(1, execute(Core(), [*opening(), BUST]))
    await database.execute("RESET ROLE")
    for change in ("DELETE FROM", "TRUNCATE"):
        with pytest.raises(asyncpg.RaiseError, match="immutable"):
            await database.execute(f"{change} accounts.account_transfers")


async def test_an_engine_made_of_the_ledger_knows_which_transfers_were_made(database):
    lost = Core()
    settler = await Settler.on(database)
    await settler.settle(1, execute(lost, [*opening(), BUST]))
    await database.execute("RESET ROLE")
    state = (await ledger_state(database)).state
    assert state.last_source_seq[5] == 1
    assert state.log_ts_ns == lost.log_ts_ns
    core = Core()
    core._state = state
    assert core.balances() == lost.balances()
    _, outcomes = core.apply(encode_command(BUST), state.log_ts_ns)
    assert decode_outcomes(outcomes)[0].reason is RejectReason.SOURCE_SEQ_REPEATED


# ---- asked for -------------------------------------------------------------------------------


class TwoAccounts(WalletVenue):
    """The wallet's venue, with a second account of the same login."""

    async def other(self, group_id: int = 1) -> int:
        _, account_id = await insert_user(self.connection, "other@example.org", "-", START_NS)
        await self.execute(OpenAccount(account_id=account_id, group_id=group_id))
        await mark_opened(self.connection, account_id)
        return account_id

    async def move(self, request: MoneyRequest) -> MoneyCommand:
        asking = asyncio.create_task(self.money.execute(request, self.clock.now_ns()))
        sending = asyncio.create_task(self.money.run())
        try:
            await asyncio.wait({asking, sending}, return_when=asyncio.FIRST_COMPLETED)
            return await asking
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


@pytest.fixture
async def venue(pool, database):
    return await TwoAccounts.opened(pool, database)


def wanted(venue: TwoAccounts, to_account_id: int, amount_atoms: int = 300) -> MoneyRequest:
    return MoneyRequest(
        MoneyKind.TRANSFER,
        venue.account_id,
        1,
        amount_atoms,
        "mine-1",
        to_account_id=to_account_id,
        transfer_reason=TransferReason.SUB_ACCOUNT,
    )


async def test_the_same_reference_moves_money_once(venue, database):
    other = await venue.other()
    first = await venue.move(wanted(venue, other))
    assert await venue.move(wanted(venue, other)) == first
    assert venue.core.balance(venue.account_id, 1) == (FUNDS_ATOMS - 300, 0)
    assert venue.core.balance(other, 1) == (300, 0)
    for changed in (wanted(venue, other, 301), wanted(venue, other + 1)):
        with pytest.raises(Refusal) as refused:
            await venue.move(changed)
        assert refused.value.code is RefusalCode.REFERENCE_REUSED
    await books_balance(database)
    await money_was_asked_for(database)


async def test_the_engine_refuses_another_logins_account(venue, database):
    other = await venue.other(group_id=2)
    with pytest.raises(Refusal, match="UNKNOWN_ACCOUNT"):
        await venue.move(wanted(venue, other))
    await books_balance(database)


async def test_a_ledger_made_anew_knows_which_transfers_were_asked_for(venue, database):
    """One command is lost with the older copy; one is there, as it was before it was sent."""
    other = await venue.other()
    await venue.move(wanted(venue, other))
    await database.execute("DELETE FROM accounts.money_commands")
    await database.execute("UPDATE accounts.money_sources SET last_seq = 0")
    recovered = await recover_owners_and_money(database, START_NS)
    assert (recovered.money.completed, recovered.money.transfers) == (0, 1)
    await database.execute(
        "UPDATE accounts.money_commands SET state = 1, source_seq = NULL, event_seq = NULL"
    )
    recovered = await recover_owners_and_money(database, START_NS)
    assert (recovered.money.completed, recovered.money.transfers) == (1, 0)
    await money_was_asked_for(database)
    await books_balance(database)
    assert await database.fetchval("SELECT last_seq FROM accounts.money_sources") == 1


OPEN_PROPOSALS = """
INSERT INTO accounts.proposals (kind, subject, moves, reason, asker, created_ts_ns)
VALUES ('trade_bust', 'trade:BTC-USDT:1', '[]', 'wrong price', 'grace', 1),
    ('adjustment', 'account:1000', '[]', 'goodwill', 'grace', 1)
"""


async def test_a_proposal_that_may_have_been_carried_out_since_the_copy_is_asked_for_again(
    venue, database
):
    other = await venue.other()
    await venue.move(replace(wanted(venue, other), transfer_reason=TransferReason.TRADE_BUST))
    await database.execute("DELETE FROM accounts.money_commands")
    await database.execute(OPEN_PROPOSALS)
    await recover_owners_and_money(database, START_NS)
    states = await database.fetch("SELECT kind, state FROM accounts.proposals ORDER BY 1")
    assert list(map(tuple, states)) == [("adjustment", "open"), ("trade_bust", "failed")]
