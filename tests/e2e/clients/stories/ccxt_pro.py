"""ccxt.pro, and ccxt's asynchronous REST beside it: streams, orders over the WS-API, user data."""

import asyncio

import ccxt.pro
from venue import BASE, KEY, OTHER_KEY, OTHER_SECRET, SECRET, WS, near

SYMBOL = "ETH/USDT"
PATIENCE_S = 20


def exchange(key: str, secret: str) -> ccxt.pro.binance:
    return ccxt.pro.binance(
        {
            "apiKey": key,
            "secret": secret,
            "enableRateLimit": False,
            "newUpdates": True,
            "options": {"sandbox": True, "fetchMarkets": {"types": ["spot"]}},
            "urls": {
                "test": {
                    "public": BASE + "/api/v3",
                    "private": BASE + "/api/v3",
                    "v1": BASE + "/api/v1",
                    "ws": {"spot": WS + "/stream/ws", "ws-api": {"spot": WS + "/ws-api/v3"}},
                }
            },
        }
    )


async def until(watch, wanted):
    """Watch until what is wanted comes."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await watch()
            for each in found if isinstance(found, list) else [found]:
                if wanted(each):
                    return each


async def clean(customer) -> None:
    if await customer.fetch_open_orders(SYMBOL):
        await customer.cancel_all_orders(SYMBOL)


async def streams(me, other) -> None:
    """Every stream tells of a trade; then the same order over the WS-API."""
    bid = await me.create_order_ws(SYMBOL, "limit", "buy", 9, 3100)
    assert bid["status"] == "open", bid
    waiting = {
        name: asyncio.create_task(until(*each))
        for name, each in {
            "book": (lambda: me.watch_order_book(SYMBOL), lambda one: one["bids"]),
            "trade": (lambda: me.watch_trades(SYMBOL), lambda one: one["amount"] == 0.3),
            "ticker": (lambda: me.watch_ticker(SYMBOL), lambda one: one["last"] == 3100),
            "best": (
                lambda: me.watch_bids_asks([SYMBOL]),
                lambda one: one[SYMBOL]["bid"] == 3100,
            ),
            "candle": (lambda: me.watch_ohlcv(SYMBOL, "1m"), lambda one: one[4] == 3100),
            "order": (
                lambda: me.watch_orders(SYMBOL),
                lambda one: one["status"] == "open" and one["filled"] > 0,
            ),
            "mine": (lambda: me.watch_my_trades(SYMBOL), lambda one: one["amount"] == 0.3),
            "balance": (me.watch_balance, lambda one: "ETH" in one),
        }.items()
    }
    # Whatever a subscription comes too late for happens again.
    sold = 0
    while pending := [task for task in waiting.values() if not task.done()]:
        await other.create_order(SYMBOL, "market", "sell", 0.3)
        sold += 0.3
        await asyncio.wait(pending, timeout=1)
    for name, task in waiting.items():
        assert task.exception() is None, f"no {name}: {task.exception()!r}"
    assert waiting["book"].result()["bids"][0][0] == 3100
    mine = waiting["mine"].result()
    assert (mine["order"], mine["takerOrMaker"]) == (bid["id"], "maker")
    assert near(mine["fee"]["cost"], 0.3 * 0.0005)
    left = round(9 - sold, 4)
    if me.orderbooks[SYMBOL]["bids"][0] != [3100, left]:
        await until(lambda: me.watch_order_book(SYMBOL), lambda b: b["bids"][0] == [3100, left])

    await words_of_the_ws_api(me, bid, sold)


async def words_of_the_ws_api(me, bid, sold: float) -> None:
    assert near((await me.fetch_order_ws(bid["id"], SYMBOL))["filled"], sold)
    assert [one["id"] for one in await me.fetch_open_orders_ws(SYMBOL)] == [bid["id"]]
    edited = await me.edit_order_ws(bid["id"], SYMBOL, "limit", "buy", 0.5, 3099)
    assert edited["price"] == 3099, edited
    ended = asyncio.create_task(
        until(lambda: me.watch_orders(SYMBOL), lambda one: one["status"] == "canceled")
    )
    await asyncio.sleep(0)
    assert (await me.cancel_order_ws(edited["id"], SYMBOL))["status"] == "canceled"
    assert (await ended)["id"] == edited["id"]
    # This release of ccxt reads no balance out of it; what it was sent is there.
    assert (await me.fetch_balance_ws())["info"]["balances"]
    assert (await me.fetch_my_trades_ws(SYMBOL))[-1]["amount"] == 0.3
    assert (await me.fetch_ohlcv_ws(SYMBOL, "1m"))[-1][4] == 3100
    assert (await me.fetch_trades_ws(SYMBOL))[-1]["amount"] == 0.3
    answers = await asyncio.gather(
        me.create_order_ws(SYMBOL, "limit", "buy", 9_000, 3000), return_exceptions=True
    )
    assert isinstance(answers[0], ccxt.InsufficientFunds), answers


async def main() -> None:
    me, other = exchange(KEY, SECRET), exchange(OTHER_KEY, OTHER_SECRET)
    try:
        await asyncio.gather(me.load_markets(), other.load_markets())
        await asyncio.gather(clean(me), clean(other))
        await streams(me, other)
        order = await me.create_order(SYMBOL, "limit", "sell", 0.1, 4000)
        assert (await me.cancel_order(order["id"], SYMBOL))["status"] == "canceled"
    finally:
        await asyncio.gather(me.close(), other.close())
    print("ccxt.pro", ccxt.pro.__version__, "has done all of it")


asyncio.run(main())
