"""The engine is told what accounts may do; it is not there, the database is."""

from typing import Any, cast

import pytest

from accounts.admin.operators_repository import set_status
from accounts.admin.standing import Standing
from accounts.books.sub_accounts import SubAccounts
from accounts.books.sub_accounts_repository import insert_sub_account
from accounts.database import open_pool
from accounts.identity.users_repository import insert_user, mark_opened
from accounts.settling.settled_position import SettledPosition
from domain.clock import ManualClock
from domain.events import Outcome, OutcomeResult
from domain.orders import AccountStatus
from domain.reasons import RejectReason
from tests.integration.accounts.wallet_venue import START_NS
from transport.errors import TransportError


class Refusing:
    """An engine that has more to cancel for one account than one command may."""

    def __init__(self, account_id: int) -> None:
        self.full = account_id
        self.told: list[int] = []

    async def submit(self, command: Any, timeout_s: float) -> Outcome:
        is_done = command.account_id != self.full
        if is_done:
            self.told.append(command.account_id)
        return Outcome(
            result=OutcomeResult.DONE if is_done else OutcomeResult.REJECTED,
            reason=RejectReason.NONE if is_done else RejectReason.CAPACITY,
            order_id=0,
            last_event_seq=0,
            event_count=1,
        )


async def test_an_account_that_is_refused_keeps_no_other_from_being_stopped(postgres_url):
    async with await open_pool(postgres_url) as pool:
        stopped = []
        async with pool.acquire() as connection:
            for name in ("full", "thief"):
                user_id, account_id = await insert_user(connection, f"{name}@example.org", "x", 1)
                await mark_opened(connection, account_id)
                await set_status(connection, user_id, "suspended", 2)
                stopped.append((user_id, account_id))
        (_, full), (thief_id, thief) = stopped
        engine: Any = Refusing(full)
        standing = Standing(pool, engine, SettledPosition())
        with pytest.raises(TransportError, match="CAPACITY"):
            await standing.tell()
        assert engine.told == [thief] and await standing.is_known(thief_id)
        engine.full = 0
        await standing.tell()  # it is not forgotten
        assert engine.told == [thief, full]


class Away:
    """An engine that does not answer, and one that does, later."""

    def __init__(self) -> None:
        self.answers = False
        self.closed: list[int] = []

    async def submit(self, command: Any, timeout_s: float) -> Outcome:
        if not self.answers:
            raise TransportError("no answer")
        assert command.account_status is AccountStatus.CLOSED
        self.closed.append(command.account_id)
        return Outcome(
            result=OutcomeResult.DONE,
            reason=RejectReason.NONE,
            order_id=0,
            last_event_seq=0,
            event_count=1,
        )


async def test_a_sub_account_is_closed_while_the_engine_is_away_and_it_is_told_later(postgres_url):
    async with await open_pool(postgres_url) as pool:
        async with pool.acquire() as connection:
            user_id, main = await insert_user(connection, "owner@example.org", "x", 1)
            made = await insert_sub_account(connection, user_id, "bot", START_NS)
            for account_id in (main, made.account_id):
                await mark_opened(connection, account_id)
        engine, nobody = Away(), None
        standing = Standing(pool, cast(Any, engine), SettledPosition())
        ours = SubAccounts(pool, cast(Any, nobody), standing, cast(Any, nobody), ManualClock(1))
        await ours.close(user_id, made.account_id)
        assert [one.is_closed for one in await ours.all(user_id)] == [False, True]
        engine.answers = True
        await standing.tell()  # as its own task does, after a restart too
        assert engine.closed == [made.account_id]
