"""The real gateway application on a real socket; behind it the reference core, in this process.

Engine, accounts and market data are stood in for, so that each can fail at a chosen moment.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.running.ports import choose_ports
from domain.clock import LogClock
from domain.commands import Command
from domain.events import Outcome
from gateway.access.auth import Authenticator
from gateway.access.own_accounts import OwnAccounts
from gateway.access.rate_limits import RateLimits
from gateway.app import Edge, build_app
from gateway.calls.accounts_client import AccountsClient, Deposited, OrderWithFills
from gateway.calls.admin_client import AdminClient
from gateway.calls.bots_client import BotsClient
from gateway.calls.identity_rows import ApiKeySecret, Session, UserRow
from gateway.calls.market_data_client import CandleRow, MarketDataClient, TickerRow, TradeRow
from gateway.errors import ApiError, unavailable
from gateway.main import last_defence
from gateway.orders.order_entry import OrderEntry
from gateway.orders.order_lookup import OrderLookup
from gateway.services import Services
from gateway.state.feed import EVENT_STREAM, Feed
from gateway.state.indication import Indications
from gateway.state.market_feed import MarketFeed
from gateway.state.snapshot import OrderListState, OrderState, Snapshot
from gateway.system_status import SystemStatus
from gateway.web_ui import WebUi
from gateway.ws.channels import Channels
from gateway.ws.endpoint import Sockets
from schemas.layouts import EVENT_BYTES
from service.calls import ServiceClient
from service.health import MakeProtocol, Readiness, serving
from tests.unit.gateway.exchange import ALICE, BOB, Exchange
from tests.unit.gateway.test_snapshot import snapshot_of
from transport.engine_client import EngineClient
from transport.errors import FateUnknown, NotSent, ReaderAhead, StreamBroken

USERS = {ALICE: ("alice@example.com", 1), BOB: ("bob@example.com", 2)}
KID = "rig"
USUAL_EDGE = Edge()


class RigEngine:
    """Executes on the core; its events reach the gateway by ``follow``."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.exchange.now_ns = time.time_ns()
        self.up = True
        self.mute = False
        """Executes, but neither answers nor is heard."""
        self.said = asyncio.Event()
        self.breaks = False
        self.wiped = False
        """Its journal is gone, and everybody's past with it."""
        self.room = 100
        """For how many more commands there is credit."""

    @property
    def next_event_seq(self) -> int | None:
        if self.wiped:
            return 1
        return self.exchange.last_seq + 1 if self.up and not self.mute else None

    async def submit(self, command: Command, *, timeout_s: float) -> Outcome:
        if not self.up:
            raise NotSent("no engine")
        self.exchange.now_ns = max(time.time_ns(), self.exchange.now_ns)
        outcome = self.exchange.send(command)
        if self.mute:
            raise FateUnknown("no outcome in time")
        self.said.set()
        await asyncio.sleep(0)
        return outcome

    @property
    def credits(self) -> int:
        return self.room

    async def submit_many(self, commands: Sequence[Command], *, timeout_s: float) -> list[Outcome]:
        if not self.up:
            raise NotSent("no engine")
        self.exchange.now_ns = max(time.time_ns(), self.exchange.now_ns)
        outcomes = [self.exchange.send(command) for command in commands]
        if self.mute:
            raise FateUnknown("no outcome in time")
        self.said.set()
        await asyncio.sleep(0)
        return outcomes

    def speak(self) -> None:
        """Let followers see what was said behind their back."""
        self.said.set()

    async def follow(self, from_seq: int) -> AsyncGenerator[tuple[int, bytes]]:
        next_seq = from_seq
        while True:
            if self.wiped:
                raise ReaderAhead(next_seq, 1)
            await self.said.wait()
            self.said.clear()
            if self.breaks:
                self.breaks = False
                raise StreamBroken("told to")
            last_seq = self.exchange.last_seq
            if last_seq >= next_seq and self.up and not self.mute:
                first_seq, next_seq = next_seq, last_seq + 1
                yield first_seq, self.exchange.log[(first_seq - 1) * EVENT_BYTES :]


class RigAccounts(AccountsClient):
    """Users with passwords, one API key each; the history is empty unless told."""

    def __init__(self, engine: RigEngine) -> None:
        self.engine = engine
        self.up = True
        self.private_key = Ed25519PrivateKey.generate()
        self.revoked: set[str] = set()
        self.verifiers: dict[str, tuple[int, str]] = {}
        """Keys made for key pairs: whose they are, and what verifies them."""
        self.stored: list[OrderState] = []
        self.snapshots = 0

    def _check(self) -> None:
        if not self.up:
            raise unavailable("accounts")

    def token(self, account_id: int, *, kid: str = KID, **claims: Any) -> str:
        email, user_id = USERS[account_id]
        told = {
            "iss": "openbell",
            "aud": "openbell",
            "sub": str(user_id),
            "acc": account_id,
            "email": email,
            "role": "user",
            "exp": int(time.time()) + 900,
        } | claims
        return jwt.encode(told, self.private_key, "EdDSA", headers={"kid": kid})

    async def snapshot(self) -> Snapshot:
        self._check()
        self.snapshots += 1
        return snapshot_of(self.engine.exchange.project())

    async def jwks(self) -> dict[str, object]:
        self._check()
        key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.private_key.public_key()))
        return {"keys": [key | {"kid": KID, "alg": "EdDSA", "use": "sig"}]}

    async def api_key_secret(self, api_key: str) -> ApiKeySecret:
        self._check()
        if api_key in self.verifiers:
            account_id, verifier = self.verifiers[api_key]
            user_id = USERS[account_id][1]
            return ApiKeySecret(api_key, verifier, user_id, account_id, ["read", "trade"])
        for account_id, (_, user_id) in USERS.items():
            for permissions in (["read"], ["read", "trade"]):
                if api_key == f"key-{account_id}-{len(permissions)}" not in self.revoked:
                    return ApiKeySecret(api_key, "secret", user_id, account_id, permissions)
        raise ApiError(404, "NOT_FOUND", "no such API key")

    async def user(self, user_id: int) -> UserRow:
        self._check()
        for account_id, (email, known_id) in USERS.items():
            if known_id == user_id:
                return UserRow(user_id, email, "user", account_id, 1, True, False, 0)
        raise ApiError(404, "NOT_FOUND", "no such user")

    async def refresh(self, refresh_token: str) -> Session:
        self._check()
        return Session("access", 900, "the next one", 3_600, await self.user(USERS[ALICE][1]))

    async def check_second_factor(self, user_id: int, code: str | None, ip: str) -> None:
        self._check()

    async def orders(self, account_id: int, query: dict[str, str | int]) -> list[OrderState]:
        self._check()
        return [order for order in self.stored if order.account_id == account_id]

    async def order(self, account_id: int, order_id: int) -> OrderWithFills:
        self._check()
        for order in self.stored:
            if (order.account_id, order.order_id) == (account_id, order_id):
                return OrderWithFills(order, [])
        raise ApiError(404, "NOT_FOUND", "no such order")

    async def fills(self, account_id: int, query: dict[str, str | int]) -> list[Any]:
        self._check()
        return []

    async def order_list(self, account_id: int, list_id: int) -> OrderListState:
        self._check()
        raise ApiError(404, "NOT_FOUND", "no such order list")

    async def order_list_by_client_id(
        self, account_id: int, client_order_id: str, min_seq: int
    ) -> OrderListState:
        return await self.order_list(account_id, 0)

    async def faucet(self, account_id: int, asset: str, amount_atoms: int) -> Deposited:
        raise ApiError(403, "FAUCET_CLOSED", "this venue gives no play money")


class RigMarketData(MarketDataClient):
    def __init__(self) -> None:
        self.up = True
        self.rows: list[TradeRow] = []
        self.pages = 0
        """Of history asked for so far."""
        self.fails_at_page = 0

    async def candles(self, *question: object) -> list[CandleRow]:
        if not self.up:
            raise unavailable("market data")
        return [CandleRow(60 * 10**9, 6_400_000, 6_400_100, 6_399_900, 6_400_050, 7, 70, 2, 3, 30)]

    async def trades(
        self, instrument_id: int, limit: int, before_trade_id: int | None
    ) -> list[TradeRow]:
        if not self.up:
            raise unavailable("market data")
        before = before_trade_id or 2**63
        return [row for row in self.rows if row.trade_id < before][:limit]

    async def trades_from(
        self,
        instrument_id: int,
        from_trade_id: int,
        limit: int,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> list[TradeRow]:
        if not self.up:
            raise unavailable("market data")
        self.pages += 1
        if self.pages == self.fails_at_page:
            raise unavailable("market data")
        last_ns = 2**63 if end_ns is None else end_ns
        found = [
            row
            for row in sorted(self.rows)
            if row.trade_id >= from_trade_id and (start_ns or 0) <= row.ts_ns <= last_ns
        ]
        return found[:limit]

    async def tickers(self) -> list[TickerRow]:
        return []


class Rig:
    """One running gateway and hands on everything behind it."""

    def __init__(self, http: aiohttp.ClientSession, limits: dict[str, Any]) -> None:
        self.http = http
        self.engine = self.new_engine()
        self.accounts = RigAccounts(self.engine)
        self.market_data = RigMarketData()
        self.readiness = Readiness(EVENT_STREAM)
        indications = Indications()
        self.channels = Channels(LogClock(), indications)
        unused: Any = None
        self.market_feed = MarketFeed(unused, unused, self.market_data, self.channels)
        self.channels.use_market_feed(self.market_feed)
        self.feed = Feed(
            self.accounts.snapshot,
            self.engine.follow,
            lambda: self.engine.next_event_seq,
            self.channels,
            self.readiness,
        )
        self.sockets = Sockets(self.channels)
        usual: dict[str, Any] = dict.fromkeys(
            ("requests_per_ip", "credentials_per_ip", "orders_per_account", "sockets_per_ip"),
            "10000/second",
        )
        clock = LogClock()
        self.services = Services(
            feed=self.feed,
            entry=OrderEntry(self.engine, self.feed, clock),
            lookup=OrderLookup(self.feed, self.accounts),
            accounts=self.accounts,
            market_data=self.market_data,
            market_feed=self.market_feed,
            authenticator=Authenticator(self.accounts),
            own_accounts=OwnAccounts(self.accounts),
            limits=RateLimits(**(usual | limits)),
            clock=clock,
            indications=indications,
            bots=BotsClient(None, "", ""),
            admin=(admin := AdminClient(ServiceClient(http, "http://127.0.0.1:9", "no secret"))),
            system=SystemStatus(cast(EngineClient, self.engine), self.feed, admin, http, {}),
        )
        self.base_url = ""

    def new_engine(self) -> RigEngine:
        return RigEngine()

    async def wait_live(self, live: bool = True) -> None:
        async with asyncio.timeout(5):
            while self.feed.live is not live:
                await asyncio.sleep(0.01)

    async def call(
        self,
        method: str,
        path: str,
        *,
        account_id: int | None = None,
        body: object = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Return (status, decoded answer); every answer must be JSON or empty."""
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        told = dict(headers or {})
        if account_id is not None:
            told["Authorization"] = f"Bearer {self.accounts.token(account_id)}"
        url = f"{self.base_url}/api/v1{path}"
        async with self.http.request(method, url, data=data or None, headers=told) as response:
            text = await response.read()
            if text:
                told = "application/json" if response.status < 400 else "application/problem+json"
                assert response.content_type == told, text
            if response.status in (429, 503):
                assert int(response.headers["Retry-After"]) >= 1
            return response.status, json.loads(text or b"null")

    def signed(
        self, method: str, path: str, body: bytes = b"", *, key: str, at_ms: int | None = None
    ) -> dict[str, str]:
        """Return the headers of a request signed with an API key."""
        timestamp = str(int(time.time() * 1000) if at_ms is None else at_ms)
        message = f"{timestamp}\n{method}\n/api/v1{path}\n\n\n".encode() + body
        return {
            "X-Openbell-Key": key,
            "X-Openbell-Timestamp": timestamp,
            "X-Openbell-Signature": hmac.new(b"secret", message, hashlib.sha256).hexdigest(),
        }

    async def place(self, account_id: int, **fields: object) -> dict[str, Any]:
        """Place a limit order of BTC-USDT that must be accepted."""
        terms: dict[str, object] = {
            "symbol": "BTC-USDT",
            "side": "buy",
            "type": "limit",
            "price": "64000.00",
            "qty": "0.01",
        }
        status, order = await self.call(
            "POST", "/orders", account_id=account_id, body=terms | fields
        )
        assert status == 201, order
        return cast(dict[str, Any], order)


@asynccontextmanager
async def running_rig(
    web_ui: WebUi, edge: Edge = USUAL_EDGE, **limits: str | int
) -> AsyncIterator[Rig]:
    """Run a gateway for the length of the block; it is live when this enters."""
    async with aiohttp.ClientSession() as http:
        rig = Rig(http, limits)
        app: web.Application = build_app(
            rig.services, rig.sockets, rig.readiness, web_ui, last_defence, edge
        )
        port = choose_ports({"gateway": None}, set())["gateway"]
        rig.base_url = f"http://127.0.0.1:{port}"
        parts = (rig.feed.run(), rig.feed.watch(), rig.channels.run())
        wrap = _unguarded if edge.connections is None else edge.connections.guarded
        async with serving(app, "127.0.0.1", port, wrap=wrap):
            tasks = [asyncio.create_task(part) for part in parts]
            try:
                await rig.wait_live()
                yield rig
            finally:
                for task in tasks:
                    task.cancel()
                for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                    if not isinstance(outcome, asyncio.CancelledError):
                        raise AssertionError("a part of the gateway ended") from outcome


def _unguarded(make: MakeProtocol) -> MakeProtocol:
    return make
