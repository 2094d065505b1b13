"""What is owed, made from a real database."""

import asyncio
import threading

import pytest

from accounts.books import liabilities_repository, liability_timer
from accounts.books.merkle_sums import levels
from accounts.database import open_pool
from accounts.errors import Disagreement
from domain.clock import ManualClock

BOOKS = """
INSERT INTO accounts.assets VALUES (1, 'BTC', 8, 1);
INSERT INTO accounts.balances
VALUES (0, 1, -30, 0, 0, 1), (5, 1, 10, 10, 0, 1), (6, 1, 20, 15, 5, 1);
"""


async def test_logins_need_not_wait_until_all_that_is_owed_is_hashed(postgres_url, monkeypatch):
    hashed_in = []

    def noted(leaves):
        hashed_in.append(threading.current_thread())
        return levels(leaves)

    monkeypatch.setattr(liabilities_repository, "levels", noted)
    async with await open_pool(postgres_url) as pool, pool.acquire() as connection:
        await connection.execute(BOOKS)
        published = await liabilities_repository.publish(connection, 1)
        (owed,) = published.assets
        (proof,) = await liabilities_repository.proofs(connection, published, 6)
    assert (owed.asset, owed.total_atoms, owed.leaves) == ("BTC", 30, 2)
    assert (proof.amount_atoms, proof.path[0].node.sum_atoms) == (20, 10)
    assert hashed_in and threading.main_thread() not in hashed_in


PATIENCE_S = 20
OWED = "UPDATE accounts.balances SET posted_atoms = {}, available_atoms = {} WHERE account_id = 6"


async def test_books_that_do_not_agree_are_not_published_and_stop_nobody(postgres_url, monkeypatch):
    looked, refused = asyncio.Event(), []

    async def publish(*asked):
        try:
            return await liabilities_repository.publish(*asked)
        except Disagreement as error:
            refused.append(error)
            raise
        finally:
            looked.set()

    monkeypatch.setattr(liability_timer, "publish", publish)
    monkeypatch.setattr(liability_timer, "LOOK_EVERY_S", 0)
    async with await open_pool(postgres_url) as pool, pool.acquire() as connection:
        await connection.execute(BOOKS)
        await connection.execute(OWED.format(21, 16))
        timer = asyncio.create_task(
            liability_timer.LiabilityTimer(pool, ManualClock(10**18), 60).run()
        )
        async with asyncio.timeout(PATIENCE_S):
            await looked.wait()
            await connection.execute(OWED.format(20, 15))
            while not await liabilities_repository.publications(connection, 1):
                assert not timer.done(), timer.exception()
        timer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await timer
    assert refused
