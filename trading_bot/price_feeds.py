"""Prices from outside the exchange: a ccxt market, or any HTTP answer with a number in it."""

import asyncio
import importlib
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import msgspec
import structlog

from domain.clock import Clock
from trading_bot.errors import NoReference
from trading_bot.reference_price import ToldReference

TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 1_000_000
NO_CCXT: Final = "a ccxt feed needs ccxt: .venv/bin/pip install 'ccxt>=4', or use http:URL#PATH"

Ask = Callable[[], Awaitable[float]]
"""Asks for one price; raises FeedFailed, aiohttp's errors or TimeoutError."""


class FeedFailed(Exception):
    """A feed answered with something that is no price."""


class Feed:
    """Asks again and again, and tells a reference. A feed that fails is asked again: what it told
    last grows old by itself.
    """

    def __init__(self, source: str, told: ToldReference, every_s: float) -> None:
        self.source = source
        self._told = told
        self._every_s = every_s
        self._log = structlog.get_logger().bind(feed=source)

    async def run(self, clock: Clock) -> None:
        """Ask until cancelled.

        Raises:
            NoReference: there can be no such feed.
        """
        kind, _, where = self.source.partition(":")
        if kind == "http":
            async with aiohttp.ClientSession() as http:
                await self._poll(clock, http_price(http, where))
        exchange, market = _ccxt_market(where)
        try:
            await self._poll(clock, lambda: _ccxt_price(exchange, market))
        finally:
            await exchange.close()

    async def _poll(self, clock: Clock, ask: Ask) -> None:
        while True:
            at_ns = clock.now_ns()  # when it was asked: the answer is at least so old
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    price = await ask()
                self._told.tell(price, at_ns)
            except (FeedFailed, aiohttp.ClientError, TimeoutError) as error:
                self._log.warning("feed_failed", error=str(error) or "no answer in time")
            await asyncio.sleep(self._every_s)


def http_price(http: aiohttp.ClientSession, where: str) -> Ask:
    """Return what asks ``URL#PATH``: PATH leads through the JSON answer, names and positions
    divided by dots (CoinGecko: ``https://…/simple/price?ids=bitcoin&vs_currencies=usd#bitcoin.usd``).
    """
    url, _, path = where.partition("#")

    async def ask() -> float:
        async with http.get(url) as response:
            if response.status != 200:
                raise FeedFailed(f"status {response.status}")
            return price_in(await _whole(response), path)

    return ask


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ANSWER_BYTES_MAX:
            raise FeedFailed(f"more than {ANSWER_BYTES_MAX:,} bytes")
    return bytes(data)


def price_in(data: bytes, path: str) -> float:
    """Return the number at ``path`` in a JSON answer.

    Raises:
        FeedFailed: it is not there, or no price.
    """
    try:
        found: Any = msgspec.json.decode(data)
        for step in path.split(".") if path else ():
            found = found[int(step)] if isinstance(found, list) else found[step]
        price = float(found)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError) as error:
        raise FeedFailed(f"no number at {path!r}: {error}") from error
    if not math.isfinite(price) or price <= 0:
        raise FeedFailed(f"{price} is no price")
    return price


def _ccxt_market(where: str) -> tuple[Any, str]:
    """Return the exchange and the market of ``EXCHANGE:BASE/QUOTE``."""
    name, _, market = where.partition(":")
    try:
        ccxt = importlib.import_module("ccxt.async_support")
    except ModuleNotFoundError as error:
        raise NoReference(NO_CCXT) from error
    if not market or not hasattr(ccxt, name):
        raise NoReference(f"ccxt:EXCHANGE:BASE/QUOTE, such as ccxt:kraken:BTC/USDT, not {where!r}")
    return getattr(ccxt, name)({"enableRateLimit": True, "timeout": int(TIMEOUT_S * 1_000)}), market


async def _ccxt_price(exchange: Any, market: str) -> float:
    ccxt = importlib.import_module("ccxt.async_support")
    try:
        ticker = await exchange.fetch_ticker(market)
    except ccxt.BaseError as error:
        raise FeedFailed(str(error)) from error
    bid, ask, last = ticker.get("bid"), ticker.get("ask"), ticker.get("last")
    price = (bid + ask) / 2 if bid and ask else last
    if not price:
        raise FeedFailed(f"{market} has no price")
    return float(price)
