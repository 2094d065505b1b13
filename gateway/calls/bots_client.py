"""Calls to the bots' process: what they do, and their control."""

from typing import Final

import aiohttp

from gateway.errors import ApiError, unavailable
from gateway.types import bots as api
from service.calls import Answer, ServiceClient
from service.errors import CallFailed, CallUnanswered

BOTS: Final = "/internal/bots"


class BotsClient:
    """Without a ``secret`` there are no bots to control here."""

    def __init__(self, http: aiohttp.ClientSession | None, url: str, secret: str) -> None:
        self._calls = ServiceClient(http, url, secret) if http is not None and secret else None

    async def bots(self) -> list[api.Bot]:
        """Return all bots. Raises ApiError, as the others do."""
        return await self._call("GET", BOTS, list[api.Bot])

    async def strategies(self) -> list[api.BotStrategy]:
        """Return the strategies there are."""
        return await self._call("GET", "/internal/strategies", list[api.BotStrategy])

    async def add(self, bot: api.NewBot) -> api.Bot:
        """Start a new bot."""
        return await self._call("POST", BOTS, api.Bot, bot)

    async def start(self, name: str) -> api.Bot:
        """Start a bot that was stopped."""
        return await self._call("POST", f"{BOTS}/{name}/start", api.Bot)

    async def stop(self, name: str) -> api.Bot:
        """Stop a bot; its orders are gone then."""
        return await self._call("POST", f"{BOTS}/{name}/stop", api.Bot)

    async def change(self, name: str, parameters: dict[str, str]) -> api.Bot:
        """Set parameters of a bot."""
        return await self._call("PATCH", f"{BOTS}/{name}/parameters", api.Bot, parameters)

    async def remove(self, name: str) -> None:
        """Stop a bot and forget it."""
        await self._call("DELETE", f"{BOTS}/{name}", type(None))

    async def _call(
        self, method: str, path: str, answer_type: type[Answer], body: object = None
    ) -> Answer:
        if self._calls is None:
            raise ApiError(404, "NOT_FOUND", "this exchange runs no bots")
        try:
            return await self._calls.call(method, path, answer_type, body=body)
        except CallUnanswered as error:
            raise unavailable("the bots") from error
        except CallFailed as failed:
            if failed.status in (404, 409, 422):
                raise ApiError(failed.status, failed.code, failed.message) from failed
            raise unavailable("the bots") from failed
