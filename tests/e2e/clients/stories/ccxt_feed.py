"""A bot's prices through ccxt: they are those of the exchange it asks, and grow old without it.

Runs in this project's environment, with the clients' packages behind it.
"""

import asyncio
import sys
from typing import Any

from venue import BASE, FACTS

sys.path += [FACTS["project"], FACTS["packages"]]

import ccxt.async_support as ccxt  # noqa: E402

from domain.clock import LogClock  # noqa: E402
from trading_bot.price_feeds import Feed  # noqa: E402

ONCE_S = 0.05
PATIENCE_S = 30


class Here(ccxt.binance):  # type: ignore[misc]
    """The exchange under test, as ccxt is told of any other."""

    def describe(self) -> dict[str, Any]:
        api = {"public": f"{FACTS['asked']}/api/v3", "private": f"{FACTS['asked']}/api/v3"}
        options = {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}
        urls = {"urls": {"api": api}, "options": options}
        return self.deep_extend(super().describe(), urls)


class Told:
    """A reference that is told."""

    def __init__(self) -> None:
        self.prices: list[float] = []
        self.heard = asyncio.Event()

    def tell(self, price: float, at_ns: int) -> None:
        self.prices.append(price)
        self.heard.set()


async def main() -> None:
    FACTS["asked"] = BASE
    ccxt.here = Here
    told = Told()
    feed = asyncio.create_task(Feed("ccxt:here:BTC/USDT", told, ONCE_S).run(LogClock()))
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait(
            [feed, asyncio.ensure_future(told.heard.wait())], return_when="FIRST_COMPLETED"
        )
        assert not feed.done(), feed.exception()
        assert 50_000 < told.prices[0] < 80_000, told.prices
    feed.cancel()
    await asyncio.gather(feed, return_exceptions=True)

    FACTS["asked"] = "http://127.0.0.1:9"
    lost = Told()
    feed = asyncio.create_task(Feed("ccxt:here:BTC/USDT", lost, ONCE_S).run(LogClock()))
    await asyncio.wait([feed], timeout=5 * ONCE_S)
    assert not feed.done() and not lost.prices, "a source that is away is asked again"
    feed.cancel()
    await asyncio.gather(feed, return_exceptions=True)
    print("the feed has done all of it")


asyncio.run(main())
