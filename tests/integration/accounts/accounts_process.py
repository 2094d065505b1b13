"""A real accounts process against a real engine and database, for integration tests."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from service.calls import ServiceClient
from tests.integration.engine_process import ROOT, EngineHandle, free_ports

SERVICE_SECRET = "a secret that only the services of this test share"
SECRETS_KEY = secrets.token_hex(32)
START_S = 20.0
STOP_S = 5.0


@dataclass(slots=True)
class AccountsHandle:
    """A running accounts process. ``kill`` is a crash; ``start`` brings it back."""

    environment: dict[str, str]
    port: int
    http: aiohttp.ClientSession
    process: asyncio.subprocess.Process | None = None
    service: ServiceClient = field(init=False)

    def __post_init__(self) -> None:
        self.service = ServiceClient(self.http, self.url, SERVICE_SECRET)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def call(self, method: str, path: str, body: object = None, **query: str | int) -> Any:
        """Make a signed call and return the decoded answer."""
        return await self.service.call(method, path, object, body=body, query=query or None)

    async def start(self) -> None:
        """Start the process; return when it is ready."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "accounts", cwd=ROOT, env=self.environment
        )
        async with asyncio.timeout(START_S):
            while not await self._is_ready():
                assert self.process.returncode is None, "accounts ended while starting"
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; return the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()

    async def _is_ready(self) -> bool:
        try:
            async with self.http.get(f"{self.url}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False


def accounts_environment(
    postgres_url: str, engine: EngineHandle, port: int, **settings: str
) -> dict[str, str]:
    """Return the environment of an accounts process; ``settings`` overrides."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("OPENBELL_")}
    return inherited | {
        "DATABASE_URL": postgres_url,
        "OPENBELL_SERVICE_SECRET": SERVICE_SECRET,
        "OPENBELL_ACCOUNTS_PORT": str(port),
        "OPENBELL_ACCOUNTS_SECRETS_KEY": SECRETS_KEY,
        "OPENBELL_ACCOUNTS_DEMO": "true",
        "OPENBELL_ACCOUNTS_UNSAFE_DATABASE": "true",
        "OPENBELL_ENGINE_UDP_PORT": str(engine.ports.udp),
        "OPENBELL_ENGINE_TCP_PORT": str(engine.ports.tcp),
        "OPENBELL_ENGINE_KEY": engine.master_key.hex(),
        **settings,
    }


@asynccontextmanager
async def running_accounts(
    postgres_url: str, engine: EngineHandle, **settings: str
) -> AsyncIterator[AccountsHandle]:
    """Run accounts for the length of the block; it is ready when this enters."""
    port = free_ports().http
    environment = accounts_environment(postgres_url, engine, port, **settings)
    async with aiohttp.ClientSession() as http:
        handle = AccountsHandle(environment, port, http)
        await handle.start()
        try:
            yield handle
        finally:
            await handle.stop()
