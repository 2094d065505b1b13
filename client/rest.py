"""REST calls of the native API."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from client.books import BookCalls
from client.credentials import CredentialCalls
from client.errors import OrderFateUnknown, Refused, SecondFactorRequired, Unreachable
from client.stream import Stream
from client.sub_accounts import SubAccountCalls
from client.types import (
    Asset,
    Balance,
    Depth,
    Fill,
    Instrument,
    Order,
    OrderList,
    Session,
    Ticker,
    Trade,
    User,
    Venue,
)
from client.wallet import WalletCalls

API: Final = "/api/v1"
TIMEOUT_S: Final = 10.0
Answer = TypeVar("Answer")


class _Error(msgspec.Struct):
    code: str = "UNKNOWN"
    message: str = ""
    details: dict[str, Any] = {}


class _ErrorAnswer(msgspec.Struct):
    error: _Error


class _Orders(msgspec.Struct):
    orders: list[Order]


class _Fills(msgspec.Struct):
    fills: list[Fill]


class _Balances(msgspec.Struct):
    balances: list[Balance]


class _Armed(msgspec.Struct):
    timeout_ms: int


class _Canceled(msgspec.Struct):
    canceled: list[int]


def signature(
    secret: str,
    timestamp_ms: int,
    method: str,
    path_qs: str,
    *,
    account: str = "",
    idempotency_key: str = "",
    body: bytes = b"",
) -> str:
    """Return the hex HMAC-SHA256 an API key signs a request with: six lines, the body last."""
    lines = (str(timestamp_ms), method, path_qs, account, idempotency_key, "")
    text = "\n".join(lines).encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class OpenbellClient(WalletCalls, SubAccountCalls, CredentialCalls, BookCalls):
    """One user's calls, by API key, by login, or anonymous for public data. Use as an async context
    manager. ``account_id``: which of the login's accounts calls are about; None is the main one.
    """

    account_id: int | None = None

    def __init__(
        self, base_url: str, *, api_key: str | None = None, api_secret: str | None = None
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._api_secret = api_secret
        self._token: str | None = None
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # Unsafe: of hosts that are named by an address, too; the refresh token is such a cookie.
        jar = aiohttp.CookieJar(unsafe=True)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=jar)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("use OpenbellClient as an async context manager")
        return self._http

    def _auth_headers(
        self, method: str, path_qs: str, idempotency_key: str, body: bytes
    ) -> dict[str, str]:
        account = "" if self.account_id is None else str(self.account_id)
        chosen = {"Openbell-Account": account} if account else {}
        if self._api_key is not None and self._api_secret is not None:
            at_ms = time.time_ns() // 1_000_000
            mac = signature(
                self._api_secret,
                at_ms,
                method,
                path_qs,
                account=account,
                idempotency_key=idempotency_key,
                body=body,
            )
            return chosen | {
                "X-Openbell-Key": self._api_key,
                "X-Openbell-Timestamp": str(at_ms),
                "X-Openbell-Signature": mac,
            }
        return chosen | {"Authorization": f"Bearer {self._token}"} if self._token else {}

    async def call(
        self,
        method: str,
        path: str,
        answer_type: type[Answer],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call ``path`` (below ``/api/v1``) and return the decoded answer. None in query or body is
        left out.

        Raises:
            Refused: the exchange answered with an error.
            Unreachable: there was no answer.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = URL(self._base_url + API + path).with_query(given)
        payload = b""
        sent = dict(headers or {})
        if body is not None:
            payload = msgspec.json.encode({k: v for k, v in body.items() if v is not None})
            sent["Content-Type"] = "application/json"
        key = sent.get("Idempotency-Key", "")
        sent |= self._auth_headers(method, url.raw_path_qs, key, payload)
        try:
            async with self._session.request(
                method, url, data=payload or None, headers=sent
            ) as response:
                data = await response.read()
                status, retry_after = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{method} {url}: {error or 'no answer in time'}") from error
        if status >= 400:
            raise _refused(status, data, retry_after)
        if status == 202 and (unknown := OrderFateUnknown.told(msgspec.json.decode(data))):
            raise unknown
        return msgspec.json.decode(data or b"null", type=answer_type)

    def act_as(self, session: Session) -> Session:
        """Be the one who has logged in from here on."""
        self._token = session.access_token
        return session

    async def me(self) -> User:
        """Return the calling user."""
        return await self.call("GET", "/me", User)

    async def instruments(self) -> list[Instrument]:
        """Return every instrument."""
        return await self.call("GET", "/instruments", list[Instrument])

    async def venue(self) -> Venue:
        """Return whether the exchange as a whole trades."""
        return await self.call("GET", "/venue", Venue)

    async def assets(self) -> list[Asset]:
        """Return every asset."""
        return await self.call("GET", "/assets", list[Asset])

    async def place(self, symbol: str, side: str, type: str, **fields: Any) -> Order:
        """Place an order. ``fields``: qty, price, quote_budget, trigger_price, trailing_bps,
        display_qty, time_in_force, expire_at_s, post_only, client_order_id …

        Raises:
            OrderFateUnknown: it may have entered; ask ``order_by_client_id``.
        """
        body = {"symbol": symbol, "side": side, "type": type} | fields
        return await self.call("POST", "/orders", Order, body=body)

    async def place_list(
        self, symbol: str, side: str, qty: str, legs: list[dict[str, Any]], **fields: Any
    ) -> OrderList:
        """Place two orders of which one cancels the other. ``legs``: type, price, trigger_price,
        trailing_bps … of each; ``fields``: client_order_id, self_trade_prevention.

        Raises:
            OrderFateUnknown: they may have entered; ask ``order_list_by_client_id``.
        """
        body = {"symbol": symbol, "side": side, "qty": qty, "legs": legs} | fields
        return await self.call("POST", "/order-lists", OrderList, body=body)

    async def order_list(self, list_id: int) -> OrderList:
        """Return one of the caller's lists, with its orders."""
        return await self.call("GET", f"/order-lists/{list_id}", OrderList)

    async def order_list_by_client_id(self, client_order_id: str) -> OrderList:
        """Return one of the caller's lists by the id it chose."""
        path = f"/order-lists/by-client-id/{client_order_id}"
        return await self.call("GET", path, OrderList)

    async def cancel_list(self, list_id: int) -> OrderList:
        """Cancel what is open of a list."""
        return await self.call("DELETE", f"/order-lists/{list_id}", OrderList)

    async def order(self, order_id: int) -> Order:
        """Return one of the caller's orders."""
        return await self.call("GET", f"/orders/{order_id}", Order)

    async def order_by_client_id(self, client_order_id: str) -> Order:
        """Return one of the caller's orders by the id it chose."""
        return await self.call("GET", f"/orders/by-client-id/{client_order_id}", Order)

    async def orders(
        self, status: str = "open", symbol: str | None = None, limit: int | None = None
    ) -> list[Order]:
        """Return the caller's orders, newest first."""
        query = {"status": status, "symbol": symbol, "limit": limit}
        return (await self.call("GET", "/orders", _Orders, query=query)).orders

    async def replace(self, order_id: int, **fields: Any) -> Order:
        """Amend an order. ``fields``: price, qty (the new total), trigger_price, display_qty,
        request_id.
        """
        return await self.call("PATCH", f"/orders/{order_id}", Order, body=fields)

    async def cancel(self, order_id: int) -> Order:
        """Cancel one order."""
        return await self.call("DELETE", f"/orders/{order_id}", Order)

    async def cancel_all(self, symbol: str | None = None) -> list[int]:
        """Cancel all open orders, of one symbol or of all; return their ids."""
        query = {"symbol": symbol}
        return (await self.call("DELETE", "/orders", _Canceled, query=query)).canceled

    async def cancel_all_after(self, timeout_ms: int) -> int:
        """Have all open orders canceled in ``timeout_ms`` unless this is called again before; 0: no
        longer. Return what the exchange took.
        """
        body = {"timeout_ms": timeout_ms}
        return (await self.call("POST", "/cancel-all-after", _Armed, body=body)).timeout_ms

    async def fills(self, symbol: str | None = None, limit: int | None = None) -> list[Fill]:
        """Return the caller's fills, newest first."""
        query = {"symbol": symbol, "limit": limit}
        return (await self.call("GET", "/fills", _Fills, query=query)).fills

    async def balances(self) -> list[Balance]:
        """Return the caller's balances."""
        return (await self.call("GET", "/balances", _Balances)).balances

    async def faucet(self, asset: str, amount: str | None = None) -> Balance:
        """Ask for demo funds; return the balance after."""
        return await self.call("POST", "/faucet", Balance, body={"asset": asset, "amount": amount})

    async def depth(self, symbol: str, levels: int | None = None) -> Depth:
        """Return the book's levels."""
        return await self.call("GET", "/depth", Depth, query={"symbol": symbol, "levels": levels})

    async def trades(self, symbol: str, limit: int | None = None) -> list[Trade]:
        """Return the latest public trades, newest first."""
        query = {"symbol": symbol, "limit": limit}
        return await self.call("GET", "/trades", list[Trade], query=query)

    async def tickers(self, symbol: str | None = None) -> list[Ticker]:
        """Return 24-hour tickers."""
        return await self.call("GET", "/tickers", list[Ticker], query={"symbol": symbol})

    async def stream(self) -> Stream:
        """Open the WebSocket, authenticated if this client is; close it when done.

        Raises:
            Unreachable: it could not be opened.
        """
        url = self._base_url + API + "/ws"
        try:
            socket = await self._session.ws_connect(url, max_msg_size=16 * 2**20, compress=0)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{url}: {error or 'no answer in time'}") from error
        stream = Stream(socket)
        if self._api_key is not None and self._api_secret is not None:
            at_ms = time.time_ns() // 1_000_000
            mac = signature(self._api_secret, at_ms, "WS", API + "/ws")
            await stream.request("auth", api_key=self._api_key, timestamp=at_ms, signature=mac)
        elif self._token is not None:
            await stream.request("auth", token=self._token, account_id=self.account_id)
        return stream


def _refused(status: int, data: bytes, retry_after: str) -> Refused:
    retry_after_s = int(retry_after) if retry_after.isdigit() else None
    try:
        error = msgspec.json.decode(data, type=_ErrorAnswer).error
    except msgspec.DecodeError:
        error = _Error(message=data[:200].decode("utf-8", "replace"))
    if error.code == SecondFactorRequired.CODE:
        return SecondFactorRequired(status, error.message, error.details.get("challenge"))
    return Refused(status, error.code, error.message, retry_after_s)
