"""Proofs of liabilities in PostgreSQL: made in one snapshot of the ledger, and read by account."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from accounts.books.merkle_sums import SALT_BYTES, Node, Step, leaf, levels, neighbours
from accounts.database import Connection, load_queries
from accounts.errors import Disagreement
from accounts.settling.ledger import EXTERNAL_ACCOUNT_ID
from accounts.settling.ledger_repository import read_cursor

TREES_KEPT: Final = 30
"""So many of the newest: of older ones the roots stay."""
_SCHEMA: Final = "accounts"
_SQL: Final = load_queries("liabilities")


@dataclass(frozen=True, slots=True)
class AssetLiability:
    """What is owed of one asset: the root of its tree and the sum under it."""

    asset_id: int
    asset: str
    total_atoms: int
    leaves: int
    root_hash: bytes


@dataclass(frozen=True, slots=True)
class Publication:
    """What is owed after event ``event_seq``; ``chain``: the rolling hash of all events so far."""

    liability_id: int
    event_seq: int
    chain: bytes
    ts_ns: int
    assets: list[AssetLiability]


@dataclass(frozen=True, slots=True)
class LeafProof:
    """One balance of an account with what leads from it to the root."""

    asset: str
    amount_atoms: int
    salt: bytes
    path: list[Step]


@dataclass(frozen=True, slots=True)
class _Leaf:
    account_id: int
    amount_atoms: int
    salt: bytes


async def publish(connection: Connection, now_ns: int) -> Publication:
    """Make the trees of all that is owed now, and store them.

    Raises:
        Disagreement: what is owed is not what came in, or a balance is below zero.
    """
    async with connection.transaction(isolation="repeatable_read"):
        cursor = await read_cursor(connection)
        rows = await connection.fetch(_SQL["owed"])
        liability_id: int = await connection.fetchval(
            _SQL["insert_liability"], cursor.last_seq, cursor.chain, now_ns
        )
        by_asset: dict[int, tuple[str, dict[int, int]]] = {}
        for asset_id, asset, account_id, posted_atoms in rows:
            by_asset.setdefault(asset_id, (asset, {}))[1][account_id] = posted_atoms
        for asset_id, (asset, balances) in by_asset.items():
            brought_atoms = -balances.pop(EXTERNAL_ACCOUNT_ID, 0)
            await _publish_asset(connection, liability_id, asset_id, asset, balances)
            if sum(balances.values()) != brought_atoms:
                raise Disagreement(f"{asset}: {brought_atoms} atoms came in and are not owed")
        forgotten = liability_id - TREES_KEPT
        await connection.execute(_SQL["forget_leaves"], forgotten)
        await connection.execute(_SQL["forget_nodes"], forgotten)
    (published,) = await publications(connection, 1, liability_id)
    return published


async def _publish_asset(
    connection: Connection, liability_id: int, asset_id: int, asset: str, balances: dict[int, int]
) -> None:
    wrong = [account_id for account_id, atoms in balances.items() if atoms < 0]
    if wrong:
        raise Disagreement(f"{asset}: accounts {wrong[:5]} are below zero")
    if not balances:
        return
    # Many accounts are seconds of hashing: settlement and logins share this loop.
    leaves, tree = await asyncio.to_thread(_tree, asset, balances)
    (root,) = tree[-1]
    await connection.execute(
        _SQL["insert_asset"], liability_id, asset_id, root.sum_atoms, len(leaves), root.hash
    )
    await connection.copy_records_to_table(
        "liability_leaves",
        schema_name=_SCHEMA,
        columns=("liability_id", "asset_id", "position", "account_id", "amount_atoms", "salt"),
        records=[
            (liability_id, asset_id, at, one.account_id, one.amount_atoms, one.salt)
            for at, one in enumerate(leaves)
        ],
    )
    await connection.copy_records_to_table(
        "liability_nodes",
        schema_name=_SCHEMA,
        columns=("liability_id", "asset_id", "level", "position", "hash", "sum_atoms"),
        records=_nodes(liability_id, asset_id, tree),
    )


def _tree(asset: str, balances: dict[int, int]) -> tuple[list[_Leaf], list[list[Node]]]:
    leaves = _shuffled(balances)
    return leaves, levels(
        [leaf(one.salt, one.account_id, asset, one.amount_atoms) for one in leaves]
    )


def _shuffled(balances: dict[int, int]) -> list[_Leaf]:
    """Return the leaves in an order that says nothing: by their salts, which are drawn anew."""
    drawn = [
        _Leaf(account_id, atoms, secrets.token_bytes(SALT_BYTES))
        for account_id, atoms in balances.items()
    ]
    return sorted(drawn, key=lambda one: one.salt)


def _nodes(
    liability_id: int, asset_id: int, tree: list[list[Node]]
) -> Iterable[tuple[int, int, int, int, bytes, int]]:
    for level, nodes in enumerate(tree):
        for at, node in enumerate(nodes):
            yield liability_id, asset_id, level, at, node.hash, node.sum_atoms


async def publications(
    connection: Connection, limit: int, liability_id: int | None = None
) -> list[Publication]:
    """Return publications, newest first, or the one of a number."""
    found = []
    for row in await connection.fetch(_SQL["newest"], limit, liability_id):
        assets = await connection.fetch(_SQL["assets_of"], row["liability_id"])
        owed = [AssetLiability(**asset) for asset in assets]
        found.append(Publication(**row, assets=owed))
    return found


async def proofs(
    connection: Connection, published: Publication, account_id: int
) -> list[LeafProof]:
    """Return an account's leaves with their paths; none if it had nothing, or the tree is gone."""
    assets = {one.asset_id: one for one in published.assets}
    found = []
    rows = await connection.fetch(_SQL["leaves_of_account"], published.liability_id, account_id)
    for asset_id, position, amount_atoms, salt in rows:
        asset = assets[asset_id]
        places = neighbours(position, asset.leaves)
        nodes = await connection.fetch(
            _SQL["nodes_at"],
            published.liability_id,
            asset_id,
            [level for level, _ in places],
            [beside for _, beside in places],
        )
        path = [
            Step(row["position"] % 2 == 0, Node(row["hash"], row["sum_atoms"])) for row in nodes
        ]
        found.append(LeafProof(asset.asset, amount_atoms, salt, path))
    return found
