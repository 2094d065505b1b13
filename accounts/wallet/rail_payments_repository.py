"""The books of the two rails that come with the venue, in PostgreSQL: apart from the ledger, in
transactions of their own, as those of any rail outside would be.
"""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries

_SQL: Final = load_queries("rail_payments")


@dataclass(frozen=True, slots=True)
class StoredPayment:
    """A payment that a rail was asked for."""

    amount_atoms: int
    outcome: int
    paid_atoms: int
    reference: str
    accepted_ts_ns: int


async def accept_payment(
    connection: Connection, rail_key: str, rail: int, named: tuple[int, str, int], now_ns: int
) -> None:
    """Note a payment (``named``: asset_id, address, amount_atoms), unless its key is known."""
    await connection.execute(_SQL["accept_payment"], rail_key, rail, *named, now_ns)


async def rail_payment(connection: Connection, rail_key: str) -> StoredPayment | None:
    """Return a payment, None if the rail was never asked for it."""
    row = await connection.fetchrow(_SQL["rail_payment"], rail_key)
    return None if row is None else StoredPayment(**row)


async def decide_payment(
    connection: Connection, rail_key: str, outcome: int, paid_atoms: int, reference: str
) -> bool:
    """Note what became of an open payment; False if it is not open."""
    status = await connection.execute(
        _SQL["decide_payment"], rail_key, outcome, paid_atoms, reference
    )
    return status == "UPDATE 1"
