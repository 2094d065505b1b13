"""The WebSocket of the native API: subscriptions, order entry, and what the exchange pushes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp
import msgspec

from client.errors import OrderFateUnknown, Refused, Unreachable

ANSWER_TIMEOUT_S: Final = 10.0
PUSHED_MAX: Final = 10_000
"""Pushed messages held for a slow consumer; past it the connection is given up, not memory."""

Message = dict[str, Any]


class Stream:
    """One open WebSocket. Iterate over it for pushed messages; it ends when the connection does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._next_id = 1
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._pushed: asyncio.Queue[Message | None] = asyncio.Queue(PUSHED_MAX)
        self._closed = False
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                self._take(msgspec.json.decode(message.data))
                if self._pushed.full():
                    break
        finally:
            self._closed = True
            await self._socket.close()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(Unreachable("the connection closed before the answer"))
            if self._pushed.full():
                self._pushed.get_nowait()
            self._pushed.put_nowait(None)

    def _take(self, message: Message) -> None:
        answer = self._answers.get(message.get("id", 0)) if "ok" in message else None
        if answer is None:
            self._pushed.put_nowait(message)
        elif not answer.done():
            answer.set_result(message)

    async def request(self, op: str, **fields: Any) -> Any:
        """Send one request and return its result. None in ``fields`` is left out.

        Raises:
            Refused: the exchange answered no.
            OrderFateUnknown: the exchange could not learn what became of it.
            Unreachable: the connection closed or stayed silent; the fate of an order sent is
            unknown.
        """
        if self._closed:
            raise Unreachable("the connection is closed")
        request_id = self._next_id
        self._next_id += 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[request_id] = answer
        body = {"op": op, "id": request_id} | {k: v for k, v in fields.items() if v is not None}
        try:
            await self._socket.send_str(msgspec.json.encode(body).decode())
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                message = await answer
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise Unreachable(f"{op}: no answer") from error
        finally:
            del self._answers[request_id]
        if message["ok"]:
            result = message.get("result")
            if isinstance(result, dict) and (unknown := OrderFateUnknown.told(result)):
                raise unknown
            return result
        raise Refused(0, message["error"]["code"], message["error"]["message"])

    async def subscribe(self, channel: str, **fields: Any) -> None:
        """Subscribe to a channel, with ``symbol`` and the channel's options."""
        await self.request("subscribe", channel=channel, **fields)

    def __aiter__(self) -> AsyncIterator[Message]:
        return self._messages()

    async def _messages(self) -> AsyncIterator[Message]:
        while (message := await self._pushed.get()) is not None:
            yield message

    async def close(self) -> None:
        """Close the connection; requests still waiting fail."""
        await self._socket.close()
        await asyncio.gather(self._reading, return_exceptions=True)
