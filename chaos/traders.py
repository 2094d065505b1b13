"""Customers who keep their own books: they place and cancel limit orders through any gateway, try
again under the same client order id until they know, and write down all they are told.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import aiohttp

from chaos.records import Asked, RecordBook, Told
from client import OpenbellClient
from client.errors import OrderFateUnknown, Refused, Unreachable
from client.stream import Stream
from domain.instruments import Instrument
from domain.orders import Side, TimeInForce
from domain.reasons import RejectReason

ANSWER_S: Final = 4.0
"""Past it another gateway is asked: a little longer than a gateway waits for the engine."""
IN_FLIGHT_MAX: Final = 24
OPEN_ORDERS_MAX: Final = 40
"""A trader's; past it the oldest is canceled."""
RETRY_S: Final = 0.1
QTY_LOTS: Final = (60, 200)
SPREAD_TICKS: Final = 60
TIMES_IN_FORCE: Final = (TimeInForce.GTC,) * 16 + (TimeInForce.IOC,) * 3 + (TimeInForce.FOK,)
TRY_AGAIN: Final = frozenset(
    {"NOT_SENT", "UNAVAILABLE", "RATE_LIMIT", "ORDER_RATE", "DEDUPE_FULL", "CAPACITY"}
)
"""Answers that say nothing of what an earlier try came to."""
FINAL: Final = {reason.name for reason in RejectReason} - TRY_AGAIN
TICKS_OF_MID: Final = 200_000


@dataclass(frozen=True, slots=True)
class Login:
    """Who trades, and with which key."""

    account_id: int
    api_key: str
    api_secret: str


class Link:
    """A WebSocket to one of the gateways; to another one when it breaks or stays silent."""

    def __init__(self, gateway_urls: Sequence[str], login: Login, random: Random) -> None:
        self._clients = [
            OpenbellClient(url, api_key=login.api_key, api_secret=login.api_secret)
            for url in gateway_urls
        ]
        self._random = random
        self._stream: Stream | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def request(self, op: str, **fields: Any) -> Any:
        """As Stream.request; Unreachable also when no gateway can be reached."""
        stream = await self._opened()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await stream.request(op, **fields)
        except (TimeoutError, Unreachable) as error:
            self._drop(stream)
            raise Unreachable(f"{op}: no answer") from error

    async def close(self) -> None:
        """Close every connection."""
        if self._stream is not None:
            self._drop(self._stream)
        await asyncio.gather(*self._closing, return_exceptions=True)
        for client in self._clients:
            await client.__aexit__(None, None, None)

    async def open(self) -> None:
        """Make ready to connect."""
        for client in self._clients:
            await client.__aenter__()

    async def _opened(self) -> Stream:
        async with self._opening:
            if self._stream is None:
                client = self._random.choice(self._clients)
                try:
                    async with asyncio.timeout(ANSWER_S):
                        self._stream = await client.stream()
                except (TimeoutError, Refused, aiohttp.ClientError) as error:
                    raise Unreachable("no gateway lets this client in") from error
            return self._stream

    def _drop(self, stream: Stream) -> None:
        if self._stream is stream:
            self._stream = None
            closing = asyncio.create_task(stream.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


class Trader:
    """One customer's program. ``surprises`` counts the answers that it does not understand,
    ``unanswered`` the tries that did not tell what became of an order.
    """

    def __init__(
        self,
        name: str,
        account_id: int,
        link: Link,
        book: RecordBook,
        instruments: Sequence[Instrument],
        random: Random,
    ) -> None:
        self.surprises: Counter[str] = Counter()
        self.unanswered = 0
        self._name = name
        self._account_id = account_id
        self._link = link
        self._book = book
        self._instruments = instruments
        self._random = random
        self._placed = 0
        self._open: deque[str] = deque()
        self._room = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._tasks: set[asyncio.Task[None]] = set()

    async def trade(self, orders_per_s: float, stop: asyncio.Event) -> None:
        """Place orders at a steady rate until ``stop``; what faults hold up is made up for."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        while not stop.is_set():
            await asyncio.sleep(begun_s + self._placed / orders_per_s - loop.time())
            await self._room.acquire()
            if stop.is_set():
                return
            self._placed += 1
            task = asyncio.create_task(self._turn(f"{self._name}-{self._placed}"))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def finish(self, timeout_s: float) -> None:
        """Wait until it knows what became of all its orders, but not longer than ``timeout_s``."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.surprises[repr(error)] += 1

    async def _turn(self, name: str) -> None:
        instrument = self._random.choice(self._instruments)
        asked = self._drawn(instrument)
        self._book.ask(name, asked)
        await self._place(name, asked, instrument)
        if self._book.orders[name].is_open:
            self._open.append(name)
        if len(self._open) > OPEN_ORDERS_MAX:
            await self._cancel(self._open.popleft())

    def _drawn(self, instrument: Instrument) -> Asked:
        side = self._random.choice(list(Side))
        away_ticks = self._random.randint(-SPREAD_TICKS, SPREAD_TICKS)
        return Asked(
            self._account_id,
            instrument.instrument_id,
            side,
            self._random.choice(TIMES_IN_FORCE),
            TICKS_OF_MID + away_ticks,
            self._random.randint(*QTY_LOTS),
        )

    async def _place(self, name: str, asked: Asked, instrument: Instrument) -> None:
        fields = {
            "symbol": instrument.symbol,
            "side": asked.side.name.lower(),
            "type": "limit",
            "time_in_force": asked.time_in_force.name.lower(),
            "price": instrument.price_text(asked.price_ticks),
            "qty": instrument.qty_text(asked.qty_lots),
            "client_order_id": name,
        }
        while True:
            try:
                answer = await self._link.request("place", **fields)
            except Refused as refused:
                if refused.code in FINAL:
                    self._book.refuse(name, refused.code)
                    return
                self._note(refused)
            except (OrderFateUnknown, Unreachable):
                self.unanswered += 1  # perhaps it was executed: the same again tells
            else:
                self._book.tell(name, Told.of(answer, instrument))
                return
            await asyncio.sleep(RETRY_S)

    async def _cancel(self, name: str) -> None:
        record = self._book.orders[name]
        instrument = next(
            one for one in self._instruments if one.instrument_id == record.asked.instrument_id
        )
        while record.is_open:
            try:
                answer = await self._link.request("cancel", client_order_id=name)
            except Refused as refused:
                if refused.code in FINAL:
                    return  # it has ended meanwhile: nothing is told of how
                self._note(refused)
            except (OrderFateUnknown, Unreachable):
                self.unanswered += 1
            else:
                self._book.tell(name, Told.of(answer, instrument))
                return
            await asyncio.sleep(RETRY_S)

    def _note(self, refused: Refused) -> None:
        if refused.code not in TRY_AGAIN:
            self.surprises[f"{refused.code}: {refused.message}"] += 1
