"""One-time codes in PostgreSQL, hashed."""

from enum import IntEnum
from typing import Final

from accounts.database import Connection, load_queries

_SQL: Final = load_queries("email_codes")


class Purpose(IntEnum):
    """What a code is good for; it is good for nothing else."""

    VERIFY = 1
    LOGIN = 2
    RESET = 3


async def put_code(
    connection: Connection,
    email: str,
    purpose: Purpose,
    code_hash: bytes,
    attempts: int,
    now_ns: int,
    expires_ns: int,
) -> None:
    """Store a code in place of the one before; what has expired goes."""
    async with connection.transaction():
        await connection.execute(_SQL["delete_expired_codes"], now_ns)
        await connection.execute(_SQL["put_code"], email, purpose, code_hash, attempts, expires_ns)


async def take_attempt(
    connection: Connection, email: str, purpose: Purpose, now_ns: int
) -> bytes | None:
    """Take one of the tries and return what to compare with; None if there is none left."""
    found: bytes | None = await connection.fetchval(_SQL["take_attempt"], email, purpose, now_ns)
    return found


async def use_code(connection: Connection, email: str, purpose: Purpose, code_hash: bytes) -> bool:
    """End a code; False if another did."""
    status = await connection.execute(_SQL["use_code"], email, purpose, code_hash)
    return status == "DELETE 1"
