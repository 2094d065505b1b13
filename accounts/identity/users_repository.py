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
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A login as it is told of itself."""

    user_id: int
    email: str
    role: str
    account_id: int
    created_ts_ns: int
    email_verified: bool
    second_factor: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class TradingAccount:
    """What the engine is told of an account."""

    account_id: int
    group_id: int


async def insert_user(
    connection: Connection,
    email: str,
    password_hash: str,
    now_ns: int,
    *,
    email_verified: bool = False,
) -> tuple[int, int]:
    """Create a user with a trading account, not yet opened; return (user_id, account_id).

    Raises:
        Refusal: EMAIL_TAKEN.
    """
    try:
        async with connection.transaction():
            user_id: int = await connection.fetchval(
                _SQL["insert_user"],
                email,
                password_hash,
                now_ns,
                now_ns if email_verified else None,
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


async def profile(connection: Connection, user_id: int) -> Profile | None:
    """Return what a user is told of itself."""
    row = await connection.fetchrow(_SQL["profile"], user_id)
    return None if row is None else Profile(**row)


async def verify_email(connection: Connection, email: str, now_ns: int) -> None:
    """Note that whoever has ``email`` has shown it, unless that is noted already."""
    await connection.execute(_SQL["verify_email"], email, now_ns)


async def replace_password_hash(
    connection: Connection, user_id: int, old_hash: str, new_hash: str
) -> bool:
    """Store a new hash; False if the old one is not the stored one any more."""
    status = await connection.execute(_SQL["replace_password_hash"], user_id, old_hash, new_hash)
    return status == "UPDATE 1"


async def owner_is_verified(connection: Connection, account_id: int) -> bool:
    """Whether the e-mail of an account's owner is verified."""
    return bool(await connection.fetchval(_SQL["owner_is_verified"], account_id))


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
