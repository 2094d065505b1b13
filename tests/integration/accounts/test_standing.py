"""The engine is told what accounts may do; it is not there, the database is."""

from typing import Any

import pytest

from accounts.admin.operators_repository import set_status
from accounts.admin.standing import Standing
from accounts.database import open_pool
from accounts.identity.users_repository import insert_user, mark_opened
from accounts.settling.settled_position import SettledPosition
from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
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
