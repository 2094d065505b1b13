"""One connection to `/ws-api/v3`: the operations of REST, a session, and user streams."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from aiohttp import WSCloseCode

from gateway.access.auth import Principal
from gateway.binance.authentication import invalid_key, signer
from gateway.binance.call import Dialect, Operation
from gateway.binance.error_codes import in_this_dialect
from gateway.binance.errors import BinanceError, not_valid
from gateway.binance.execution import Sent, admitted, answered
from gateway.binance.socket import Socket
from gateway.binance.tables import WS_API
from gateway.binance.user_streams import UserStreams
from gateway.binance.weights import rate_limits
from gateway.binance.ws_parameters import Number, decoded, parameters_of, signed_payloads
from gateway.metrics import ERRORS
from gateway.orders.order_times import OrderWay

REQUESTS_IN_FLIGHT_MAX: Final = 64
"""Past it nothing more is read from the connection until one is answered."""
SUBSCRIPTIONS_MAX: Final = 100
ID_CHARACTERS_MAX: Final = 36
_WRAPPED: Final = b'{"subscriptionId":%d,"event":%b}'

RequestId = int | str | None

log = structlog.get_logger()


class ApiSubscription:
    """One user stream read on a connection."""

    def __init__(
        self, connection: "WsApiConnection", number: int, owner: Principal, of_session: bool
    ) -> None:
        self._connection = connection
        self.number = number
        self.owner = owner
        self.of_session = of_session

    def user_event(self, data: bytes) -> None:
        """Send an event of the account."""
        self._connection.socket.push(_WRAPPED % (self.number, data))

    def start_over(self) -> None:
        """Close the connection."""
        self._connection.start_over()


class WsApiConnection:
    """Serves one client."""

    def __init__(self, socket: Socket, dialect: Dialect, users: UserStreams) -> None:
        self.socket = socket
        self._dialect = dialect
        self._users = users
        self._session: Principal | None = None
        self._since_ms = 0
        self._subscriptions: dict[int, ApiSubscription] = {}
        self._next_number = 0
        self._in_flight = asyncio.Semaphore(REQUESTS_IN_FLIGHT_MAX)
        self._tasks: set[asyncio.Task[None]] = set()
        self._own = {
            "session.logon": self._log_on,
            "session.status": self._status,
            "session.logout": self._log_out,
            "session.subscriptions": self._list,
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    @property
    def principals(self) -> list[Principal]:
        """Whose keys this connection lives on."""
        session = [] if self._session is None else [self._session]
        return session + [each.owner for each in self._subscriptions.values()]

    async def serve(self) -> None:
        """Answer requests until the connection ends."""
        try:
            while (text := await self.socket.read()) is not None:
                await self._in_flight.acquire()
                task = asyncio.create_task(self._request(text))
                self._tasks.add(task)
                task.add_done_callback(self._done)
                await self.socket.drained()
        finally:
            self.leave()

    def start_over(self) -> None:
        """Close: the client comes again and asks for what it missed."""
        self.leave()
        self.socket.close(WSCloseCode.SERVICE_RESTART, "the exchange starts over")

    def shut_down(self, now_ms: int) -> None:
        """Say goodbye and close."""
        self.leave()
        self.socket.answer({"event": {"e": "serverShutdown", "E": now_ms}})
        self.socket.close(WSCloseCode.GOING_AWAY, "the gateway stops")

    def revoke(self, principal: Principal, now_ms: int) -> None:
        """End what a key that is no longer valid had opened."""
        if self._session == principal:
            self._session = None
        for subscription in list(self._subscriptions.values()):
            if subscription.owner == principal:
                self._end(subscription, now_ms)

    def leave(self) -> None:
        """End every subscription."""
        for subscription in self._subscriptions.values():
            self._users.leave(subscription.owner.account_id, subscription)
        self._subscriptions.clear()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._in_flight.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a request of the WS-API failed", exc_info=error)
            self.socket.close(WSCloseCode.INTERNAL_ERROR, "something went wrong here")

    async def _request(self, text: str) -> None:
        request_id: RequestId = None
        with_limits = True
        try:
            request = decoded(text)
            if not isinstance(request, dict):
                raise BinanceError(400, -1000, "A request is a JSON object.")
            request_id = _id_of(request.get("id"))
            sent = request.get("params") or {}
            if not isinstance(sent, dict):
                raise BinanceError(400, -1000, "params is a JSON object.")
            with_limits = sent.get("returnRateLimits", True) is not False
            with OrderWay():
                result = await self._result(str(request.get("method")), sent)
            answer = {"status": 200, "result": result}
        except BinanceError as error:
            ERRORS.labels(code=str(error.code)).inc()
            answer = {"status": error.status, "error": error.body()}
            if error.retry_after_s is not None:
                answer["error"]["data"] = {"retryAfter": self._now_ms + error.retry_after_s * 1_000}
        if with_limits:
            answer["rateLimits"] = self._used()
        self.socket.answer({"id": request_id} | answer)
        if (after := answer.get("result")) and isinstance(after, _Joins):
            self._join(after.subscription)

    async def _result(self, method: str, sent: Mapping[str, Any]) -> Any:
        own = self._own.get(method)
        if own is not None:
            return await own(sent)
        operation = WS_API.get(method)
        if operation is None:
            raise BinanceError(400, -1000, f"Unknown method '{method[:64]}'.")
        return await self._operation(operation, sent)

    async def _operation(self, operation: Operation, sent: Mapping[str, Any]) -> Any:
        parameters = parameters_of(sent)
        request = Sent(
            self.socket.ip,
            parameters,
            parameters.optional("apiKey"),
            signed_payloads(sent) if parameters.has("signature") else (),
            self._session,
        )
        return await answered(operation, await admitted(self._dialect, operation, request))

    async def _signer(self, sent: Mapping[str, Any]) -> Principal:
        parameters = parameters_of(sent)
        with in_this_dialect():
            self._dialect.services.limits.request(self.socket.ip)
            self._dialect.weights.weigh(self.socket.ip, 2)
            signed = await signer(
                self._dialect.services.authenticator,
                parameters.text("apiKey"),
                parameters,
                signed_payloads(sent),
                self._now_ms,
                self.socket.ip,
            )
        if "read" not in signed.principal.permissions:
            raise invalid_key()
        return signed.principal

    async def _log_on(self, sent: Mapping[str, Any]) -> Any:
        self._session = await self._signer(sent)
        self._since_ms = self._now_ms
        return self._session_state()

    async def _status(self, _: Mapping[str, Any]) -> Any:
        return self._session_state()

    async def _log_out(self, _: Mapping[str, Any]) -> Any:
        self._session = None
        for subscription in list(self._subscriptions.values()):
            if subscription.of_session:
                self._end(subscription, self._now_ms)
        return self._session_state()

    async def _list(self, _: Mapping[str, Any]) -> Any:
        return [{"subscriptionId": number} for number in self._subscriptions]

    async def _subscribe(self, _: Mapping[str, Any]) -> Any:
        if self._session is None:
            raise BinanceError(401, -1022, "Log on with session.logon first.")
        return self._new(self._session, of_session=True)

    async def _subscribe_signed(self, sent: Mapping[str, Any]) -> Any:
        return self._new(await self._signer(sent), of_session=False)

    def _new(self, owner: Principal, *, of_session: bool) -> "_Joins":
        if len(self._subscriptions) >= SUBSCRIPTIONS_MAX:
            raise BinanceError(400, -1000, f"At most {SUBSCRIPTIONS_MAX} subscriptions.")
        number, self._next_number = self._next_number, self._next_number + 1
        subscription = ApiSubscription(self, number, owner, of_session)
        self._subscriptions[number] = subscription
        return _Joins(subscription)

    def _join(self, subscription: ApiSubscription) -> None:
        """Let events come, now that the answer, which must be first, is on its way."""
        if subscription.number in self._subscriptions and not self.socket.closing:
            self._users.join(subscription.owner.account_id, subscription)

    async def _unsubscribe(self, sent: Mapping[str, Any]) -> Any:
        number = parameters_of(sent).integer("subscriptionId")
        chosen = list(self._subscriptions.values())
        if number is not None:
            if number >= self._next_number:
                raise not_valid("subscriptionId")
            # Clients unsubscribe a second time when they close: that is no error.
            chosen = [each for each in chosen if each.number == number]
        for subscription in chosen:
            self._end(subscription, self._now_ms)
        return {}

    def _end(self, subscription: ApiSubscription, now_ms: int) -> None:
        del self._subscriptions[subscription.number]
        self._users.leave(subscription.owner.account_id, subscription)
        event = {"e": "eventStreamTerminated", "E": now_ms}
        subscription.user_event(msgspec.json.encode(event))

    def _session_state(self) -> dict[str, Any]:
        session = self._session
        return {
            "apiKey": None if session is None else session.api_key,
            "authorizedSince": None if session is None else self._since_ms,
            "connectedSince": self._since_ms,
            "returnRateLimits": True,
            "serverTime": self._now_ms,
            "userDataStream": bool(self._subscriptions),
        }

    def _used(self) -> list[dict[str, Any]]:
        weights = self._dialect.weights
        used: dict[str, int] = {"MINUTE": weights.weight_used(self.socket.ip)}
        if self._session is not None:
            used["SECOND"], used["DAY"] = weights.orders_used(self._session.account_id)
        return [
            {**each, "count": used[str(each["interval"])]}
            for each in rate_limits(weights)
            if each["interval"] in used
            and (each["rateLimitType"] == "ORDERS") == (each["interval"] != "MINUTE")
        ]

    @property
    def _now_ms(self) -> int:
        return self._dialect.services.clock.now_ns() // 1_000_000


class _Joins(dict[str, int]):
    """The answer to a subscription that begins once it is sent."""

    def __init__(self, subscription: ApiSubscription) -> None:
        super().__init__(subscriptionId=subscription.number)
        self.subscription = subscription


def _id_of(value: Any) -> RequestId:
    """Return a request's id as it is answered: a number as a number, a text as a text."""
    if isinstance(value, Number):
        if not value.lstrip("-").isdigit() or len(value) > ID_CHARACTERS_MAX:
            raise BinanceError(400, -1000, "A request's id is a whole number or a text.")
        return int(value)
    if value is None or (isinstance(value, str) and len(value) <= ID_CHARACTERS_MAX):
        return value
    raise BinanceError(400, -1000, "A request's id is a whole number or a text.")
