"""Runs one bot on the exchange: shows its strategy the market, and makes its orders what it wants.

It begins every session by taking over what an earlier one left: its orders carry its tag, and what
is not wanted any more is cancelled. It ends every session, however that ends, without an order: it
cancels them itself, or the dead-man switch does.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from client.errors import ClientError, Refused, Unreachable
from client.rest import OpenbellClient
from client.stream import Stream
from client.types import Order
from domain.clock import Clock
from domain.instruments import Instrument
from service.metrics import LATENCY_S_BUCKETS
from trading_bot.bot import BotReport, BotSpec, State, holdings_of, resting_orders_of
from trading_bot.dead_mans_switch import DeadMansSwitch
from trading_bot.desk import Desk
from trading_bot.errors import BotError
from trading_bot.learning import NotTraded, learned_instruments, start_ticks, totals
from trading_bot.market_messages import ChangedUnits, MarketMessages
from trading_bot.order_messages import ClientOrderIds, request_of
from trading_bot.own_fills import OwnFills
from trading_bot.parameters import Parameters, described
from trading_bot.price_feeds import Feed
from trading_bot.reconcile import Amend, Cancel, Sent
from trading_bot.setting import Setting
from trading_bot.strategies import Entry
from trading_bot.strategy import Strategy

BACKOFF_FIRST_S: Final = 0.5
BACKOFF_MAX_S: Final = 10.0
FAREWELL_TIMEOUT_S: Final = 1.0
PAUSE_MIN_NS: Final = 1_000_000
FAREWELL_ORDERS_MAX: Final = 500

_SENT: Final = Counter("openbell_bot_requests", "Requests sent", ["bot", "op"])
_REFUSED: Final = Counter("openbell_bot_refusals", "Requests refused", ["bot", "code"])
_REACTION_S: Final = Histogram(
    "openbell_bot_reaction_seconds",
    "From a book update read to the request it led to",
    ["bot"],
    buckets=LATENCY_S_BUCKETS,
)


class Runner:
    """One bot. ``start_prices``: where its instruments begin, if they never traded. ``on_away`` is
    told whether the exchange is away: not when it alone lets this bot wait.
    """

    def __init__(
        self,
        client: OpenbellClient,
        spec: BotSpec,
        entry: Entry,
        parameters: Parameters,
        start_prices: dict[str, str],
        clock: Clock,
        seed: int,
        on_away: Callable[[bool], None] = lambda is_away: None,
    ) -> None:
        self._client = client
        self.spec = spec
        self._entry = entry
        self.parameters = parameters
        """What it trades with; ``change`` sets them while it runs."""
        self._start_prices = start_prices
        self._clock = clock
        self._draws = random.Random(f"{seed}:{spec.name}")
        self._on_away = on_away
        self._log = structlog.get_logger().bind(bot=spec.name)
        self._ids = ClientOrderIds(spec.tag, clock.now_ns() // 1_000_000)
        self._desk: Desk | None = None
        self._own_fills = OwnFills(lambda symbol, order_id: False)
        self._feeds: list[Feed] = []
        self._stream: Stream | None = None
        self._wake = asyncio.Event()
        self._heard_s: float | None = None
        self.state: State = "starting"
        self.reason = ""

    async def run(self) -> None:
        """Trade until cancelled; reconnect with growing pauses when the exchange is away.

        Raises:
            BotError: the strategy cannot be made of these parameters and instruments.
        """
        backoff_s = BACKOFF_FIRST_S
        try:
            while True:
                try:
                    await self._session()
                except ClientError as error:
                    if self.state == "trading":
                        backoff_s = BACKOFF_FIRST_S
                    self._log.warning("interrupted", error=str(error), retry_s=backoff_s)
                    is_away = not isinstance(error, Refused | NotTraded)
                    self._enter("waiting", str(error), is_away=is_away)
                    if isinstance(error, ChangedUnits):
                        self._desk = None
                await asyncio.sleep(backoff_s)
                backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
        finally:
            await self._say_farewell()

    def _enter(self, state: State, reason: str = "", *, is_away: bool = False) -> None:
        self.state, self.reason = state, reason
        self._on_away(is_away)

    async def _say_farewell(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL_TIMEOUT_S):
                await asyncio.gather(*(self._cancel_own(symbol) for symbol in self.spec.symbols))
                await self._client.cancel_all_after(0)  # who else trades here renews its own
        except (ClientError, TimeoutError) as error:
            self._log.warning("orders_are_left_to_the_dead_man_switch", error=str(error))

    async def _cancel_own(self, symbol: str) -> None:
        """Cancel ours, a page at a time: the next page shows what the last one hid."""
        is_page_full = True
        while is_page_full:
            orders = await self._client.orders("open", symbol, FAREWELL_ORDERS_MAX)
            ours = [order.order_id for order in orders if self._ids.is_ours(order)]
            ended = await asyncio.gather(
                *(self._client.cancel(order_id) for order_id in ours), return_exceptions=True
            )
            for one in ended:
                if isinstance(one, BaseException) and not isinstance(one, Refused):
                    raise one
            is_page_full = len(orders) == FAREWELL_ORDERS_MAX and bool(ours)

    async def _session(self) -> None:
        messages = await self._learn()
        stream = self._stream = await self._client.stream()
        switch = DeadMansSwitch(stream, self._count_refusal)
        tasks = [asyncio.create_task(self._read(stream, messages))]
        try:
            await self._subscribe(stream)
            await switch.renew()
            tasks.append(asyncio.create_task(switch.hold()))
            tasks += [asyncio.create_task(feed.run(self._clock)) for feed in self._feeds]
            tasks.append(asyncio.create_task(self._trade(stream, messages)))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await stream.close()

    async def _learn(self) -> MarketMessages:
        found = await learned_instruments(self._client, self.spec.symbols)
        instruments = [instrument for instrument, _ in found]
        told = [one for _, one in found]
        if self._desk is None or list(self._desk.instruments.values()) != instruments:
            desk = Desk(await self._make(instruments), instruments)
            self._desk, self._own_fills = desk, OwnFills(desk.knew)
        self._desk.atoms |= totals(instruments, await self._client.balances())
        for one in told:
            self._desk.tops[one.symbol].status = one.trading_status
        return MarketMessages(self._desk, told, self._ids, self._own_fills, self._clock.now_ns)

    async def _make(self, instruments: list[Instrument]) -> Strategy:
        first = instruments[0]
        start_price = self._start_prices.get(first.symbol, "")
        self._feeds = []
        setting = Setting(
            instruments=instruments,
            start_ticks=await start_ticks(self._client, first, start_price),
            now_ns=self._clock.now_ns(),
            draws=self._draws,
            feeds=self._feeds,
        )
        return self._entry.make(setting, self.parameters)

    async def _subscribe(self, stream: Stream) -> None:
        strategy = self._working.strategy
        for channel in ("orders", "fills", "balances", "instruments"):
            await stream.subscribe(channel)
        for symbol in self.spec.symbols:
            await stream.subscribe("book", symbol=symbol, interval_ms=strategy.book_interval_ms)
            if strategy.reacts_to("on_trade"):
                await stream.subscribe("trades", symbol=symbol)

    @property
    def _working(self) -> Desk:
        assert self._desk is not None  # made by _learn before anything acts
        return self._desk

    async def _read(self, stream: Stream, messages: MarketMessages) -> None:
        async for message in stream:
            heard_s = time.perf_counter()
            if messages.take(message):
                if message["channel"] == "book" and self._heard_s is None:
                    self._heard_s = heard_s
                self._wake.set()
        raise Unreachable("the exchange closed the connection")

    async def _trade(self, stream: Stream, messages: MarketMessages) -> None:
        """Send what is wanted whenever something happened, or the strategy's pause is over."""
        while not messages.has_seen_all:
            self._wake.clear()
            await self._woken(self._clock.now_ns() + PAUSE_MIN_NS * 100)
        self._enter("trading")
        self._log.info("trading")
        timer_ns: int = self._clock.now_ns()
        while True:
            desk, now_ns = self._working, self._clock.now_ns()
            self._wake.clear()
            if now_ns >= timer_ns:
                desk.on_timer(now_ns)
                timer_ns = now_ns + max(PAUSE_MIN_NS, desk.strategy.pause_ns())
            sent = desk.actions(now_ns)
            if sent and await self._send_all(stream, messages, sent):
                continue
            self._heard_s = None
            more = desk.wants_more(now_ns)
            await self._woken(min(timer_ns, desk.resumes_ns) if more else timer_ns)

    async def _woken(self, until_ns: int) -> None:
        """Return when something happened, at ``until_ns`` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, until_ns - self._clock.now_ns()) / 1e9):
                await self._wake.wait()

    async def _send_all(
        self, stream: Stream, messages: MarketMessages, sent: list[tuple[str, Sent]]
    ) -> bool:
        """Send all at once and wait for every answer; return whether nothing was refused."""
        sending = [self._send(stream, messages, symbol, one) for symbol, one in sent]
        answers = await asyncio.gather(*sending, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return all(answers)

    async def _send(
        self, stream: Stream, messages: MarketMessages, symbol: str, sent: Sent
    ) -> bool:
        desk = self._working
        op, fields = request_of(desk.instruments[symbol], sent, self._ids)
        _SENT.labels(self.spec.name, op).inc()
        if self._heard_s is not None:
            _REACTION_S.labels(self.spec.name).observe(time.perf_counter() - self._heard_s)
            self._heard_s = None
        try:
            answer = await stream.request(op, **fields)
        except Refused as refused:
            self._count_refusal(refused)
            about = sent.order_id if isinstance(sent, Amend | Cancel) else 0
            is_cancel = isinstance(sent, Cancel)
            desk.refused(symbol, refused.code, self._clock.now_ns(), about, is_cancel)
            return False
        messages.take_order(msgspec.convert(answer, Order))
        return True

    def _count_refusal(self, refused: Refused) -> None:
        _REFUSED.labels(self.spec.name, refused.code).inc()
        self._log.debug("refused", code=refused.code, message=str(refused))

    async def change(self, parameters: Parameters) -> None:
        """Go on with other parameters: a new strategy, the same orders, position and profit.

        Raises:
            BotError: there can be no such strategy; the old one goes on.
            Unreachable: the exchange is away.
        """
        before, self.parameters = self.parameters, parameters
        if self._desk is None:
            return
        feeds = self._feeds
        try:
            strategy = await self._make(list(self._desk.instruments.values()))
        except (BotError, ClientError):
            self.parameters, self._feeds = before, feeds
            raise
        self._desk.strategy = strategy
        self._wake.set()
        if (feeds or self._feeds) and self._stream is not None:
            await self._stream.close()  # the next session runs the new feeds

    def report(self) -> BotReport:
        """Return how it does."""
        desk, spec = self._desk, self.spec
        runs = self.state not in ("stopped", "failed")  # else all its orders are cancelled
        return BotReport(
            name=spec.name,
            strategy=spec.strategy,
            symbols=spec.symbols,
            role=spec.role or self._entry.role,
            state=self.state,
            reason=self.reason,
            parameters=described(self._entry.parameters, self.parameters),
            holdings=holdings_of(desk) if desk else [],
            orders=resting_orders_of(desk) if desk and runs else [],
        )
