"""Which processes are ready, and how far behind the engine each is."""

from typing import Final

import aiohttp

from domain.orders import VenueStatus
from gateway.calls.admin_client import AdminClient
from gateway.errors import ApiError
from gateway.state.feed import Feed
from gateway.types import admin as api
from transport.engine_client import EngineClient

ASK_TIMEOUT_S: Final = 2.0


class SystemStatus:
    """Asks each process when it is asked."""

    def __init__(
        self,
        engine: EngineClient,
        feed: Feed,
        admin: AdminClient,
        http: aiohttp.ClientSession,
        urls: dict[str, str],
    ) -> None:
        self._engine = engine
        self._feed = feed
        self._admin = admin
        self._http = http
        self._urls = urls

    async def read(self) -> api.SystemStatus:
        """Return how all are."""
        next_seq = self._engine.next_event_seq if self._engine.ready else None
        last_seq = None if next_seq is None else next_seq - 1
        projection = self._feed.projection
        processes = [
            _process("engine", self._engine.ready, last_seq, last_seq),
            _process("gateway", True, projection.seq, last_seq),
        ]
        for name, url in self._urls.items():
            seq = await self._settled_seq() if name == "accounts" else None
            processes.append(_process(name, await self._is_ready(url), seq, last_seq))
        is_open = projection.venue_status is VenueStatus.OPEN
        return api.SystemStatus("open" if is_open else "halted", processes)

    async def _is_ready(self, url: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=ASK_TIMEOUT_S)
        try:
            async with self._http.get(f"{url}/readyz", timeout=timeout) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _settled_seq(self) -> int | None:
        try:
            return await self._admin.settled_seq()
        except ApiError:
            return None


def _process(name: str, ready: bool, seq: int | None, last_seq: int | None) -> api.ProcessStatus:
    behind = None if seq is None or last_seq is None else max(0, last_seq - seq)
    return api.ProcessStatus(name, ready, seq, behind)
