"""Login sessions and their refresh tokens in PostgreSQL."""

import uuid
from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode

SESSIONS_LISTED_MAX: Final = 200
_SQL: Final = load_queries("sessions")


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """A session and whose it is."""

    session_id: uuid.UUID
    user_id: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its owner sees it."""

    session_id: uuid.UUID
    user_agent: str
    ip: str
    created_ts_ns: int
    last_used_ts_ns: int


async def insert_session(
    connection: Connection, user_id: int, user_agent: str, ip: str, now_ns: int
) -> uuid.UUID:
    """Open a session; the user's expired ones go.

    Raises:
        Refusal: LOGIN_STOPPED: the login is suspended or closed.
    """
    session_id = uuid.uuid4()
    await connection.execute(_SQL["delete_expired_sessions"], user_id, now_ns)
    inserted = await connection.execute(
        _SQL["insert_session"], session_id, user_id, user_agent, ip, now_ns
    )
    if inserted != "INSERT 0 1":
        raise Refusal(RefusalCode.LOGIN_STOPPED, "this login is suspended or closed: ask support")
    return session_id


async def insert_refresh_token(
    connection: Connection, token_hash: bytes, session_id: uuid.UUID, now_ns: int, expires_ns: int
) -> None:
    """Add a token to a session; its expired ones go: a session may be continued for years."""
    await connection.execute(_SQL["delete_expired_tokens"], session_id, now_ns)
    await connection.execute(
        _SQL["insert_refresh_token"], token_hash, session_id, now_ns, expires_ns
    )


async def use_refresh_token(
    connection: Connection, token_hash: bytes, now_ns: int
) -> SessionOwner | None:
    """Use a token; None if it is unknown, expired, revoked or was used (by a racing call too)."""
    row = await connection.fetchrow(_SQL["use_refresh_token"], token_hash, now_ns)
    return None if row is None else SessionOwner(**row)


async def revoke_family_of_used_token(
    connection: Connection, token_hash: bytes, now_ns: int
) -> SessionOwner | None:
    """Revoke the session of a token that was used before; return it if there was one to revoke."""
    row = await connection.fetchrow(_SQL["revoke_family_of_used_token"], token_hash, now_ns)
    return None if row is None else SessionOwner(**row)


async def revoke_session_of_token(connection: Connection, token_hash: bytes, now_ns: int) -> None:
    """End the session a token belongs to, if any."""
    await connection.execute(_SQL["revoke_session_of_token"], token_hash, now_ns)


async def touch_session(connection: Connection, session_id: uuid.UUID, now_ns: int) -> None:
    """Note that a session was used."""
    await connection.execute(_SQL["touch_session"], session_id, now_ns)


async def sessions_of_user(connection: Connection, user_id: int, now_ns: int) -> list[SessionRow]:
    """Return the sessions that can be continued, the one used last first."""
    rows = await connection.fetch(_SQL["sessions_of_user"], user_id, now_ns, SESSIONS_LISTED_MAX)
    return [SessionRow(**row) for row in rows]


async def revoke_session(
    connection: Connection, session_id: uuid.UUID, user_id: int, now_ns: int
) -> bool:
    """End one session of a user; False if it is not there or has ended."""
    status = await connection.execute(_SQL["revoke_session"], session_id, user_id, now_ns)
    return status == "UPDATE 1"


async def revoke_sessions_but(
    connection: Connection, user_id: int, kept: uuid.UUID | None, now_ns: int
) -> None:
    """End all sessions of a user, or all but one."""
    await connection.execute(_SQL["revoke_sessions_but"], user_id, kept, now_ns)


async def revoked_since(connection: Connection, since_ns: int) -> list[uuid.UUID]:
    """Return the sessions that were revoked at ``since_ns`` or later."""
    rows = await connection.fetch(_SQL["revoked_since"], since_ns)
    return [row["session_id"] for row in rows]


async def note_second_factor(
    connection: Connection, session_id: uuid.UUID, user_id: int, now_ns: int
) -> None:
    """Note that a session of the user has shown a second factor."""
    await connection.execute(_SQL["note_second_factor"], session_id, user_id, now_ns)


async def second_factor_ts_ns(
    connection: Connection, session_id: uuid.UUID, user_id: int
) -> int | None:
    """Return when a session of the user last showed a second factor, None: never."""
    shown_ns: int | None = await connection.fetchval(
        _SQL["second_factor_ts_ns"], session_id, user_id
    )
    return shown_ns
