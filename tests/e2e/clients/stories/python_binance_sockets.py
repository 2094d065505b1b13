"""python-binance's asynchronous client: streams, user data, orders over the WS-API, depth cache."""

import asyncio

from binance import AsyncClient, BinanceSocketManager, DepthCacheManager
from binance.base_client import BaseClient
from venue import BASE, KEY, OTHER_KEY, OTHER_SECRET, SECRET, WS

SYMBOL = "ETHUSDT"
PATIENCE_S = 20
BaseClient.API_URL = BASE + "/api"
BaseClient.MARGIN_API_URL = BASE + "/sapi"
BaseClient.WS_API_URL = WS + "/ws-api/v3"
BinanceSocketManager.STREAM_URL = WS + "/"


async def first(socket, wanted) -> dict:
    """Read a socket until what is wanted comes."""
    async with asyncio.timeout(PATIENCE_S), socket as stream:
        while True:
            message = await stream.recv()
            assert message.get("e") != "error", message
            if wanted(message):
                return message


async def depth_cache(me: AsyncClient, price: float) -> None:
    """Keep a book until a level has come and, with a quantity of zero, gone."""
    async with asyncio.timeout(PATIENCE_S), DepthCacheManager(me, SYMBOL, ws_interval=100) as cache:
        seen = False
        while True:
            book = await cache.recv()
            prices = [level[0] for level in book.get_asks()]
            if price in prices:
                seen = True
            elif seen:
                return


async def story(me: AsyncClient, other: AsyncClient) -> None:
    for customer in (me, other):
        for order in await customer.get_open_orders(symbol=SYMBOL):
            await customer.cancel_order(symbol=SYMBOL, orderId=order["orderId"])
    sockets = BinanceSocketManager(me)
    bid = await me.ws_create_order(
        symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity=9, price=3200
    )
    assert bid["status"] == "NEW", bid
    streams = {
        "trade": (sockets.trade_socket(SYMBOL), lambda one: one["p"] == "3200.00000000"),
        "aggTrade": (sockets.aggtrade_socket(SYMBOL), lambda one: one["q"] == "0.10000000"),
        "kline": (
            sockets.kline_socket(SYMBOL, "1m"),
            lambda one: one["k"]["c"] == "3200.00000000",
        ),
        "depth": (sockets.depth_socket(SYMBOL), lambda one: one["e"] == "depthUpdate"),
        "levels": (
            sockets.depth_socket(SYMBOL, depth=5),
            lambda one: one["bids"][0][0] == "3200.00000000",
        ),
        "mini": (
            sockets.symbol_miniticker_socket(SYMBOL),
            lambda one: float(one["c"]) == 3200,
        ),
        "ticker": (sockets.symbol_ticker_socket(SYMBOL), lambda one: float(one["c"]) == 3200),
        "best": (sockets.symbol_book_ticker_socket(SYMBOL), lambda one: float(one["b"]) == 3200),
        "both": (
            sockets.multiplex_socket(["ethusdt@trade", "ethusdt@bookTicker"]),
            lambda one: one["stream"] == "ethusdt@trade" and one["data"]["e"] == "trade",
        ),
        "report": (
            sockets.user_socket(),
            lambda one: one.get("x") == "TRADE" and one["i"] == bid["orderId"],
        ),
        "position": (
            sockets.user_socket(),
            lambda one: (
                one["e"] == "outboundAccountPosition"
                and any(each["a"] == "ETH" for each in one["B"])
            ),
        ),
    }
    waiting = {name: asyncio.create_task(first(*each)) for name, each in streams.items()}
    while pending := [task for task in waiting.values() if not task.done()]:
        await other.order_market_sell(symbol=SYMBOL, quantity="0.1")
        await asyncio.wait(pending, timeout=1)
    for name, task in waiting.items():
        assert task.exception() is None, f"no {name}: {task.exception()!r}"
    report = waiting["report"].result()
    assert (report["m"], report["N"], report["l"]) == (True, "ETH", "0.10000000"), report

    await book_and_orders(me, bid["orderId"])


async def book_and_orders(me: AsyncClient, order_id: int) -> None:
    kept = asyncio.create_task(depth_cache(me, 3900.0))
    while not kept.done():
        ask = await me.order_limit_sell(symbol=SYMBOL, quantity="0.1", price="3900")
        await asyncio.wait([kept], timeout=0.5)
        await me.cancel_order(symbol=SYMBOL, orderId=ask["orderId"])
        await asyncio.wait([kept], timeout=0.5)
    await kept

    asked = {"symbol": SYMBOL, "orderId": order_id}
    assert (await me.ws_get_order(**asked))["status"] == "PARTIALLY_FILLED"
    assert len(await me.ws_get_open_orders(symbol=SYMBOL)) == 1
    assert (await me.ws_cancel_order(**asked))["status"] == "CANCELED"
    assert (await me.ws_get_account())["balances"]
    assert (await me.ws_get_order_book(symbol=SYMBOL))["lastUpdateId"] > 0
    assert (await me.ws_get_klines(symbol=SYMBOL, interval="1m"))[-1][4] == "3200.00000000"


async def main() -> None:
    me = await AsyncClient.create(KEY, SECRET)
    other = await AsyncClient.create(OTHER_KEY, OTHER_SECRET)
    try:
        await story(me, other)
    finally:
        await me.close_connection()
        await other.close_connection()
    print("python-binance's sockets have done all of it")


asyncio.run(main())
