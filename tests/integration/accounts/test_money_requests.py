"""Requests of money share one queue: fair bounds, and one request for one reference."""

import asyncio

import pytest

from accounts.admin.audit_log_repository import Actor
from accounts.admin.operators_repository import locked_user, set_own_status, set_status
from accounts.admin.proposals_repository import (
    Move,
    conclude,
    decide,
    insert_proposal,
    proposals,
)
from accounts.books.sub_accounts_repository import insert_sub_account
from accounts.database import open_pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.users_repository import insert_user, mark_opened
from accounts.wallet.money_commands_repository import (
    WAITING_PER_LOGIN_MAX,
    MoneyKind,
    MoneyRequest,
    mark_executed,
    mark_refused,
    next_to_send,
    request_money,
)
from accounts.wallet.recovered_money_repository import send_lost_again
from accounts.wallet.wallet_repository import is_owner_stopped, lock_owner
from domain.orders import AccountStatus
from domain.reasons import RejectReason, TransferReason

BTC = 1
NOW_NS = 1_700_000_000_000_000_000
PATIENCE_S = 20
WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def pool(postgres_url):
    async with await open_pool(postgres_url) as opened:
        async with opened.acquire() as connection:
            await connection.execute(
                "INSERT INTO accounts.assets (asset_id, name, scale, created_seq)"
                " VALUES (1, 'BTC', 8, 1)"
            )
        yield opened


async def customer(connection, name: str) -> tuple[int, int]:
    """Return the user and the account of somebody new."""
    user_id, account_id = await insert_user(connection, f"{name}@example.org", "x", 1)
    await mark_opened(connection, account_id)
    return user_id, account_id


async def second_account(connection, user_id: int) -> int:
    made = await insert_sub_account(connection, user_id, "bot", NOW_NS)
    await mark_opened(connection, made.account_id)
    return made.account_id


def transfer(sender: int, receiver: int, ref: str) -> MoneyRequest:
    return MoneyRequest(
        MoneyKind.TRANSFER, sender, BTC, 1, ref, receiver, TransferReason.SUB_ACCOUNT
    )


async def test_one_login_cannot_fill_the_queue_that_all_share(pool):
    async with pool.acquire() as connection:
        user_id, main = await customer(connection, "eager")
        bot = await second_account(connection, user_id)
        _, other = await customer(connection, "other")
        for number in range(WAITING_PER_LOGIN_MAX):
            sender, receiver = (main, bot) if number % 2 else (bot, main)
            await request_money(connection, transfer(sender, receiver, f"{number}"), NOW_NS, None)
        for sender, receiver in ((main, bot), (bot, main)):
            with pytest.raises(Refusal) as refused:
                await request_money(connection, transfer(sender, receiver, "more"), NOW_NS, None)
            assert refused.value.code is RefusalCode.TOO_MANY_ATTEMPTS
            assert refused.value.retry_after_s
        # The same request again is no new one, and others are not kept waiting.
        await request_money(connection, transfer(bot, main, "0"), NOW_NS, None)
        await request_money(connection, MoneyRequest(MoneyKind.FAUCET, other, BTC, 5), NOW_NS, None)
        # Nor is what operators and rails move bounded by what their customer does.
        deposit = MoneyRequest(MoneyKind.DEPOSIT, main, BTC, 5, "wire")
        await request_money(connection, deposit, NOW_NS, None)
        command = await next_to_send(connection)
        assert command is not None
        await mark_refused(connection, command, int(RejectReason.INSUFFICIENT_FUNDS))
        command = await next_to_send(connection)
        assert command is not None
        await mark_refused(connection, command, int(RejectReason.INSUFFICIENT_FUNDS))
        await request_money(connection, transfer(main, bot, "more"), NOW_NS, None)


async def test_the_faucet_counts_all_accounts_of_a_login(pool):
    async with pool.acquire() as connection:
        user_id, main = await customer(connection, "thirsty")
        bot = await second_account(connection, user_id)
        limit = (10, NOW_NS - 1)
        await request_money(connection, MoneyRequest(MoneyKind.FAUCET, main, BTC, 7), NOW_NS, limit)
        with pytest.raises(Refusal) as refused:
            asked = MoneyRequest(MoneyKind.FAUCET, bot, BTC, 4)
            await request_money(connection, asked, NOW_NS, limit)
        assert refused.value.code is RefusalCode.FAUCET_LIMIT
        await request_money(connection, MoneyRequest(MoneyKind.FAUCET, bot, BTC, 3), NOW_NS, limit)


async def test_of_two_accounts_that_use_one_reference_at_once_the_second_is_refused(pool):
    async with pool.acquire() as first, pool.acquire() as second, pool.acquire() as watcher:
        _, one = await customer(first, "one")
        _, other = await customer(first, "other")
        begun = first.transaction()
        await begun.start()
        deposit = MoneyRequest(MoneyKind.DEPOSIT, one, BTC, 5, "wire 1")
        await request_money(first, deposit, NOW_NS, None)
        late = MoneyRequest(MoneyKind.DEPOSIT, other, BTC, 5, "wire 1")
        asking = asyncio.create_task(request_money(second, late, NOW_NS, None))
        async with asyncio.timeout(PATIENCE_S):
            while not await watcher.fetchval(WAITS):
                await asyncio.sleep(0.01)
        await begun.commit()
        with pytest.raises(Refusal) as refused:
            await asking
        assert refused.value.code is RefusalCode.REFERENCE_REUSED


def busting(proposal_id: int, number: int, sender: int, receiver: int) -> MoneyRequest:
    name = f"proposal:{proposal_id}:{number}"
    return MoneyRequest(
        MoneyKind.TRANSFER, sender, BTC, 7, name, receiver, TransferReason.TRADE_BUST
    )


async def test_a_proposal_whose_moves_are_sent_again_is_not_done_any_more(pool):
    async with pool.acquire() as connection:
        _, one = await customer(connection, "one")
        _, other = await customer(connection, "other")
        asker = Actor(None, "grace", "command_line", "")
        moves = [Move(one, other, BTC, 7)]
        numbers = []
        for subject in ("trade:X:1", "trade:X:2"):
            number = await insert_proposal(
                connection, "trade_bust", subject, moves, "why", asker, NOW_NS
            )
            assert number is not None
            await decide(connection, number, "approved", asker, NOW_NS)
            await conclude(connection, number, "done", "")
            numbers.append(number)
        lost, _ = numbers
        await request_money(connection, busting(lost, 0, one, other), NOW_NS, None)
        command = await next_to_send(connection)
        assert command is not None
        await mark_executed(connection, command, 99)  # of which the ledger knows nothing
        assert await send_lost_again(connection) == 1
        found = {one.proposal_id: one.state for one in await proposals(connection, None, 100, 10)}
        assert found == dict(zip(numbers, ("approved", "done"), strict=True))


async def test_a_trade_is_not_undone_again_when_nobody_knows_whose_a_move_was(pool):
    async with pool.acquire() as connection:
        _, one = await customer(connection, "one")
        _, other = await customer(connection, "other")
        asker = Actor(None, "grace", "command_line", "")
        await request_money(connection, busting(1, 0, one, other), NOW_NS, None)
        command = await next_to_send(connection)
        assert command is not None
        await mark_executed(connection, command, 99)
        # As a ledger has it that was made again from the journal.
        await connection.execute("UPDATE accounts.money_commands SET external_ref = NULL")
        asked = [Move(one, other, BTC, 7), Move(other, one, BTC, 9)]
        bust = ("trade_bust", "trade:X:1", asked, "why", asker, NOW_NS)
        assert await insert_proposal(connection, *bust) is None
        elsewhere = ("trade_bust", "trade:X:1", asked[1:], "why", asker, NOW_NS)
        assert await insert_proposal(connection, *elsewhere) is not None


@pytest.mark.parametrize("locks", [is_owner_stopped, lock_owner])
async def test_a_login_is_suspended_while_its_money_is_about_to_leave(pool, locks):
    """Whoever stops it and whoever pays out wait for each other in one order."""
    async with pool.acquire() as operator, pool.acquire() as payer, pool.acquire() as watcher:
        user_id, account_id = await customer(operator, "leaving")
        begun = operator.transaction()
        await begun.start()
        await locked_user(operator, user_id)

        async def pay_out() -> bool:
            async with payer.transaction():
                await locks(payer, account_id)
                return await is_owner_stopped(payer, account_id)

        paying = asyncio.create_task(pay_out())
        async with asyncio.timeout(PATIENCE_S):
            while not await watcher.fetchval(WAITS):
                await asyncio.sleep(0.01)
        await set_status(operator, user_id, "suspended", NOW_NS)
        await begun.commit()
        assert await paying


async def test_an_account_that_is_stopped_by_itself_pays_nothing_out_meanwhile(pool):
    async with pool.acquire() as operator, pool.acquire() as payer, pool.acquire() as watcher:
        _, account_id = await customer(operator, "leaving")
        begun = operator.transaction()
        await begun.start()
        await set_own_status(operator, account_id, AccountStatus.SUSPENDED)
        async with payer.transaction():
            paying = asyncio.create_task(is_owner_stopped(payer, account_id))
            async with asyncio.timeout(PATIENCE_S):
                while not await watcher.fetchval(WAITS):
                    await asyncio.sleep(0.01)
            await begun.commit()
            assert await paying


async def test_who_asks_for_a_closed_account_to_go_on_does_not_let_its_money_out(pool):
    async with pool.acquire() as connection, connection.transaction():
        _, account_id = await customer(connection, "gone")
        await set_own_status(connection, account_id, AccountStatus.CLOSED)
        # The engine did not close it: that may be taken back.
        await set_own_status(connection, account_id, AccountStatus.ACTIVE)
        assert not await is_owner_stopped(connection, account_id)
        await set_own_status(connection, account_id, AccountStatus.CLOSED)
        await connection.execute(
            "INSERT INTO accounts.account_terms (account_id, account_status) VALUES ($1, 4)",
            account_id,
        )
        await set_own_status(connection, account_id, AccountStatus.ACTIVE)  # the engine refuses it
        assert await is_owner_stopped(connection, account_id)
