"""Which keys see another account's fills, in PostgreSQL."""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode

COPIES_PER_KEY_MAX: Final = 100
COPIES_SHOWN_MAX: Final = 500
_SQL: Final = load_queries("drop_copies")


@dataclass(frozen=True, slots=True)
class UserCopy:
    """A key that sees an account: ``is_received`` if the key is the login's, ``is_granted`` if the
    account is.
    """

    is_received: bool
    is_granted: bool
    api_key: str
    label: str
    account_id: int
    granted_ts_ns: int


async def copied_accounts(connection: Connection, api_key: str) -> list[int]:
    """Return the accounts whose fills a key sees; none if the key has ended."""
    return [row[0] for row in await connection.fetch(_SQL["copied_accounts"], api_key)]


async def copies_for_user(connection: Connection, user_id: int) -> list[UserCopy]:
    """Return what a login sees of others' accounts and others of its own, the newest first."""
    rows = await connection.fetch(_SQL["copies_for_user"], user_id, COPIES_SHOWN_MAX)
    return [UserCopy(**row) for row in rows]


async def grant(
    connection: Connection, api_key: str, account_id: int, granted_by: str, now_ns: int
) -> None:
    """Let a key see an account's fills. Again, it is what it was.

    Raises:
        Refusal: NOT_FOUND, UNKNOWN_ACCOUNT, API_KEY_LIMIT.
    """
    async with connection.transaction():
        own = await connection.fetchval(_SQL["lock_key"], api_key)
        if own is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such API key")
        if own == account_id or not await connection.fetchval(_SQL["account_is_there"], account_id):
            raise Refusal(RefusalCode.UNKNOWN_ACCOUNT, f"no other account {account_id}")
        known = await copied_accounts(connection, api_key)
        if account_id in known:
            return
        if len(known) >= COPIES_PER_KEY_MAX:
            message = f"a key sees at most {COPIES_PER_KEY_MAX} other accounts"
            raise Refusal(RefusalCode.API_KEY_LIMIT, message)
        await connection.execute(_SQL["insert_drop_copy"], api_key, account_id, granted_by, now_ns)


async def end(
    connection: Connection, api_key: str, account_id: int, ended_by: str, now_ns: int
) -> None:
    """Let a key see an account's fills no more.

    Raises:
        Refusal: NOT_FOUND.
    """
    status = await connection.execute(_SQL["end_drop_copy"], api_key, account_id, ended_by, now_ns)
    if status != "UPDATE 1":
        raise Refusal(RefusalCode.NOT_FOUND, "that key does not see that account")
