"""Users as operators see and change them: roles, statuses, and what of it the engine must hear."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from accounts.database import Connection, load_queries
from domain.orders import AccountStatus

_SQL: Final = load_queries("operators")


@dataclass(frozen=True, slots=True)
class OperatedUser:
    """A login and its accounts."""

    user_id: int
    email: str
    role: str
    status: str
    created_ts_ns: int
    account_ids: list[int]


@dataclass(frozen=True, slots=True)
class OwnedAccount:
    """An account and its login; None: no login owns it."""

    account_id: int
    user_id: int | None
    email: str | None


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are asked for; None: any. ``email``: a part of it."""

    email: str | None = None
    role: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An open order, in its instrument's ticks and lots."""

    order_id: int
    account_id: int
    symbol: str
    side: int
    order_type: int
    status: int
    price_ticks: int
    qty_lots: int
    leaves_qty_lots: int
    created_ts_ns: int


async def search_users(
    connection: Connection, wanted: UserFilter, after_user_id: int, limit: int
) -> list[OperatedUser]:
    """Return users by number, above ``after_user_id``."""
    filters = (wanted.email, wanted.role, wanted.status)
    rows = await connection.fetch(_SQL["search_users"], *filters, after_user_id, limit)
    return [_user(row) for row in rows]


async def operated_user(connection: Connection, user_id: int) -> OperatedUser | None:
    """Return one user."""
    row = await connection.fetchrow(_SQL["operated_user"], user_id)
    return None if row is None else _user(row)


async def accounts_with_terms(
    connection: Connection, after_account_id: int, limit: int
) -> list[OwnedAccount]:
    """Return accounts with a tier, limits or a status of their own, by number."""
    rows = await connection.fetch(_SQL["accounts_with_terms"], after_account_id, limit)
    return [OwnedAccount(**row) for row in rows]


async def locked_user(connection: Connection, user_id: int) -> tuple[str, str] | None:
    """Return a user's (role, status), which nobody else changes until the transaction ends."""
    row = await connection.fetchrow(_SQL["lock_user"], user_id)
    return None if row is None else (row["role"], row["status"])


async def has_active_admin(connection: Connection) -> bool:
    """Whether some administrator can log in."""
    return bool(await connection.fetchval(_SQL["has_active_admin"]))


async def set_role(connection: Connection, user_id: int, role: str) -> None:
    """Say what a login is for."""
    await connection.execute(_SQL["set_role"], user_id, role)


async def set_status(connection: Connection, user_id: int, status: str, now_ns: int) -> None:
    """Say what a login may do, and have the engine told of its accounts. Whoever is suspended or
    closed is logged out.
    """
    await connection.execute(_SQL["set_status"], user_id, status, now_ns)
    await connection.execute(_SQL["want_status"], user_id, int(AccountStatus[status.upper()]))
    if status in ("suspended", "closed"):
        await connection.execute(_SQL["end_sessions"], user_id, now_ns)


async def set_own_status(
    connection: Connection, account_id: int, status: AccountStatus
) -> AccountStatus:
    """Note what an operator says of one account; return what its login may do, which nobody
    changes until the transaction ends.
    """
    of_login = await connection.fetchval(_SQL["lock_owner_of"], account_id)
    await connection.execute(_SQL["set_own_status"], account_id, int(status))
    return AccountStatus[(of_login or "active").upper()]


async def accounts_to_tell(
    connection: Connection, but: list[int], limit: int
) -> list[tuple[int, AccountStatus]]:
    """Return accounts of which the engine is still to be told, and what; none of ``but``."""
    rows = await connection.fetch(_SQL["accounts_to_tell"], but, limit)
    return [(row["account_id"], AccountStatus(row["wanted_status"])) for row in rows]


async def told(connection: Connection, account_id: int, status: AccountStatus) -> None:
    """Note that the engine knows."""
    await connection.execute(_SQL["told"], account_id, int(status))


async def still_to_tell(connection: Connection, user_id: int) -> int:
    """Return of how many of a user's accounts the engine is still to be told."""
    return int(await connection.fetchval(_SQL["still_to_tell"], user_id))


async def stopped_users(connection: Connection, since_ns: int) -> list[int]:
    """Return who was suspended or closed since then and still is."""
    return [row["user_id"] for row in await connection.fetch(_SQL["stopped_users"], since_ns)]


async def all_open_orders(
    connection: Connection, account_ids: list[int], limit: int
) -> list[OpenOrder]:
    """Return open orders of some accounts, newest first."""
    rows = await connection.fetch(_SQL["all_open_orders"], account_ids, limit)
    return [OpenOrder(**row) for row in rows]


def _user(row: asyncpg.Record) -> OperatedUser:
    return OperatedUser(**(dict(row) | {"account_ids": row["account_ids"] or []}))
