"""Second factors, recovery codes and login challenges in PostgreSQL."""

from dataclasses import dataclass
from typing import Final

from accounts.database import Connection, load_queries

_SQL: Final = load_queries("second_factors")


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """A user's secret as it is stored."""

    sealed_secret: bytes
    last_step: int
    confirmed: bool


async def propose_secret(
    connection: Connection, user_id: int, sealed_secret: bytes, now_ns: int
) -> bool:
    """Store a secret that is not in force yet; False if there is one that is."""
    status = await connection.execute(_SQL["propose_secret"], user_id, sealed_secret, now_ns)
    return status == "INSERT 0 1"


async def totp_secret(connection: Connection, user_id: int) -> TotpSecret | None:
    """Return a user's secret, in force or proposed."""
    row = await connection.fetchrow(_SQL["totp_secret"], user_id)
    return None if row is None else TotpSecret(**row)


async def has_second_factor(connection: Connection, user_id: int) -> bool:
    """Whether a second factor is in force."""
    return bool(await connection.fetchval(_SQL["has_second_factor"], user_id))


async def take_step(connection: Connection, user_id: int, step: int) -> bool:
    """Note that a code of ``step`` was used; False if one of it or a later one was before."""
    return await connection.execute(_SQL["take_step"], user_id, step) == "UPDATE 1"


async def confirm_secret(connection: Connection, user_id: int, now_ns: int) -> bool:
    """Put a proposed secret in force; False if there is none."""
    return await connection.execute(_SQL["confirm_secret"], user_id, now_ns) == "UPDATE 1"


async def delete_second_factor(connection: Connection, user_id: int) -> None:
    """Forget a user's secret, recovery codes and challenges."""
    for query in ("delete_secret", "delete_recovery_codes", "delete_challenges_of_user"):
        await connection.execute(_SQL[query], user_id)


async def replace_recovery_codes(
    connection: Connection, user_id: int, code_hashes: list[bytes]
) -> None:
    """Store new recovery codes; the ones before are worth nothing."""
    await connection.execute(_SQL["delete_recovery_codes"], user_id)
    await connection.execute(_SQL["insert_recovery_codes"], user_id, code_hashes)


async def use_recovery_code(connection: Connection, user_id: int, code_hash: bytes) -> bool:
    """Use a recovery code up; False if there is none like it."""
    return await connection.execute(_SQL["use_recovery_code"], user_id, code_hash) == "DELETE 1"


async def count_recovery_codes(connection: Connection, user_id: int) -> int:
    """Return how many recovery codes are left."""
    return int(await connection.fetchval(_SQL["count_recovery_codes"], user_id))


async def insert_challenge(
    connection: Connection,
    token_hash: bytes,
    user_id: int,
    attempts: int,
    now_ns: int,
    expires_ns: int,
) -> None:
    """Store a challenge; expired ones go."""
    await connection.execute(_SQL["delete_expired_challenges"], now_ns)
    await connection.execute(_SQL["insert_challenge"], token_hash, user_id, attempts, expires_ns)


async def take_challenge_attempt(
    connection: Connection, token_hash: bytes, now_ns: int
) -> int | None:
    """Take one of a challenge's tries and return whose it is; None if there is none left."""
    user_id: int | None = await connection.fetchval(
        _SQL["take_challenge_attempt"], token_hash, now_ns
    )
    return user_id


async def use_challenge(connection: Connection, token_hash: bytes) -> bool:
    """End a challenge; False if another did."""
    return await connection.execute(_SQL["use_challenge"], token_hash) == "DELETE 1"
