"""Requests to NATS; their answers are given up at once when the connection breaks."""

import asyncio
from itertools import count
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import (
    ConnectionClosedError,
    ConnectionDrainingError,
    ConnectionReconnectingError,
    OutboundBufferLimitError,
)

from replicated_log.errors import LogUnavailable

_NO_RESPONDERS: Final = "503"
_CANNOT_SEND: Final = (
    ConnectionClosedError,
    ConnectionDrainingError,
    ConnectionReconnectingError,
    OutboundBufferLimitError,
)


class Answers:
    """One inbox for the answers to all requests of a connection."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[Msg]] = {}

    async def start(self) -> None:
        """Subscribe; before the first ``ask``."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._answered)

    async def ask(
        self, subject: str, data: bytes, headers: dict[str, str] | None, timeout_s: float
    ) -> bytes:
        """Return the answer's bytes.

        Raises:
            LogUnavailable: there is none. The request may have been followed, or may yet be.
        """
        number = str(next(self._numbers))
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(timeout_s):
                await self._client.publish(subject, data, f"{self._inbox}.{number}", headers)
                message = await answer
        except TimeoutError:
            raise LogUnavailable(f"no answer within {timeout_s} s") from None
        except _CANNOT_SEND as error:
            raise LogUnavailable(f"not connected: {error}") from error
        finally:
            del self._waiting[number]
        if message.headers and message.headers.get("Status") == _NO_RESPONDERS:
            raise LogUnavailable("the stream has no leader at the moment")
        return bytes(message.data)

    def disconnected(self) -> None:
        """What was under way is not answered any more."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LogUnavailable("the connection broke"))

    async def _answered(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject.rpartition(".")[2])
        if answer is not None and not answer.done():
            answer.set_result(message)
