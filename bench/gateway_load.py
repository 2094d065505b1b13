"""Customers of the gateway that cost little themselves: HTTP and WebSocket by hand, on raw sockets.

Each sends ready-made orders and counts the answers; what is not an order taken is kept as a fault.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from bench.report import WrongResult

ORDERS_PATH: Final = "/api/v1/orders"
WS_PATH: Final = "/api/v1/ws"
PATIENCE_S: Final = 20
NS_PER_S: Final = 1_000_000_000
ID_AT: Final = len(b'{"id":')
_TEXT: Final = 0x81
_PING: Final = 0x89
_CLOSE: Final = 0x88
_PONG: Final = b"\x8a\x80\0\0\0\0"
_NO_MASK: Final = b"\0\0\0\0"
"""A mask that changes nothing: it protects browsers' users from proxies, and here are neither."""

Answered = Callable[[bytes], None]


@dataclass(frozen=True)
class Key:
    """A demo user's API key."""

    api_key: str
    secret: str

    def sign(self, at_ms: bytes, method: bytes, path: bytes, body: bytes = b"") -> bytes:
        """Return the hex signature of a request."""
        text = b"%b\n%b\n%b\n\n\n%b" % (at_ms, method, path, body)
        return hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest().encode()


def orders(first: int) -> Iterator[bytes]:
    """Yield, for ever, the fields of orders of one price, a buy and a sell in turn: every other
    order rests, every other trades.
    """
    number = first
    while True:
        side = b"buy" if number % 2 else b"sell"
        yield (
            b'"symbol":"BTC-USDT","side":"%b","type":"limit","qty":"0.00010",'
            b'"price":"50000.00","client_order_id":"%d"' % (side, number)
        )
        number += 1


class Customer(asyncio.Protocol):
    """One connection; ``answered`` is called with each answer, in order."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.answered: Answered
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the connection is of no more use: why."""
        self._unread = b""

    def send(self, number: int, fields: bytes) -> None:
        """Send an order of ``fields``."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fault(f"the gateway closed a connection: {exc}")

    def _fault(self, why: str) -> None:
        if not self.lost.done():
            self.lost.set_result(why)
        self.transport.abort()


class RestCustomer(Customer):
    """Orders over one HTTP connection, one at a time."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key

    def send(self, number: int, fields: bytes) -> None:
        """Send an order, signed now; ``number`` is for those who ask several things at once."""
        body = b"{%b}" % fields
        at_ms = b"%d" % (time.time_ns() // 1_000_000)
        signature = self._key.sign(at_ms, b"POST", ORDERS_PATH.encode(), body)
        self.transport.write(
            b"POST %b HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            b"X-Openbell-Key: %b\r\nX-Openbell-Timestamp: %b\r\nX-Openbell-Signature: %b\r\n"
            b"Content-Length: %d\r\n\r\n%b"
            % (ORDERS_PATH.encode(), self._key.api_key.encode(), at_ms, signature, len(body), body)
        )

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end].lower()
            at = head.index(b"content-length:") + 15
            after = end + 4 + int(head[at:].split(b"\r\n", 1)[0])
            if len(self._unread) < after:
                return
            answer, self._unread = self._unread[:after], self._unread[after:]
            if not answer.startswith(b"HTTP/1.1 201"):
                return self._fault(answer.decode("utf-8", "replace"))
            self.answered(answer)


class WsCustomer(Customer):
    """Requests over one WebSocket; pushes are thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.pushes = 0
        self._open = False
        self._reading = False
        self._unsent: list[bytes] = []
        """What answers gave rise to while several are read: written at once."""
        self._opened = asyncio.get_running_loop().create_future()

    async def enter(self, key: Key | None) -> None:
        """Open the WebSocket and, with a key, authenticate."""
        nonce = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {WS_PATH} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {nonce}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([self._opened, self.lost], return_when=asyncio.FIRST_COMPLETED)
            if self.lost.done():
                raise WrongResult(self.lost.result())
            if key is not None:
                at_ms = b"%d" % (time.time_ns() // 1_000_000)
                signature = key.sign(at_ms, b"WS", WS_PATH.encode())
                await self.ask(
                    b'"op":"auth","api_key":"%b","timestamp":"%b","signature":"%b"'
                    % (key.api_key.encode(), at_ms, signature)
                )

    async def ask(self, fields: bytes) -> None:
        """Send a request and wait for its answer."""
        done = asyncio.get_running_loop().create_future()
        self.answered = done.set_result
        self.request(0, fields)
        async with asyncio.timeout(PATIENCE_S):
            await done

    def send(self, number: int, fields: bytes) -> None:
        """Send an order; its answer begins with ``number``."""
        self.request(number, b'"op":"place",%b' % fields)

    def request(self, number: int, fields: bytes) -> None:
        """Send a request."""
        body = b'{"id":%d,%b}' % (number, fields)
        frame = struct.pack(">BBH", _TEXT, 0x80 | 126, len(body)) + _NO_MASK + body
        if self._reading:
            self._unsent.append(frame)
        else:
            self.transport.write(frame)

    def data_received(self, data: bytes) -> None:
        data = self._unread + data
        at = self._after_head(data) if not self._open else 0
        self._reading = True
        while (frame := _frame(data, at)) is not None:
            kind, begin, at = frame
            self._take(kind, data[begin:at])
        self._unread = data[at:]
        self._reading = False
        if self._unsent:
            self.transport.write(b"".join(self._unsent))
            self._unsent.clear()

    def _after_head(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            self._fault(data.decode("utf-8", "replace"))
            return end + 4
        self._open = True
        self._opened.set_result(None)
        return end + 4

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == _PING:
            self.transport.write(_PONG)
        elif kind == _CLOSE:
            self.transport.close()
        elif payload.startswith(b'{"id":'):
            if b'"ok":true' not in payload[:40]:
                return self._fault(payload.decode())
            self.answered(payload)
        else:
            self.pushes += 1


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return (kind, begin, end) of the frame at ``at``; None if it is not all there."""
    if len(data) < at + 2:
        return None
    size, begin = data[at + 1], at + 2
    if size >= 126:
        wide = 2 if size == 126 else 8
        if len(data) < begin + wide:
            return None
        size, begin = int.from_bytes(data[begin : begin + wide], "big"), begin + wide
    end = begin + size
    return (data[at], begin, end) if len(data) >= end else None


async def rest_customers(port: int, keys: list[Key], count: int) -> list[RestCustomer]:
    """Return ``count`` open HTTP connections, the keys in turn."""
    loop = asyncio.get_running_loop()
    opened = []
    for number in range(count):
        key = keys[number % len(keys)]
        _, customer = await loop.create_connection(partial(RestCustomer, key), "127.0.0.1", port)
        opened.append(customer)
    return opened


async def ws_customers(
    port: int, keys: list[Key], count: int, *, receive_bytes: int = 0
) -> list[WsCustomer]:
    """Return ``count`` open WebSockets, the keys in turn; none: anonymous. ``receive_bytes``: the
    kernel's buffer, if not the usual one.
    """
    loop = asyncio.get_running_loop()
    opened = []
    for number in range(count):
        plain = socket.socket()
        plain.setblocking(False)
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        await loop.sock_connect(plain, ("127.0.0.1", port))
        _, customer = await loop.create_connection(WsCustomer, sock=plain)
        await customer.enter(keys[number % len(keys)] if keys else None)
        opened.append(customer)
    return opened


async def rate_per_s(
    customers: Sequence[Customer], each: int, first: int, seconds: float
) -> tuple[float, int]:
    """Keep ``each`` orders of every customer under way; return (orders/s, orders answered).

    Raises:
        WrongResult: an order was refused, or a connection closed.
    """
    clock = time.perf_counter
    supply, answered, sent = orders(first), 0, 0
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    begin_s = clock()
    end_s = begin_s + seconds

    def next_order(customer: Customer) -> None:
        nonlocal sent
        sent += 1
        customer.send(sent, next(supply))

    def taken(customer: Customer) -> None:
        nonlocal answered
        answered += 1
        if clock() < end_s:
            next_order(customer)
        elif answered == sent and not done.done():
            done.set_result("")

    for customer in customers:
        customer.answered = partial(lambda customer, _: taken(customer), customer)
        for _ in range(each):
            next_order(customer)
    await _first_of(done, customers, seconds + PATIENCE_S)
    return answered / (clock() - begin_s), answered


async def round_trips_ns(
    customers: Sequence[WsCustomer], per_s: int, first: int, seconds: float
) -> list[int]:
    """Send orders at a fixed pace; return the times to each answer, sorted.

    From when each was due: a sender that falls behind must not hide a wait.

    Raises:
        WrongResult: an order was refused, or a connection closed.
    """
    supply, took_ns = orders(first), list[int]()
    due_ns: list[int] = []
    count = int(per_s * seconds)
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def taken(answer: bytes) -> None:
        number = int(answer[ID_AT : answer.index(b",", ID_AT)])
        took_ns.append(time.perf_counter_ns() - due_ns[number])
        if len(took_ns) == count:
            done.set_result("")

    for customer in customers:
        customer.answered = taken

    def send() -> None:
        turn = len(due_ns)
        due_ns.append(begin_ns + turn * NS_PER_S // per_s)
        customers[turn % len(customers)].send(turn, next(supply))

    begin_ns = time.perf_counter_ns()
    await asyncio.to_thread(_call_at_pace, asyncio.get_running_loop(), send, per_s, count)
    await _first_of(done, customers, PATIENCE_S)
    return sorted(took_ns)


def _call_at_pace(
    loop: asyncio.AbstractEventLoop, call: Callable[[], None], per_s: int, count: int
) -> None:
    """Have ``loop`` call at even distances; a thread, because a loop's clock ticks in ms."""
    begin_ns = time.perf_counter_ns()
    for turn in range(count):
        wait_ns = begin_ns + turn * NS_PER_S // per_s - time.perf_counter_ns()
        if wait_ns > 0:
            time.sleep(wait_ns / NS_PER_S)
        loop.call_soon_threadsafe(call)


async def _first_of(
    done: "asyncio.Future[str]", customers: Sequence[Customer], within_s: float
) -> None:
    """Wait until it is done, or cannot be any more."""
    waits = [done, *(customer.lost for customer in customers)]
    finished, _ = await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    if done not in finished:
        raise WrongResult(next(iter(finished)).result() if finished else "orders without an answer")
