"""What an account may look up of the ledger: balances, transfers, fills."""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from domain.units import JSON_ID_MAX

LEG_MAX: Final = 2**15 - 1
_SQL: Final = load_queries("ledger_history")


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What an account has of one asset."""

    asset_id: int
    asset: str
    available_atoms: int
    held_atoms: int
    updated_seq: int


@dataclass(frozen=True, slots=True)
class AccountTransfer:
    """A transfer as one of its two accounts sees it: ``amount_atoms`` signed. A trade or a deposit
    caused it.
    """

    event_seq: int
    leg: int
    code: int
    asset_id: int
    asset: str
    ts_ns: int
    amount_atoms: int
    balance_after_atoms: int
    counterpart_account_id: int
    instrument_id: int | None
    trade_id: int | None
    source_id: int | None
    source_seq: int | None


@dataclass(frozen=True, slots=True)
class Fill:
    """One order's side of a trade. ``liquidity`` as in ``domain.orders.Liquidity``, ``list_id`` 0
    unless the order is a leg.
    """

    seq: int
    instrument_id: int
    trade_id: int
    order_id: int
    side: int
    price_ticks: int
    qty_lots: int
    quote_atoms: int
    fee_atoms: int
    liquidity: int
    ts_ns: int
    symbol: str
    fee_asset_id: int
    list_id: int


async def account_balances(connection: Connection, account_id: int) -> list[AccountBalance]:
    """Return the balances of an account, by asset id."""
    rows = await connection.fetch(_SQL["account_balances"], account_id)
    return [AccountBalance(**row) for row in rows]


async def all_balances(connection: Connection) -> list[tuple[int, int, int, int]]:
    """Return (account_id, asset_id, available_atoms, held_atoms) of all that are not zero."""
    rows = await connection.fetch(_SQL["all_balances"])
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def account_transfers(
    connection: Connection,
    account_id: int,
    *,
    limit: int,
    before: tuple[int, int] = (JSON_ID_MAX, LEG_MAX),
    asset_id: int | None = None,
) -> list[AccountTransfer]:
    """Return a page of an account's ledger before (event_seq, leg), newest first."""
    rows = await connection.fetch(_SQL["account_transfers"], account_id, *before, asset_id, limit)
    return [AccountTransfer(**row) for row in rows]


async def account_fills(
    connection: Connection,
    account_id: int,
    *,
    limit: int,
    before_seq: int = JSON_ID_MAX,
    instrument_id: int | None = None,
    order_id: int | None = None,
) -> list[Fill]:
    """Return a page of an account's fills before an event, newest first; None does not filter."""
    rows = await connection.fetch(
        _SQL["account_fills"], account_id, before_seq, instrument_id, order_id, limit
    )
    return [Fill(**row) for row in rows]


async def trade_event_seq(connection: Connection, instrument_id: int, trade_id: int) -> int | None:
    """Return the event of a trade."""
    found: int | None = await connection.fetchval(_SQL["trade_event_seq"], instrument_id, trade_id)
    return found
