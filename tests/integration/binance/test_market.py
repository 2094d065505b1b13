"""Market data of this dialect over REST, on real processes."""

import time
from typing import Any

import pytest

from domain.intervals import Interval
from tests.integration.binance.customer import SYMBOL, Customer

ETH = "ETHUSDT"


async def trades(me: Customer, other: Customer, *prices: int) -> list[int]:
    """Trade once at each price; return the trades' ids."""
    ids = []
    for price in prices:
        await me.order(symbol=ETH, quantity="0.1", price=price)
        sold = await other.order("SELL", symbol=ETH, quantity="0.1", price=price)
        ids.append(sold["fills"][0]["tradeId"])
    return ids


async def test_exchange_info_has_what_clients_cannot_do_without(me: Customer) -> None:
    info = await me.public("/api/v3/exchangeInfo")
    assert {each["symbol"] for each in info["symbols"]} == {SYMBOL, ETH}
    assert {"timezone", "serverTime", "rateLimits", "exchangeFilters"} <= set(info)
    one = (await me.public("/api/v3/exchangeInfo", symbol=SYMBOL))["symbols"][0]
    assert (one["status"], one["baseAsset"], one["quoteAsset"]) == ("TRADING", "BTC", "USDT")
    assert one["permissionSets"] == [["SPOT"]] and one["permissions"] == ["SPOT"]
    assert {"LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS_LIMIT"} <= set(one["orderTypes"])
    filters = {each["filterType"]: each for each in one["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == filters["LOT_SIZE"]["minQty"] == "0.00001000"
    assert filters["NOTIONAL"]["minNotional"] == "1.00000000"
    status, answer = await me.send("GET", "/api/v3/exchangeInfo", "symbols=%5B%22NOSUCH%22%5D")
    assert (status, answer["code"]) == (400, -1121)


async def test_trades_are_found_by_id_and_by_time(me: Customer, other: Customer) -> None:
    first, second, third = await trades(me, other, 3_000, 3_001, 3_002)
    latest = await me.public("/api/v3/trades", symbol=ETH, limit=2)
    assert [one["id"] for one in latest] == [second, third]
    assert (latest[0]["price"], latest[0]["quoteQty"]) == ("3001.00000000", "300.10000000")
    assert latest[0]["isBuyerMaker"], "the seller arrived: the buyer had waited"
    old = await me.public("/api/v3/historicalTrades", symbol=ETH, fromId=first, limit=1)
    assert [one["id"] for one in old] == [first]
    path = "/api/v3/aggTrades"
    one = (await me.public(path, symbol=ETH, fromId=second))[0]
    assert (one["a"], one["f"], one["l"], one["q"]) == (second, second, second, "0.10000000")
    window = {"startTime": one["T"], "endTime": one["T"]}
    assert second in [each["a"] for each in await me.public(path, symbol=ETH, **window)]
    assert await me.public(path, symbol=ETH, startTime=one["T"] + 3_600_000) == []
    until = await me.public(path, symbol=ETH, endTime=one["T"], limit=1)
    assert until[0]["T"] <= one["T"]


async def test_the_history_goes_on_behind_the_gateways_memory(
    me: Customer, other: Customer
) -> None:
    """After a start the gateway remembers no trade: market data answers, also by time."""
    ids = await trades(me, other, 3_000, 3_010, 3_020)
    before = await me.public("/api/v3/aggTrades", symbol=ETH, fromId=ids[0])
    me.venue.interrupt("gateway")
    me.venue.start("gateway")
    assert await me.public("/api/v3/aggTrades", symbol=ETH, fromId=ids[0]) == before
    since = await me.public("/api/v3/aggTrades", symbol=ETH, startTime=before[1]["T"])
    assert before[1] in since and since[-1] == before[-1]
    assert all(each["T"] >= before[1]["T"] for each in since)
    assert (await me.public("/api/v3/ticker/price", symbol=ETH))["price"] == "3020.00000000"
    day = await me.public("/api/v3/ticker/24hr", symbol=ETH)
    assert (day["lastId"], day["lastPrice"]) == (ids[-1], "3020.00000000")
    assert day["firstId"] == day["lastId"] - day["count"] + 1


@pytest.mark.parametrize("interval", [interval.value for interval in Interval])
async def test_candles_of_every_interval_hold_the_same_trades(
    me: Customer, other: Customer, interval: str
) -> None:
    await trades(me, other, 3_000)
    earliest = await me.public(
        "/api/v3/klines", symbol=ETH, interval=interval, limit=1, startTime=0
    )
    candles = await me.public(
        "/api/v3/klines", symbol=ETH, interval=interval, startTime=earliest[0][0], limit=1_000
    )
    assert candles[0][:2] == earliest[0][:2], "the first candle is that of the first trade"
    opens = [candle[0] for candle in candles]
    assert opens == sorted(set(opens)) and len(candles[0]) == 12
    assert all(after[0] == one[6] + 1 for one, after in zip(candles, candles[1:], strict=False))
    assert any(candle[8] for candle in candles)
    latest = await me.public("/api/v3/klines", symbol=ETH, interval=interval, limit=1)
    assert latest[0][0] <= time.time() * 1_000 <= latest[0][6] + 1_000


@pytest.mark.parametrize(("zone", "ahead_ms"), [("8", 28_800_000), ("-3:30", -12_600_000)])
async def test_a_day_begins_at_midnight_where_the_client_is(
    me: Customer, other: Customer, zone: str, ahead_ms: int
) -> None:
    async with me.socket("/ws/ethusdt@kline_15m") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        await trades(me, other, 3_000, 3_020, 3_010)
        await reader.until(lambda each: each["k"]["c"] == "3010.00000000")
    asked: dict[str, object] = {"symbol": ETH, "timeZone": zone}
    days = await me.public("/api/v3/klines", interval="1d", **asked, startTime=0)
    opened, closed = days[-1][0], days[-1][6]
    assert (opened + ahead_ms) % 86_400_000 == 0 and closed - opened == 86_400_000 - 1
    assert days[-1] == (await me.public("/api/v3/klines", interval="1d", **asked, limit=1))[0]
    parts = await me.public("/api/v3/klines", symbol=ETH, interval="15m", startTime=opened)
    assert days[-1][1:5] == [
        parts[0][1],
        max(part[2] for part in parts),
        min(part[3] for part in parts),
        "3010.00000000",
    ]
    assert days[-1][8] == sum(part[8] for part in parts)
    today = await me.public("/api/v3/ticker/tradingDay", **asked)
    assert (today["openTime"], today["count"]) == (opened, days[-1][8])
    status, answer = await me.send("GET", "/api/v3/klines", f"symbol={ETH}&interval=1d&timeZone=x")
    assert (status, answer["code"]) == (400, -1130)


async def test_an_interval_is_known_or_refused(me: Customer) -> None:
    status, answer = await me.send("GET", "/api/v3/klines", f"symbol={ETH}&interval=2m")
    assert (status, answer) == (400, {"code": -1120, "msg": "Invalid interval."})
    status, answer = await me.send("GET", "/api/v3/klines", f"symbol={ETH}")
    assert (status, answer["code"]) == (400, -1102)


async def test_the_book_and_what_it_costs_to_see(me: Customer) -> None:
    for price, quantity in (("60000", "0.01"), ("60001", "0.02")):
        await me.order(price=price, quantity=quantity)
    depth = await me.public("/api/v3/depth", symbol=SYMBOL, limit=1)
    assert (depth["bids"], depth["asks"]) == ([["60001.00000000", "0.02000000"]], [])
    used = int(me.headers["X-MBX-USED-WEIGHT-1M"])
    for limit, weight in ((100, 5), (101, 25), (501, 50), (5_000, 250)):
        await me.public("/api/v3/depth", symbol=SYMBOL, limit=limit)
        now = int(me.headers["X-MBX-USED-WEIGHT-1M"])
        assert now - used in (weight, now - used if now < used else weight), "or a new minute"
        used = now


async def test_tickers_are_one_or_a_list(me: Customer, other: Customer) -> None:
    await trades(me, other, 3_005)
    await me.order(symbol=ETH, quantity="0.2", price="2999")
    for path, field in (("24hr", "lastPrice"), ("price", "price"), ("bookTicker", "bidPrice")):
        one = await me.public(f"/api/v3/ticker/{path}", symbol=ETH)
        every = await me.public(f"/api/v3/ticker/{path}")
        some = await me.public(f"/api/v3/ticker/{path}", symbols=f'["{ETH}"]')
        assert one["symbol"] == ETH and one[field]
        assert {each["symbol"] for each in every} == {SYMBOL, ETH}
        assert [each["symbol"] for each in some] == [ETH]
    best = await me.public("/api/v3/ticker/bookTicker", symbol=ETH)
    assert (best["bidPrice"], best["bidQty"]) == ("2999.00000000", "0.20000000")
    average = await me.public("/api/v3/avgPrice", symbol=ETH)
    assert (average["mins"], float(average["price"]) > 0) == (5, True)
    for path in ("/api/v3/ticker/tradingDay", "/api/v3/ticker"):
        shown: dict[str, Any] = await me.public(path, symbol=ETH)
        assert shown["lastPrice"] == "3005.00000000" and shown["count"] > 0
        assert shown["firstId"] <= shown["lastId"]
    mini = await me.public("/api/v3/ticker/24hr", symbol=ETH, type="MINI")
    assert "priceChange" not in mini and mini["highPrice"] >= mini["lowPrice"]


async def test_other_doors_answer_harmlessly(me: Customer) -> None:
    coins = await me.get("/sapi/v1/capital/config/getall")
    assert {"BTC", "ETH", "USDT"} == {each["coin"] for each in coins}
    assert coins[0]["networkList"] == [] and not coins[0]["withdrawAllEnable"]
    fees = await me.get("/sapi/v1/asset/tradeFee")
    assert fees[0]["makerCommission"] == "0.00050000"
    assert await me.public("/sapi/v1/system/status") == {"status": 0, "msg": "normal"}
    for path in ("/sapi/v1/margin/allPairs", "/sapi/v1/margin/isolated/allPairs"):
        assert await me.public(path) == []
    for path in ("/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"):
        assert (await me.public(path))["symbols"] == []
