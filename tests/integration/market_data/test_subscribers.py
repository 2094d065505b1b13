"""A gateway that stops reading costs the others nothing, and is let go."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.instruments import Steps
from domain.intervals import Interval
from market_data import subscribers
from market_data.candles import Candle
from market_data.subscribers import Subscribers

CANDLE = Candle(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, Steps.of(10, 1_000))
UPGRADE = (
    b"GET /feed HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def test_one_that_does_not_read_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "PUSHES_WAITING_MAX", 20)
    told = Subscribers()
    app = web.Application()
    app.router.add_get("/feed", told.serve)
    pushing = asyncio.create_task(told.run())
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        stalled.connect(("127.0.0.1", server.port))
        stalled.sendall(UPGRADE)
        async with http.ws_connect(server.make_url("/feed"), max_msg_size=0) as reader:
            while len(told._subscribers) < 2:
                await asyncio.sleep(0)
            pushes = 0
            while len(told._subscribers) == 2:
                for instrument_id in range(5_000):
                    told.publish(instrument_id, {(Interval.M1, 0): CANDLE}, None)
                async with asyncio.timeout(4):
                    assert (await reader.receive()).type is aiohttp.WSMsgType.TEXT
                pushes += 1
                assert pushes < 200, "the one that does not read was let go long before"
        stalled.close()
    pushing.cancel()
