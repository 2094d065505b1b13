"""What is owed, made from a real database."""

import threading

from accounts.books import liabilities_repository
from accounts.books.merkle_sums import levels
from accounts.database import open_pool

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
