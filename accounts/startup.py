"""What must be there before accounts can serve, and the watch over the engine afterwards."""

import asyncio
from typing import Any, Final

import structlog

from accounts.config import Config
from accounts.database import DATABASE_ERRORS, Pool, check_durability
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.signing_keys_repository import signing_key
from accounts.identity.tokens import SigningKey
from domain.clock import Clock
from service.health import Readiness
from transport.engine_client import EngineClient

RETRY_S: Final = 1
ENGINE_POLL_S: Final = 1 / 20
ENGINE: Final = "engine"

_log = structlog.get_logger()


async def prepare_database(pool: Pool, config: Config, box: SecretBox, clock: Clock) -> SigningKey:
    """Wait for a migrated database, check that it keeps what it commits, return the signing key.

    Raises:
        UnsafeDatabase: a commit may be lost.
        CannotUnseal: the key was stored under another secrets key.
    """
    while True:
        try:
            async with pool.acquire() as connection:
                if not config.accounts_unsafe_database:
                    await check_durability(connection)
                return await signing_key(connection, box, clock.now_ns())
        except DATABASE_ERRORS as error:
            _log.warning("waiting_for_database", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RETRY_S)


async def watch_engine(engine: EngineClient, readiness: Readiness) -> None:
    """Keep ``readiness`` told whether the engine answers, until cancelled."""
    while True:
        if engine.ready:
            readiness.have(ENGINE)
        else:
            readiness.lost(ENGINE)
        await asyncio.sleep(ENGINE_POLL_S)


async def ended_before(stop: asyncio.Event, task: asyncio.Task[Any]) -> bool:
    """Wait for ``task`` or ``stop``; return whether the task came first, else cancel it."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopping, task}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    if not task.done():
        task.cancel()
    return task.done() and not task.cancelled()
