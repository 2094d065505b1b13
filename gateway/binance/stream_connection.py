"""One connection to `/ws` or `/stream`: market streams, and user streams by their listen keys."""

from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode

from gateway.access.auth import Principal
from gateway.binance.call import Dialect
from gateway.binance.errors import BinanceError
from gateway.binance.market_streams import MarketStreams
from gateway.binance.socket import Socket
from gateway.binance.stream_names import StreamName, parse_stream
from gateway.binance.user_streams import UserStreams
from gateway.errors import ApiError

STREAMS_MAX: Final = 1_024
_LISTEN_KEY_CHARACTERS: Final = 64
_WRAPPED: Final = b'{"stream":%b,"data":%b}'

RequestId = int | str | None


class UserSubscription:
    """One listen key read on a connection."""

    def __init__(self, connection: "StreamConnection", listen_key: str, owner: Principal) -> None:
        self._connection = connection
        self.listen_key = listen_key
        self.owner = owner

    def user_event(self, data: bytes) -> None:
        """Send an event of the account."""
        self._connection.event(self.listen_key, data)

    def start_over(self) -> None:
        """Close the connection."""
        self._connection.start_over()


class StreamConnection:
    """Serves one client. ``combined``: each event says of which stream it is."""

    def __init__(
        self,
        socket: Socket,
        dialect: Dialect,
        markets: MarketStreams,
        users: UserStreams,
        *,
        combined: bool,
    ) -> None:
        self.socket = socket
        self._dialect = dialect
        self._markets = markets
        self._users = users
        self._combined = combined
        self._streams: dict[str, StreamName] = {}
        self._keys: dict[str, UserSubscription] = {}

    @property
    def principals(self) -> list[tuple[str, Principal]]:
        """Whose streams are read here, by listen key."""
        return [(name, each.owner) for name, each in self._keys.items()]

    async def serve(self, first: list[str]) -> None:
        """Subscribe to what the address named, then answer requests until the connection ends."""
        try:
            for name in first:
                try:
                    await self._subscribe(name)
                except BinanceError as error:
                    self.socket.answer(_failure(error, None))
                except ApiError as error:
                    # Silence would be taken for a quiet stream: the client comes again.
                    self.socket.close(WSCloseCode.TRY_AGAIN_LATER, str(error))
                    return
            while (text := await self.socket.read()) is not None:
                if self.socket.is_too_fast():
                    self.socket.close(WSCloseCode.POLICY_VIOLATION, "Too many requests")
                    break
                await self._request(text)
                # Whoever does not read what was asked for cannot ask for more.
                await self.socket.drained()
        finally:
            self.leave()

    def event(self, stream: str, data: bytes) -> None:
        """Send an event of a stream."""
        if self._combined:
            data = _WRAPPED % (msgspec.json.encode(stream), data)
        self.socket.push(data)

    def start_over(self) -> None:
        """Close: the client comes again and asks for snapshots."""
        self.leave()
        self.socket.close(WSCloseCode.SERVICE_RESTART, "the exchange starts over")

    def end_user_stream(self, listen_key: str, now_ms: int) -> None:
        """Stop sending what a key is no longer good for, and say so."""
        subscription = self._keys.pop(listen_key, None)
        if subscription is not None:
            self._users.leave(subscription.owner.account_id, subscription)
            event = {"e": "listenKeyExpired", "E": now_ms, "listenKey": listen_key}
            self.event(listen_key, msgspec.json.encode(event))

    def shut_down(self, now_ms: int) -> None:
        """Say goodbye and close."""
        self.leave()
        self.socket.answer({"e": "serverShutdown", "E": now_ms})
        self.socket.close(WSCloseCode.GOING_AWAY, "the gateway stops")

    def leave(self) -> None:
        """End every subscription."""
        for name in self._streams.values():
            self._markets.unsubscribe(self, name)
        self._streams.clear()
        for subscription in self._keys.values():
            self._users.leave(subscription.owner.account_id, subscription)
        self._keys.clear()

    async def _request(self, text: str) -> None:
        request_id: RequestId = None
        try:
            request = _decoded(text)
            request_id = request.get("id")
            self._dialect.services.limits.request(self.socket.ip)
            if self.socket.closing:
                return
            self.socket.answer({"result": await self._result(request), "id": request_id})
        except BinanceError as error:
            self.socket.answer(_failure(error, request_id))
        except ApiError as error:
            self.socket.answer(_failure(BinanceError(429, 4, str(error)), request_id))

    async def _result(self, request: dict[str, Any]) -> Any:
        method, parameters = request.get("method"), request.get("params")
        if method == "LIST_SUBSCRIPTIONS":
            return [*self._streams, *self._keys]
        if method == "SET_PROPERTY" and isinstance(parameters, list) and len(parameters) == 2:
            self._combined = parameters[1] is True
            return None
        if method == "GET_PROPERTY":
            return self._combined
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            raise BinanceError(400, 1, "Invalid value type: unknown method")
        if not isinstance(parameters, list) or not all(isinstance(n, str) for n in parameters):
            raise BinanceError(400, 2, "Invalid request: params must be a list of streams")
        for name in parameters:
            if method == "SUBSCRIBE":
                await self._subscribe(name)
            else:
                self._unsubscribe(name)
        return None

    async def _subscribe(self, text: str) -> None:
        if text in self._streams or text in self._keys:
            return
        if len(self._streams) + len(self._keys) >= STREAMS_MAX:
            raise BinanceError(400, 2, f"Invalid request: at most {STREAMS_MAX} streams")
        if _may_be_listen_key(text):
            await self._listen(text)
            return
        name = parse_stream(text)
        self._streams[text] = name
        await self._markets.subscribe(self, name)
        if self.socket.closing:
            self._markets.unsubscribe(self, name)

    async def _listen(self, listen_key: str) -> None:
        owner = await self._dialect.listen_keys.owner(listen_key)
        if owner is None:
            raise BinanceError(400, 2, "Invalid request: this listenKey does not exist")
        subscription = UserSubscription(self, listen_key, owner)
        self._keys[listen_key] = subscription
        self._users.join(owner.account_id, subscription)
        if self.socket.closing:
            self._users.leave(owner.account_id, subscription)

    def _unsubscribe(self, text: str) -> None:
        name = self._streams.pop(text, None)
        if name is not None:
            self._markets.unsubscribe(self, name)
        subscription = self._keys.pop(text, None)
        if subscription is not None:
            self._users.leave(subscription.owner.account_id, subscription)


def _may_be_listen_key(text: str) -> bool:
    return len(text) == _LISTEN_KEY_CHARACTERS and text.isalnum()


def _decoded(text: str) -> dict[str, Any]:
    try:
        request = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BinanceError(400, 3, "Invalid JSON") from error
    if not isinstance(request, dict):
        raise BinanceError(400, 2, "Invalid request: an object is needed")
    request_id = request.get("id")
    if isinstance(request_id, bool) or not isinstance(request_id, int | str | None):
        raise BinanceError(400, 2, "Invalid request: request ID must be a number or a text")
    return request


def _failure(error: BinanceError, request_id: RequestId) -> dict[str, Any]:
    return {"error": {"code": error.code, "msg": error.text}, "id": request_id}
