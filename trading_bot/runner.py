"""Runs one strategy on one instrument: shows it the market, and makes its orders what it wants."""

import asyncio
import random
from typing import Any, Final

import msgspec
import structlog
from prometheus_client import Counter

from client.book import LocalBook
from client.errors import ClientError, Refused, Unreachable
from client.rest import OpenbellClient
from client.stream import Stream
from client.types import Balance, Order
from client.types import Instrument as Traded
from domain.clock import Clock
from domain.instruments import Asset, Instrument, define
from service.health import Readiness
from trading_bot.dead_mans_switch import DeadMansSwitch
from trading_bot.open_orders import OpenOrders
from trading_bot.reconcile import Action, Amend, Cancel, Place, reconcile
from trading_bot.strategies import Setting, strategy_named
from trading_bot.strategy import MarketView, Strategy, Take

BOOK_INTERVAL_MS: Final = 100
BACKOFF_FIRST_S: Final = 0.5
BACKOFF_MAX_S: Final = 10.0
FAREWELL_TIMEOUT_S: Final = 1.0

_SENT: Final = Counter("openbell_bot_requests", "Requests sent", ["bot", "op"])
_REFUSED: Final = Counter("openbell_bot_refusals", "Requests refused", ["bot", "code"])


class Runner:
    """One bot. It begins every session by cancelling what an earlier one may have left."""

    def __init__(
        self,
        client: OpenbellClient,
        strategy_name: str,
        symbol: str,
        start_price: str,
        clock: Clock,
        draws: random.Random,
        readiness: Readiness,
    ) -> None:
        self._client = client
        self._entry = strategy_named(strategy_name)
        self.name = f"{strategy_name}:{symbol}"
        self._symbol = symbol
        self._start_price = start_price
        self._clock = clock
        self._draws = draws
        self._readiness = readiness
        self._log = structlog.get_logger().bind(bot=self.name)
        self._strategy: Strategy | None = None
        self._instrument: Instrument
        self._steps: tuple[str, str]
        self._status: str
        self._book: LocalBook
        self._orders: OpenOrders
        self._atoms: dict[str, int] = {}
        self._may_trade = True
        """Whether the instrument and the exchange take what this bot would send."""

    async def run(self) -> None:
        """Trade until cancelled; reconnect with growing pauses when the exchange is away."""
        backoff_s = BACKOFF_FIRST_S
        try:
            while True:
                try:
                    await self._session()
                    backoff_s = BACKOFF_FIRST_S
                except ClientError as error:
                    self._log.warning("interrupted", error=str(error), retry_s=backoff_s)
                    self._readiness.lost(self.name)
                await asyncio.sleep(backoff_s)
                backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
        finally:
            await self._say_farewell()

    async def _say_farewell(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL_TIMEOUT_S):
                await self._client.cancel_all(self._symbol)
        except (ClientError, TimeoutError) as error:
            self._log.warning("orders_may_remain", error=str(error))

    async def _session(self) -> None:
        await self._learn()
        stream = await self._client.stream()
        switch = DeadMansSwitch(stream, self._count_refusal)
        tasks = [asyncio.create_task(self._read(stream))]
        try:
            await stream.subscribe("book", symbol=self._symbol, interval_ms=BOOK_INTERVAL_MS)
            await stream.subscribe("orders")
            await stream.subscribe("balances")
            await stream.subscribe("instruments")
            await switch.renew()
            tasks.append(asyncio.create_task(switch.hold()))
            self._readiness.have(self.name)
            self._log.info("trading")
            while not any(task.done() for task in tasks):
                await self._act(stream)
                pause_s = self._ensure_strategy().pause_ns() / 1e9
                await asyncio.wait(tasks, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await stream.close()

    async def _learn(self) -> None:
        """Ask for the instrument and the balances, and end what was left open."""
        scales = {asset.name: asset.scale for asset in await self._client.assets()}
        found = [i for i in await self._client.instruments() if i.symbol == self._symbol]
        if not found:
            raise Unreachable(f"{self._symbol} is not traded (yet)")
        told = found[0]
        self._steps, self._status = (told.tick_size, told.lot_size), told.trading_status
        self._instrument = define(
            1,
            Asset(1, told.base_asset, scales[told.base_asset]),
            Asset(2, told.quote_asset, scales[told.quote_asset]),
            tick_size=told.tick_size,
            lot_size=told.lot_size,
            maker_fee_ppm=told.maker_fee_ppm,
            taker_fee_ppm=told.taker_fee_ppm,
            min_notional=told.min_notional,
        )
        await self._client.cancel_all(self._symbol)
        self._book = LocalBook(self._instrument)
        self._orders = OpenOrders(self._instrument)
        self._take_balances(await self._client.balances())
        if self._strategy is None:
            self._strategy = await self._make_strategy()

    async def _make_strategy(self) -> Strategy:
        tickers = await self._client.tickers(self._symbol)
        last = tickers[0].last if tickers else None
        return self._entry.make(
            Setting(
                instrument=self._instrument,
                start_ticks=self._instrument.price_ticks(last or self._start_price),
                base_atoms=self._atoms.get(self._instrument.base.name, 0),
                now_ns=self._clock.now_ns(),
                draws=self._draws,
            )
        )

    def _ensure_strategy(self) -> Strategy:
        assert self._strategy is not None  # made by _learn before anything acts
        return self._strategy

    async def _read(self, stream: Stream) -> None:
        async for message in stream:
            channel = message.get("channel")
            if channel == "book":
                if not self._book.apply(message):
                    raise Unreachable("the book channel has a gap")
            elif channel == "orders":
                self._take_orders(message)
            elif channel == "instruments":
                self._take_instruments(message)
            elif channel == "balances":
                self._take_balances(msgspec.convert(message["balances"], list[Balance]))
        raise Unreachable("the exchange closed the connection")

    def _take_orders(self, message: dict[str, Any]) -> None:
        told = message["orders"] if "orders" in message else [message["order"]]
        for order in msgspec.convert(told, list[Order]):
            self._orders.update(order)

    def _take_instruments(self, message: dict[str, Any]) -> None:
        """Pause while nothing can be traded; begin anew when ticks and lots are others.

        Raises:
            Unreachable: they are: every price this bot has in mind is in the old ones.
        """
        for told in msgspec.convert(message["instruments"], list[Traded]):
            if told.symbol == self._symbol:
                self._status = told.trading_status
                if (told.tick_size, told.lot_size) != self._steps:
                    self._strategy = None
                    raise Unreachable(f"{self._symbol} has other ticks or lots")
        is_open = message["venue_status"] == "open"
        self._may_trade = is_open and self._status == "trading"

    def _take_balances(self, balances: list[Balance]) -> None:
        for asset in (self._instrument.base, self._instrument.quote):
            for told in balances:
                if told.asset == asset.name:
                    self._atoms[asset.name] = asset.atoms(told.available) + asset.atoms(told.held)

    def _view(self) -> MarketView:
        stale = self._book.stale
        return MarketView(
            now_ns=self._clock.now_ns(),
            instrument=self._instrument,
            best_bid_ticks=None if stale else self._book.best_bid_ticks,
            best_ask_ticks=None if stale else self._book.best_ask_ticks,
            base_atoms=self._atoms.get(self._instrument.base.name, 0),
            quote_atoms=self._atoms.get(self._instrument.quote.name, 0),
        )

    async def _act(self, stream: Stream) -> None:
        if not self._may_trade:
            return
        desired = self._ensure_strategy().on_timer(self._view())
        for action in reconcile(self._orders.all(), desired.quotes):
            await self._send(stream, action)
        for take in desired.takes:
            await self._send(stream, take)

    async def _send(self, stream: Stream, action: Action | Take) -> None:
        op, fields = self._request(action)
        _SENT.labels(self.name, op).inc()
        try:
            answer = await stream.request(op, **fields)
        except Refused as refused:
            self._count_refusal(refused)
            if refused.code == "UNKNOWN_ORDER" and isinstance(action, Amend | Cancel):
                self._orders.forget(action.order_id)
            return
        self._orders.update(msgspec.convert(answer, Order))

    def _count_refusal(self, refused: Refused) -> None:
        _REFUSED.labels(self.name, refused.code).inc()
        self._log.debug("refused", code=refused.code, message=str(refused))

    def _request(self, action: Action | Take) -> tuple[str, dict[str, Any]]:
        instrument = self._instrument
        match action:
            case Cancel(order_id):
                return "cancel", {"order_id": order_id}
            case Amend(order_id, quote, total_qty_lots):
                return "replace", {
                    "order_id": order_id,
                    "price": instrument.price_text(quote.price_ticks),
                    "qty": instrument.qty_text(total_qty_lots),
                }
            case Place(quote):
                return "place", {
                    "symbol": self._symbol,
                    "side": quote.side.name.lower(),
                    "type": "limit",
                    "price": instrument.price_text(quote.price_ticks),
                    "qty": instrument.qty_text(quote.qty_lots),
                    "post_only": True,
                }
            case Take(side, qty_lots):
                return "place", {
                    "symbol": self._symbol,
                    "side": side.name.lower(),
                    "type": "market",
                    "qty": instrument.qty_text(qty_lots),
                }
