"""Users and their trading accounts in PostgreSQL."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode

_SQL: Final = load_queries("users")


@dataclass(frozen=True, slots=True)
class User:
    """A login and the trading account it owns."""

    user_id: int
    email: str
    password_hash: str
    role: str
    created_ts_ns: int
    account_id: int


@dataclass(frozen=True, slots=True)
class TradingAccount:
    """What the engine is told of an account."""

    account_id: int
    group_id: int


async def insert_user(
    connection: Connection, email: str, password_hash: str, now_ns: int
) -> tuple[int, int]:
    """Create a user with a trading account, not yet opened; return (user_id, account_id).

    Raises:
        Refusal: EMAIL_TAKEN.
    """
    try:
        async with connection.transaction():
            user_id: int = await connection.fetchval(
                _SQL["insert_user"], email, password_hash, now_ns
            )
            account_id: int = await connection.fetchval(_SQL["insert_trading_account"], user_id)
    except asyncpg.UniqueViolationError:
        raise Refusal(RefusalCode.EMAIL_TAKEN, "this e-mail has an account already") from None
    return user_id, account_id


async def user_by_email(connection: Connection, email: str) -> User | None:
    """Return the user with ``email`` (lower case)."""
    return _user(await connection.fetchrow(_SQL["user_by_email"], email))


async def user_by_id(connection: Connection, user_id: int) -> User | None:
    """Return the user with ``user_id``."""
    return _user(await connection.fetchrow(_SQL["user_by_id"], user_id))


async def unopened_accounts(connection: Connection, limit: int) -> list[TradingAccount]:
    """Return accounts the engine has not confirmed, oldest first."""
    rows = await connection.fetch(_SQL["unopened_accounts"], limit)
    return [TradingAccount(**row) for row in rows]


async def mark_opened(connection: Connection, account_id: int) -> None:
    """Note that the engine has the account."""
    await connection.execute(_SQL["mark_opened"], account_id)


async def account_exists(connection: Connection, account_id: int) -> bool:
    """Whether a user or the engine has an account of this number."""
    return bool(await connection.fetchval(_SQL["account_exists"], account_id))


def _user(row: asyncpg.Record | None) -> User | None:
    return None if row is None else User(**row)
