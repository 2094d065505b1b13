"""One gateway that speaks this dialect; what is behind it is stood in for, so that it can fail in
time.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from aiohttp.test_utils import TestServer

from domain.client_order_ids import unpack_client_order_id
from domain.clock import LogClock
from domain.commands import Command, NewOrder
from domain.events import Outcome
from gateway.app import Edge, build_app
from gateway.binance.call import Dialect
from gateway.binance.cancel_ids import CancelIds
from gateway.binance.endpoints import Endpoints
from gateway.binance.listen_key_desk import KeysHere
from gateway.binance.listen_keys import ListenKeys
from gateway.binance.market_streams import MarketStreams
from gateway.binance.markets import Markets
from gateway.binance.user_streams import UserStreams
from gateway.binance.weights import Weights
from gateway.main import last_defence
from gateway.web_ui import WebUi
from tests.integration.gateway.rig import Rig, RigEngine
from tests.unit.gateway.exchange import ALICE
from transport.errors import FateUnknown, NotSent

LOST: Final = "lost"
UNSENT: Final = "unsent"
BROKEN: Final = "broken"
"""How the id of an order begins that meets this on its way to the engine."""


class UnluckyEngine(RigEngine):
    """Loses the orders that are named so, each in its own way."""

    async def submit(self, command: Command, *, timeout_s: float) -> Outcome:
        packed = command.client_order_id if isinstance(command, NewOrder) else bytes(28)
        name = unpack_client_order_id(packed)
        if name.startswith(UNSENT):
            raise NotSent("no engine")
        if name.startswith(BROKEN):
            raise RuntimeError("nobody foresaw this")
        outcome = await super().submit(command, timeout_s=timeout_s)
        if name.startswith(LOST):
            raise FateUnknown("the answer was lost")
        return outcome


class DialectRig(Rig):
    """Takes signed requests of ALICE's."""

    def new_engine(self) -> RigEngine:
        return UnluckyEngine()

    async def binance(self, method: str, path: str, **parameters: object) -> tuple[Any, Any]:
        payload = urlencode(parameters | {"timestamp": time.time_ns() // 1_000_000})
        signature = hmac.new(b"secret", payload.encode(), hashlib.sha256).hexdigest()
        url = f"{self.base_url}{path}?{payload}&signature={signature}"
        headers = {"X-MBX-APIKEY": f"key-{ALICE}-2"}
        async with self.http.request(method, url, headers=headers) as response:
            return response, await response.json()


@asynccontextmanager
async def dialect_rig(weights: Weights, *, listen_keys: bool = True) -> AsyncIterator[DialectRig]:
    async with aiohttp.ClientSession() as http:
        rig = DialectRig(http, {})
        cancel_ids, clock = CancelIds(), LogClock()
        streams, users = MarketStreams(clock), UserStreams(clock, cancel_ids)
        keys = KeysHere(ListenKeys(time.monotonic, offered=listen_keys))
        dialect = Dialect(rig.services, Markets(rig.feed), weights, cancel_ids, keys)
        web_ui = WebUi(Path("no-ui"))
        app = build_app(rig.services, rig.sockets, rig.readiness, web_ui, last_defence, Edge())
        Endpoints(dialect, streams, users).add_routes(app)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server(access_log=None, shutdown_timeout=1.0)
        rig.base_url = str(server.make_url("")).rstrip("/")
        tasks = [asyncio.create_task(part) for part in (rig.feed.run(), rig.feed.watch())]
        try:
            await rig.wait_live()
            yield rig
        finally:
            await server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
