"""Who was suspended or closed and may still have an access token: known within seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.errors import ApiError

LOOK_EVERY_S: Final = 2.0


class StoppedUsers:
    """Asks again and again; while it gets no answer, what it knew counts."""

    def __init__(self, ask: Callable[[], Awaitable[list[int]]]) -> None:
        self._ask = ask
        self._stopped: frozenset[int] = frozenset()

    def __contains__(self, user_id: int) -> bool:
        return user_id in self._stopped

    async def look(self) -> None:
        """Ask once."""
        try:
            self._stopped = frozenset(await self._ask())
        except ApiError:
            return

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)
