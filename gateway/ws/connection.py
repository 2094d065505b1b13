"""One WebSocket: requests in, answers and pushes out."""

import asyncio
from typing import Any, Final

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from gateway import json_body
from gateway.access.auth import Principal, unauthenticated
from gateway.access.own_accounts import DROP_COPY
from gateway.access.signatures import signed_text
from gateway.errors import ApiError, invalid, unavailable, unknown_symbol
from gateway.metrics import ERRORS, SLOW_READERS
from gateway.orders.order_times import OrderWay
from gateway.services import Services
from gateway.ws import order_ops
from gateway.ws.book_channels import BOOK_CHANNEL_NAMES, BOOK_ORDERS, BookTopic
from gateway.ws.book_topics import book_topic
from gateway.ws.channels import ALL_SYMBOLS, INSTRUMENTS, PRIVATE, Channels, PlainTopic, Topic
from gateway.ws.frames import FrameWriter
from gateway.ws.outbox import Outbox
from gateway.ws.requests import (
    AnyRequest,
    Auth,
    IdOnly,
    OrderRequest,
    Ping,
    RequestId,
    Subscribe,
    Unsubscribe,
)

WS_PATH: Final = "/api/v1/ws"
SLOW_CONSUMER: Final = 4008
NOT_AUTHENTICATED: Final = 4001
TOPICS_MAX: Final = 100
REQUESTS_IN_FLIGHT_MAX: Final = 64
"""Past it nothing more is read from the connection until one is answered."""
ANSWERS_UNREAD_MAX: Final = 64
"""Past it nothing more is read from the connection until they are written."""
ABORT_AFTER_S: Final = 5.0

_ENCODE: Final = msgspec.json.Encoder()
_REQUEST: Final = msgspec.json.Decoder(AnyRequest)
_ID_ONLY: Final = msgspec.json.Decoder(IdOnly)

log = structlog.get_logger()


class Connection:
    """Serves one client until either side closes."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        writer: FrameWriter,
        services: Services,
        channels: Channels,
        ip: str,
    ) -> None:
        self._socket = socket
        self._writer = writer
        self._services = services
        self._channels = channels
        self._ip = ip
        self._principal: Principal | None = None
        self._signer: Principal | None = None
        """Who authenticated, before an account was chosen."""
        self._topics: set[Topic] = set()
        self._outbox = Outbox(writer.write, writer.write_now)
        self._in_flight = asyncio.Semaphore(REQUESTS_IN_FLIGHT_MAX)
        self._order_tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None

    def push(self, data: bytes) -> None:
        """Send a message; a reader that lags too far is closed instead."""
        if self._closing is None and not self._outbox.push(data):
            SLOW_READERS.inc()
            self.close(SLOW_CONSUMER, "slow consumer")

    def push_snapshot(self, data: bytes) -> None:
        """Send what the reader asked for; one that lags too far is closed instead."""
        if self._closing is None and not self._outbox.snapshot(data):
            SLOW_READERS.inc()
            self.close(SLOW_CONSUMER, "slow consumer")

    def close(self, code: int, reason: str) -> None:
        """Close soon, without waiting for what is unread; later calls change nothing."""
        if self._closing is None:
            self._leave()
            self._closing = asyncio.create_task(self._close(code, reason))

    def _leave(self) -> None:
        self._channels.leave(self, self._topics)
        self._forget(self._topics)

    def _forget(self, topics: set[Topic]) -> None:
        for topic in topics:
            self._channels.view_limits.ended(self._ip, topic)
        self._topics = self._topics - topics

    async def recheck(self) -> None:
        """Close if whoever authenticated may not be here any more."""
        principal, signer = self._principal, self._signer
        if principal is None or signer is None:
            return
        try:
            valid = await self._services.authenticator.still_valid(signer)
            if valid and principal.account_id != signer.account_id:
                own_accounts = self._services.own_accounts
                valid = await own_accounts.may_choose(signer, principal.account_id)
        except ApiError:
            return  # accounts cannot say at the moment: ask again at the next turn
        if not valid and self._principal is principal:
            self.close(NOT_AUTHENTICATED, "the access token or API key is not valid any more")

    async def closed(self) -> None:
        """Wait for a close that has begun."""
        if self._closing is not None:
            await self._closing

    async def serve(self) -> None:
        """Answer requests until the connection ends."""
        writing = asyncio.create_task(self._keep_writing())
        self._channels.join(self)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._request(message.data.encode("utf-8", "surrogatepass"))
                else:
                    self._fail(None, invalid("send text frames of JSON"))
        finally:
            self._leave()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await self.closed()

    async def _request(self, data: bytes) -> None:
        try:
            self._services.limits.request(self._ip)
            request = json_body.decode(_REQUEST, data)
        except ApiError as error:
            self._fail(_id_of(data), error)
            await self._outbox.drained()
            return
        if isinstance(request, OrderRequest):
            if self._outbox.answers >= ANSWERS_UNREAD_MAX:
                await self._outbox.drained()
            await self._in_flight.acquire()
            task = asyncio.create_task(self._order(request))
            self._order_tasks.add(task)
            task.add_done_callback(lambda done: self._order_done(request.id, done))
            return
        try:
            await self._control(request)
        except ApiError as error:
            self._fail(request.id, error)
        # Whoever does not read what was asked for cannot ask for more.
        await self._outbox.drained()

    async def _control(self, request: Subscribe | Unsubscribe | Auth | Ping) -> None:
        if isinstance(request, Ping):
            self._answer(request.id, {"ts_ns": str(self._services.clock.now_ns())})
        elif isinstance(request, Auth):
            await self._authenticate(request)
        elif isinstance(request, Unsubscribe):
            topic = self._topic(request)
            self._forget({topic} & self._topics)
            self._channels.unsubscribe(self, topic)
            self._answer(request.id, {"channel": request.channel, "symbol": request.symbol})
        else:
            self._subscribe(request)

    def _subscribe(self, request: Subscribe) -> None:
        topic = self._topic(request)
        if topic not in self._topics and len(self._topics) >= TOPICS_MAX:
            raise ApiError(
                429,
                "TOO_MANY_SUBSCRIPTIONS",
                f"a connection has at most {TOPICS_MAX} subscriptions",
            )
        if isinstance(topic, BookTopic):
            self._channels.books.admit(topic)
            if topic not in self._topics:
                self._channels.view_limits.admit(self._ip, topic)
        missed = None
        answer: dict[str, str | bool | None] = {
            "channel": request.channel,
            "symbol": request.symbol,
        }
        if request.resume_from is not None:
            if request.channel not in PRIVATE:
                raise invalid("only orders, fills and balances are resumed", "resume_from")
            missed = self._channels.resumed(topic, request.resume_from)
            answer |= {"resumed": missed is not None}
        if topic not in self._topics:
            self._channels.view_limits.begun(self._ip, topic)
        self._topics.add(topic)
        self._answer(request.id, answer)
        self._channels.subscribe(self, topic, missed)

    def _topic(self, request: Subscribe) -> Topic:
        if request.channel in PRIVATE:
            allowed = ("read", DROP_COPY) if request.channel == "fills" else ("read",)
            return PlainTopic(request.channel, self._caller(*allowed).account_id)
        if request.channel == INSTRUMENTS:
            return PlainTopic(INSTRUMENTS, "")
        symbol = request.symbol
        if symbol is None:
            raise invalid("this channel needs a symbol")
        if request.channel == "ticker" and symbol == ALL_SYMBOLS:
            return PlainTopic("ticker", ALL_SYMBOLS, request.window or "24h")
        feed = self._services.feed
        market = feed.projection.market(symbol)
        if market is None:
            raise unknown_symbol() if feed.built else unavailable("the engine")
        if request.channel in BOOK_CHANNEL_NAMES:
            if request.channel == BOOK_ORDERS:
                self._check_order_level()
            return book_topic(request, market)
        if request.channel == "candles":
            if request.interval is None:
                raise invalid("this channel needs an interval")
            return PlainTopic("candles", symbol, request.interval)
        if request.channel == "ticker":
            return PlainTopic("ticker", symbol, request.window or "24h")
        return PlainTopic(request.channel, symbol)

    def _check_order_level(self) -> None:
        if not self._services.order_level.admit(self._caller("read")):
            raise ApiError(403, "FORBIDDEN", "this account may not read books order by order")

    async def _authenticate(self, request: Auth) -> None:
        authenticator = self._services.authenticator
        if request.token is not None:
            principal = await authenticator.token(request.token)
        elif request.api_key is not None:
            principal = await authenticator.api_key(
                request.api_key,
                str(request.timestamp),
                request.signature or "",
                signed_text("WS", WS_PATH),
                self._ip,
            )
        else:
            raise invalid("give a token, or api_key, timestamp and signature")
        signer = principal
        principal = await self._services.own_accounts.chosen(signer, request.account_id)
        if self._principal is not None and self._principal.account_id != principal.account_id:
            raise invalid("this connection belongs to another account: open a new one")
        self._principal, self._signer = principal, signer
        self._answer(request.id, {"account_id": principal.account_id})

    def _caller(self, *permissions: str) -> Principal:
        """Return who has authenticated and has one of ``permissions``."""
        if self._principal is None:
            raise unauthenticated("authenticate first")
        if self._principal.permissions.isdisjoint(permissions):
            message = f"this API key lacks the permission '{permissions[0]}'"
            raise ApiError(403, "FORBIDDEN", message)
        return self._principal

    async def _order(self, request: OrderRequest) -> None:
        try:
            caller = self._caller("trade")
            account_id = caller.account_id
            self._services.limits.caller(account_id, caller.api_key)
            with OrderWay():
                result = await order_ops.run(self._services, account_id, request)
                self._answer(request.id, result)
        except ApiError as error:
            self._fail(request.id, error)

    def _order_done(self, request_id: RequestId, task: "asyncio.Task[None]") -> None:
        self._order_tasks.discard(task)
        self._in_flight.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an order request failed", exc_info=error)
            self._fail(request_id, ApiError(500, "INTERNAL", "something went wrong here"))

    def _answer(self, request_id: RequestId, result: Any) -> None:
        if self._closing is None:
            self._outbox.answer(_ENCODE.encode({"id": request_id, "ok": True, "result": result}))

    def _fail(self, request_id: RequestId, error: ApiError) -> None:
        ERRORS.labels(code=error.code).inc()
        if self._closing is None:
            body = {"id": request_id, "ok": False, "error": error.body()}
            self._outbox.answer(_ENCODE.encode(body))

    async def _keep_writing(self) -> None:
        try:
            await self._outbox.run()
        except ConnectionError:
            self.close(WSCloseCode.GOING_AWAY, "the connection is gone")

    async def _close(self, code: int, reason: str) -> None:
        if self._writer.transport is not None:
            # A client that reads nothing would keep what is unread, and the socket, for ever.
            asyncio.get_running_loop().call_later(ABORT_AFTER_S, self._writer.transport.abort)
        await self._socket.close(code=code, message=reason.encode(), drain=False)


def _id_of(data: bytes) -> RequestId:
    """Return the id of a request that is not understood, if it has one."""
    try:
        return _ID_ONLY.decode(data).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
