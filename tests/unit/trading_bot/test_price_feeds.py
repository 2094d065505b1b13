"""Prices from outside: asked for over a real socket, and gone when the source is."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.clock import LogClock
from tests.unit.trading_bot.market import BTC_USDT, VIEW, later, setting
from trading_bot.errors import NoReference
from trading_bot.price_feeds import ANSWER_BYTES_MAX, Feed, FeedFailed, http_price, price_in
from trading_bot.reference_price import ToldReference


class Source:
    """Answers with a price as CoinGecko does, or with what it is told to."""

    def __init__(self) -> None:
        self.body = '{"bitcoin": {"usd": 64000.5}}'
        self.status = 200
        self.asked = asyncio.Event()
        self.url = ""

    async def answer(self, _: web.Request) -> web.Response:
        self.asked.set()
        return web.Response(text=self.body, status=self.status, content_type="application/json")


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    made = Source()
    app = web.Application()
    app.router.add_get("/simple/price", made.answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(access_log=None)
    made.url = str(server.make_url("/simple/price?ids=bitcoin"))
    yield made
    await server.close()


async def _asked_again(source: Source, times: int = 2) -> None:
    for _ in range(times):
        source.asked.clear()
        async with asyncio.timeout(10):
            await source.asked.wait()


async def test_a_price_is_told_until_the_source_fails_and_the_price_is_old(source: Source) -> None:
    clock = LogClock()
    told = ToldReference(BTC_USDT, max_age_ns=10**9)
    feed = Feed(f"http:{source.url}#bitcoin.usd", told, every_s=0.01)
    running = asyncio.create_task(feed.run(clock))
    try:
        await _asked_again(source)
        now = later(VIEW, (clock.now_ns() - VIEW.now_ns) / 1e9)
        assert told.ticks(now) == pytest.approx(6_400_050)
        source.status = 500
        await _asked_again(source)
        assert told.ticks(later(now, 0.1)) is not None  # an answer that fails takes nothing back
        assert told.ticks(later(now, 60)) is None
        source.status = 200
        source.body = '{"bitcoin": {"usd": 65000}}'
        await _asked_again(source)
        again = later(VIEW, (clock.now_ns() - VIEW.now_ns) / 1e9)
        assert told.ticks(again) == pytest.approx(6_500_000)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_answer_that_comes_in_pieces_is_read_whole(source: Source) -> None:
    source.body = '{"markets": "' + "x" * (ANSWER_BYTES_MAX // 2) + '", "price": 64000}'
    async with aiohttp.ClientSession() as http:
        assert await http_price(http, f"{source.url}#price")() == 64000


async def test_an_answer_too_long_to_be_a_price_is_none(source: Source) -> None:
    source.body = " " * (ANSWER_BYTES_MAX + 1)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(FeedFailed, match="bytes"):
            await http_price(http, source.url)()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a": 1}', "b"),
        (b'{"a": "x"}', "a"),
        (b'{"a": -1}', "a"),
        (b'{"a": null}', "a"),
        (b"[1]", "7"),
        (b"not json", "a"),
        (b'{"a": 1e999}', "a"),
    ],
)
def test_what_is_no_price_is_no_price(body: bytes, path: str) -> None:
    with pytest.raises(FeedFailed):
        price_in(body, path)
    assert price_in(b'[{"p": "12.5"}]', "0.p") == 12.5


async def test_without_ccxt_a_bot_says_how_to_get_it() -> None:
    told = ToldReference(BTC_USDT, 1)
    # Never by this project's name: on a package index it may be a stranger's.
    with pytest.raises(NoReference, match="pip install 'ccxt"):
        await Feed("ccxt:kraken:BTC/USDT", told, 1.0).run(LogClock())


def test_an_unknown_source_is_answered_with_those_there_are() -> None:
    with pytest.raises(NoReference, match="random | market"):
        setting().reference("crystal-ball", 1)
    with pytest.raises(NoReference, match="other symbols"):
        setting().reference("instrument:ETH-USDT", 1)
