"""The accounts of a login, and what moved between accounts, in PostgreSQL."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from domain.units import JSON_ID_MAX

SUB_ACCOUNTS_OPEN_MAX: Final = 20
SUB_ACCOUNTS_MADE_MAX: Final = 100
"""Closed ones count: the engine keeps an account for ever."""
_SQL: Final = load_queries("sub_accounts")


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One account of a login."""

    account_id: int
    name: str
    is_main: bool
    is_closed: bool
    created_ts_ns: int


@dataclass(frozen=True, slots=True)
class AccountMove:
    """Money that moved by event ``seq``; ``reason`` as in ``domain.reasons.TransferReason``."""

    seq: int
    from_account_id: int
    to_account_id: int
    asset: str
    amount_atoms: int
    reason: int
    ts_ns: int


async def accounts_of_user(connection: Connection, user_id: int) -> list[OwnAccount]:
    """Return a login's accounts, the main one first; none if there is no such login."""
    return [OwnAccount(**row) for row in await connection.fetch(_SQL["accounts_of_user"], user_id)]


async def insert_sub_account(
    connection: Connection, user_id: int, name: str, now_ns: int
) -> OwnAccount:
    """Create an account, not yet opened in the engine.

    Raises:
        Refusal: NOT_FOUND, NAME_TAKEN, SUB_ACCOUNT_LIMIT.
    """
    try:
        async with connection.transaction():
            await connection.fetchval(_SQL["lock_user"], user_id)
            made, open_now = await connection.fetchrow(_SQL["count_sub_accounts"], user_id) or (
                0,
                0,
            )
            if open_now >= SUB_ACCOUNTS_OPEN_MAX or made >= SUB_ACCOUNTS_MADE_MAX:
                raise Refusal(
                    RefusalCode.SUB_ACCOUNT_LIMIT,
                    f"a login has at most {SUB_ACCOUNTS_OPEN_MAX} sub-accounts open and "
                    f"{SUB_ACCOUNTS_MADE_MAX} in all",
                )
            account_id = await connection.fetchval(_SQL["insert_trading_account"], user_id)
            if account_id is None:
                raise Refusal(RefusalCode.NOT_FOUND, "no such user")
            await connection.execute(_SQL["insert_sub_account"], account_id, user_id, name, now_ns)
    except asyncpg.UniqueViolationError:
        raise _name_taken(name) from None
    return OwnAccount(account_id, name, is_main=False, is_closed=False, created_ts_ns=now_ns)


async def rename_sub_account(
    connection: Connection, user_id: int, account_id: int, name: str
) -> bool:
    """Give an open sub-account another name; False if the login has none of that number.

    Raises:
        Refusal: NAME_TAKEN.
    """
    try:
        status = await connection.execute(_SQL["rename"], user_id, account_id, name)
    except asyncpg.UniqueViolationError:
        raise _name_taken(name) from None
    return status == "UPDATE 1"


async def close_sub_account(
    connection: Connection, user_id: int, account_id: int, now_ns: int
) -> bool:
    """Close an account that is empty, and end its keys; False if the login has none of that
    number. One that is closed stays so.

    Raises:
        Refusal: ACCOUNT_NOT_EMPTY.
    """
    async with connection.transaction():
        found = await connection.fetchrow(_SQL["lock_sub_account"], user_id, account_id)
        if found is None:
            return False
        if not found["is_closed"]:
            if not await connection.fetchval(_SQL["is_empty"], account_id):
                raise Refusal(
                    RefusalCode.ACCOUNT_NOT_EMPTY,
                    "cancel its orders and move all of its money to another account first",
                )
            await connection.execute(_SQL["close"], account_id, now_ns)
            await connection.execute(_SQL["have_it_closed"], account_id)
            await connection.execute(_SQL["end_its_keys"], account_id, now_ns)
    return True


async def account_moves(
    connection: Connection,
    account_id: int,
    *,
    limit: int,
    before_seq: int = JSON_ID_MAX,
    asset_id: int | None = None,
) -> list[AccountMove]:
    """Return a page of what moved to and from an account, newest first."""
    rows = await connection.fetch(_SQL["account_moves"], account_id, before_seq, asset_id, limit)
    return [AccountMove(**row) for row in rows]


def _name_taken(name: str) -> Refusal:
    return Refusal(RefusalCode.NAME_TAKEN, f"an open account of this login is called {name!r}")
