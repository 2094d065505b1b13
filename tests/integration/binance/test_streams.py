"""Market streams of this dialect, on real processes."""

import asyncio
import json
from typing import Any

import pytest

from tests.integration.binance.customer import Customer, Json, Reader

SYMBOL = "ETHUSDT"


async def trade(me: Customer, other: Customer, price: str = "3000", qty: str = "0.1") -> Json:
    """Trade once; the buyer had waited."""
    await me.order(symbol=SYMBOL, quantity=qty, price=price)
    return await other.order("SELL", symbol=SYMBOL, quantity=qty, price=price)


async def subscribed(reader: Reader, *streams: str) -> None:
    assert (await reader.ask("SUBSCRIBE", list(streams)))["result"] is None


async def test_trades_are_told_raw_on_ws_and_by_name_on_stream(
    me: Customer, other: Customer
) -> None:
    async with (
        me.socket("/ws/ethusdt@trade") as raw,
        me.socket("/stream?streams=ethusdt@trade/ethusdt@aggTrade") as combined,
        me.socket("/stream/ws/ethusdt@aggTrade") as below,
    ):
        for reader in (raw, combined, below):
            await reader.ask("LIST_SUBSCRIPTIONS")
        sold = await trade(me, other)
        trade_id = sold["fills"][0]["tradeId"]
        event = await raw.message()
        assert event == {
            "e": "trade",
            "E": event["T"],
            "s": SYMBOL,
            "t": trade_id,
            "p": "3000.00000000",
            "q": "0.10000000",
            "T": sold["transactTime"],
            "m": True,
            "M": True,
        }
        named = [await combined.message() for _ in range(2)]
        assert {each["stream"] for each in named} == {"ethusdt@trade", "ethusdt@aggTrade"}
        assert {each["data"]["e"] for each in named} == {"trade", "aggTrade"}
        assert (await below.message())["a"] == trade_id


async def test_a_connection_asks_for_more_and_for_less(me: Customer, other: Customer) -> None:
    async with me.socket("/ws/0") as reader:
        await subscribed(reader, "ethusdt@trade", "ethusdt@bookTicker")
        listed = await reader.ask("LIST_SUBSCRIPTIONS")
        assert listed["result"] == ["ethusdt@trade", "ethusdt@bookTicker"]
        await trade(me, other)
        kinds = {each.get("e") for each in [await reader.message() for _ in range(2)]}
        assert None in kinds, "the event of the best prices has no type"
        await reader.ask("UNSUBSCRIBE", ["ethusdt@trade", "ethusdt@bookTicker"])
        assert (await reader.ask("LIST_SUBSCRIPTIONS"))["result"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 3),
        ("[]", 2),
        ('{"method": "DANCE", "id": 1}', 1),
        ('{"method": "SUBSCRIBE", "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": [7], "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": ["ethusdt@depth7"], "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": ["%s"], "id": 1}' % ("a" * 64), 2),
        ('{"method": "LIST_SUBSCRIPTIONS", "id": {"a": 1}}', 2),
    ],
)
async def test_nonsense_is_answered_and_the_connection_stays(
    me: Customer, text: str, code: int
) -> None:
    async with me.socket("/ws") as reader:
        await reader.socket.send_str(text)
        assert (await reader.message())["error"]["code"] == code
        assert (await reader.ask("LIST_SUBSCRIPTIONS"))["result"] == []


async def test_a_connection_has_so_many_streams_and_no_more(me: Customer) -> None:
    names = [f"a{number}usdt@trade" for number in range(1_024)]
    async with me.socket("/stream") as reader:
        await subscribed(reader, *names)
        refused = await reader.ask("SUBSCRIBE", ["ethusdt@trade"])
        assert refused["error"]["code"] == 2
        await reader.ask("UNSUBSCRIBE", names[:1])
        await subscribed(reader, "ethusdt@trade")
        assert len((await reader.ask("LIST_SUBSCRIPTIONS"))["result"]) == 1_024


async def test_whoever_asks_too_fast_is_let_go(me: Customer) -> None:
    async with me.socket("/ws") as reader:
        for number in range(60):
            await reader.socket.send_str(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        async with asyncio.timeout(5):
            while reader.socket.close_code is None:
                await reader.socket.receive()
        assert reader.socket.close_code == 1008


class LocalBook:
    """What a client keeps, by the rules of this dialect and nothing else."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
        self.last = 0

    def take(self, event: Json) -> None:
        if event["u"] <= self.last:
            return
        assert event["U"] <= self.last + 1 <= event["u"], "a hole between snapshot and stream"
        self.last = event["u"]
        for side, levels in self.sides.items():
            for price, qty in event[side]:
                if qty == "0.00000000":
                    levels.pop(price, None)
                else:
                    levels[price] = qty

    def load(self, depth: Json) -> None:
        self.last = depth["lastUpdateId"]
        self.sides = {"b": dict(depth["bids"]), "a": dict(depth["asks"])}

    def as_depth(self) -> Any:
        bids = sorted(self.sides["b"].items(), key=lambda level: -float(level[0]))
        asks = sorted(self.sides["a"].items(), key=lambda level: float(level[0]))
        return [list(level) for level in bids], [list(level) for level in asks]


async def _churn(me: Customer, other: Customer, rounds: int) -> None:
    """Change the book in every way there is."""
    for number in range(rounds):
        price = f"{3_000 + number % 7}"
        order = await me.order(symbol=SYMBOL, quantity="0.2", price=price)
        await me.order("SELL", symbol=SYMBOL, quantity="0.1", price=f"{3_100 + number % 5}")
        await other.order("SELL", symbol=SYMBOL, quantity="0.05", price=price)
        if number % 2:
            await me.signed("DELETE", "/api/v3/order", symbol=SYMBOL, orderId=order["orderId"])


@pytest.mark.parametrize("stream", ["ethusdt@depth@100ms", "ethusdt@depth"])
async def test_each_depth_event_begins_where_the_one_before_ended(
    me: Customer, other: Customer, stream: str
) -> None:
    async with me.socket(f"/ws/{stream}") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        churning = asyncio.create_task(_churn(me, other, 30))
        book, last = LocalBook(), None
        early: list[Json] = [await reader.message()]
        book.load(await me.public("/api/v3/depth", symbol=SYMBOL, limit=5_000))
        while True:
            event = early.pop() if early else await reader.message()
            assert event["e"] == "depthUpdate" and event["s"] == SYMBOL
            assert last is None or event["U"] == last + 1
            last = event["u"]
            book.take(event)
            if churning.done():
                depth = await me.public("/api/v3/depth", symbol=SYMBOL, limit=5_000)
                if depth["lastUpdateId"] == book.last:
                    break
        await churning
        assert book.as_depth() == (depth["bids"], depth["asks"])


async def test_the_first_levels_are_a_stream_of_their_own(me: Customer) -> None:
    async with me.socket("/ws/ethusdt@depth5@100ms") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        for price in range(3_000, 3_008):
            await me.order(symbol=SYMBOL, quantity="0.1", price=str(price))
        depth = await me.public("/api/v3/depth", symbol=SYMBOL, limit=5)
        last = depth["lastUpdateId"]
        shown = await reader.until(lambda each: each.get("lastUpdateId") == last)
        assert shown == depth and len(shown["bids"]) == 5


async def test_the_best_prices_are_told_when_they_change_and_only_then(me: Customer) -> None:
    async with me.socket("/ws/ethusdt@bookTicker") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        await me.order(symbol=SYMBOL, quantity="0.1", price="3000")
        first = await reader.message()
        assert (first["s"], first["b"], first["B"]) == (SYMBOL, "3000.00000000", "0.10000000")
        assert (first["a"], first["A"]) == ("0.00000000", "0.00000000")
        await me.order(symbol=SYMBOL, quantity="0.1", price="2999")
        await me.order("SELL", symbol=SYMBOL, quantity="0.3", price="3300")
        second = await reader.message()
        assert (second["b"], second["a"]) == ("3000.00000000", "3300.00000000")
        assert second["u"] > first["u"] + 1, "what changed behind the best was not told"


@pytest.mark.parametrize(
    ("stream", "kind"),
    [("ethusdt@miniTicker", "24hrMiniTicker"), ("ethusdt@ticker", "24hrTicker")],
)
async def test_tickers_have_all_their_fields(
    me: Customer, other: Customer, stream: str, kind: str
) -> None:
    array = f"!{stream.partition('@')[2]}@arr"
    async with me.socket("/stream") as reader:
        await subscribed(reader, stream, array)
        await trade(me, other, "3030")
        one = await reader.until(
            lambda each: each["stream"] == stream and each["data"]["c"] == "3030.00000000"
        )
        many = await reader.until(lambda each: each["stream"] == array)
    fields = {"e", "E", "s", "c", "o", "h", "l", "v", "q"}
    if kind == "24hrTicker":
        fields |= set("pPwxQbBaAOCFLn")
    assert (one["data"]["e"], set(one["data"])) == (kind, fields)
    assert SYMBOL in [each["s"] for each in many["data"]]


async def test_the_average_price_is_told_every_second(me: Customer, other: Customer) -> None:
    async with me.socket("/ws/ethusdt@avgPrice") as reader:
        await trade(me, other, "3040", "1")
        first = await reader.message()
        assert (first["e"], first["s"], first["i"]) == ("avgPrice", SYMBOL, "5m")
        assert set(first) == {"e", "E", "s", "i", "w", "T"}
        second = await reader.message()
        assert second["E"] - first["E"] >= 1_000
        shown = await me.public("/api/v3/avgPrice", symbol=SYMBOL)
        assert shown["closeTime"] == second["T"]
        await reader.until(lambda each: each["w"] == shown["price"])


async def test_a_closed_candle_is_what_rest_says_of_it(me: Customer, other: Customer) -> None:
    async with me.socket("/ws/ethusdt@kline_1s") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        closed: list[Json] = []
        for price in ("3000", "3003", "3001"):
            await trade(me, other, price)
            event = await reader.until(lambda each: each["k"]["x"])
            closed.append(event["k"])
        closed.append((await reader.until(lambda each: each["k"]["x"]))["k"])
    first, last = closed[0], closed[-1]
    rows = await me.public(
        "/api/v3/klines", symbol=SYMBOL, interval="1s", startTime=first["t"], endTime=last["t"]
    )
    by_open = {row[0]: row for row in rows}
    for kline in closed:
        names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
        assert [kline[name] for name in names] == by_open[kline["t"]]
        assert (kline["s"], kline["i"]) == (SYMBOL, "1s")
        if kline["n"]:
            assert kline["L"] - kline["f"] + 1 == kline["n"]
        else:
            assert (kline["f"], kline["L"]) == (-1, -1)
    assert sum(kline["n"] for kline in closed) >= 1


async def test_a_stop_says_goodbye(me: Customer) -> None:
    async with me.socket("/ws/ethusdt@trade") as reader, me.socket("/ws-api/v3") as api:
        await reader.ask("LIST_SUBSCRIPTIONS")
        assert (await api.ask("ping"))["status"] == 200
        me.venue.interrupt("gateway")
        try:
            assert (await reader.message())["e"] == "serverShutdown"
            assert (await api.message())["event"]["e"] == "serverShutdown"
        finally:
            me.venue.start("gateway")
