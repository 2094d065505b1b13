"""A customer who speaks this dialect by hand, byte by byte."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from tests.integration.gateway.venue import Venue

SYMBOL = "BTCUSDT"
PATIENCE_S = 10
Json = Any


class Customer:
    """One API key over REST and WebSocket."""

    def __init__(
        self, venue: Venue, http: aiohttp.ClientSession, api_key: str, secret: str
    ) -> None:
        self.venue = venue
        self.http = http
        self.api_key = api_key
        self.secret = secret
        self.headers: dict[str, str] = {}
        """Of the last answer."""
        self.label: str | None = None
        """What bodies are said to be; None: as they are by default."""

    def sign(self, payload: str) -> str:
        return hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()

    async def send(
        self, method: str, path: str, query: str = "", body: str = "", *, key: str | None = None
    ) -> tuple[int, Json]:
        """Send these very characters; return (status, answer)."""
        url = f"{self.venue.gateway_url}{path}" + (f"?{query}" if query else "")
        headers = {} if key is None else {"X-MBX-APIKEY": key}
        if self.label is not None:
            headers["Content-Type"] = self.label
        sending = self.http.request(
            method,
            aiohttp.client.URL(url, encoded=True),
            data=body.encode() or None,
            headers=headers,
        )
        async with sending as response:
            self.headers = dict(response.headers)
            return response.status, json.loads(await response.read())

    async def public(self, path: str, **parameters: object) -> Json:
        status, answer = await self.send("GET", path, urlencode(parameters))
        assert status == 200, answer
        return answer

    async def signed(
        self, method: str, path: str, *, in_body: bool = False, **parameters: object
    ) -> tuple[int, Json]:
        payload = urlencode(parameters | {"timestamp": time.time_ns() // 1_000_000})
        payload += f"&signature={quote(self.sign(payload), safe='')}"
        parts = ("", payload) if in_body else (payload, "")
        return await self.send(method, path, *parts, key=self.api_key)

    async def signed_in_parts(
        self, method: str, path: str, query: str, **in_body: object
    ) -> tuple[int, Json]:
        """Send one part as a query and the other as a body; both are signed as one."""
        body = urlencode(in_body | {"timestamp": time.time_ns() // 1_000_000})
        body += f"&signature={quote(self.sign(query + body), safe='')}"
        return await self.send(method, path, query, body, key=self.api_key)

    async def get(self, path: str, **parameters: object) -> Json:
        status, answer = await self.signed("GET", path, **parameters)
        assert status == 200, answer
        return answer

    async def order(self, side: str = "BUY", **terms: object) -> Json:
        """Enter a limit order that must be accepted."""
        usual = {"symbol": SYMBOL, "side": side, "type": "LIMIT", "quantity": "0.01"}
        if terms.get("type", "LIMIT") == "LIMIT":
            usual |= {"timeInForce": "GTC", "price": "64000"}
        status, answer = await self.signed(
            "POST", "/api/v3/order", **{k: v for k, v in (usual | terms).items() if v is not None}
        )
        assert status == 200, answer
        return answer

    async def cancel(self, **which: object) -> Json:
        status, answer = await self.signed("DELETE", "/api/v3/order", symbol=SYMBOL, **which)
        assert status == 200, answer
        return answer

    async def clean(self) -> None:
        for order in await self.get("/api/v3/openOrders"):
            which = {"symbol": order["symbol"], "orderId": order["orderId"]}
            await self.signed("DELETE", "/api/v3/order", **which)

    @asynccontextmanager
    async def socket(self, path: str) -> "AsyncIterator[Reader]":
        url = self.venue.gateway_url.replace("http", "ws", 1) + path
        async with self.http.ws_connect(url) as socket:
            yield Reader(self, socket)


class Reader:
    """One WebSocket: what was not asked for waits its turn."""

    def __init__(self, customer: Customer, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._customer = customer
        self.socket = socket
        self._ids = itertools.count(1)
        self._waiting: list[Json] = []

    async def message(self) -> Json:
        """Return the next message."""
        if self._waiting:
            return self._waiting.pop(0)
        async with asyncio.timeout(PATIENCE_S):
            return await self._next()

    async def until(self, wanted: Callable[[Json], bool]) -> Json:
        """Return the next message that is wanted, and drop those before it."""
        while not wanted(message := await self.message()):
            pass
        return message

    async def ask(self, method: str, params: object = None) -> Json:
        """Send a request; return its answer. Events that come first wait."""
        request_id = next(self._ids)
        request: dict[str, object] = {"method": method, "id": request_id}
        if params is not None:
            request["params"] = params
        await self.socket.send_str(json.dumps(request))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self._next()
                if isinstance(message, dict) and message.get("id") == request_id:
                    return message
                self._waiting.append(message)

    async def ask_signed(self, method: str, **params: object) -> Json:
        """Ask over the WS-API with a signature."""
        sent = params | {
            "apiKey": self._customer.api_key,
            "timestamp": time.time_ns() // 1_000_000,
        }
        payload = "&".join(f"{name}={sent[name]}" for name in sorted(sent))
        return await self.ask(method, sent | {"signature": self._customer.sign(payload)})

    async def _next(self) -> Json:
        message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)
