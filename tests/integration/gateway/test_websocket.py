"""The native API over WebSocket."""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.access.order_level import OrderLevelReaders
from gateway.calls.market_data_client import CandleRow, TickerRow
from gateway.ws import endpoint, outbox
from gateway.ws.connection import (
    ANSWERS_UNREAD_MAX,
    NOT_AUTHENTICATED,
    REQUESTS_IN_FLIGHT_MAX,
    SLOW_CONSUMER,
    Connection,
)
from tests.integration.gateway.rig import Rig
from tests.unit.gateway.exchange import ALICE, BOB, BTC_USDT, BUY, SELL

Message = dict[str, Any]
ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000.00", "qty": "0.01"}


class Client:
    """One WebSocket: answers by id, pushes by channel."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._ids = count(1)
        self._kept: list[Message] = []

    async def receive(self) -> Message:
        async with asyncio.timeout(5):
            message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        told: Message = json.loads(message.data)
        return told

    async def ask(self, op: str, **fields: Any) -> Message:
        """Send a request and return its answer; pushes in between are kept."""
        request_id = next(self._ids)
        await self.socket.send_str(json.dumps({"op": op, "id": request_id} | fields))
        while True:
            message = await self.receive()
            if "ok" in message and message["id"] == request_id:
                return message
            self._kept.append(message)

    async def result(self, op: str, **fields: Any) -> Any:
        answer = await self.ask(op, **fields)
        assert answer["ok"], answer
        return answer["result"]

    async def error(self, op: str, **fields: Any) -> str:
        answer = await self.ask(op, **fields)
        assert not answer["ok"], answer
        return str(answer["error"]["code"])

    async def pushed(self, channel: str, **wanted: Any) -> Message:
        """Return the next push of a channel."""
        while True:
            for message in self._kept:
                if message.get("channel") == channel and wanted.items() <= message.items():
                    self._kept.remove(message)
                    return message
            self._kept.append(await self.receive())

    async def closed_with(self) -> int | None:
        """Read until the gateway closes; return its code."""
        async with asyncio.timeout(10):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code

    async def log_in(self, rig: Rig, account_id: int) -> None:
        await self.result("auth", token=rig.accounts.token(account_id))


@asynccontextmanager
async def connected(rig: Rig) -> AsyncIterator[Client]:
    url = rig.base_url + "/api/v1/ws"
    async with rig.http.ws_connect(url, compress=0, max_msg_size=2**24) as socket:
        yield Client(socket)


async def test_a_book_is_a_snapshot_and_deltas_that_follow(rig: Rig) -> None:
    await rig.place(ALICE, price="63999.00")
    async with connected(rig) as client:
        await client.result("subscribe", channel="book", symbol="BTC-USDT")
        snapshot = await client.pushed("book")
        assert snapshot["type"] == "snapshot" and snapshot["interval_ms"] == 50
        assert snapshot["bids"] == [["63999.00", "0.01000"]] and snapshot["asks"] == []
        await rig.place(ALICE)
        delta = await client.pushed("book")
        assert (delta["type"], delta["prev"]) == ("delta", snapshot["seq"])
        assert delta["bids"] == [["64000.00", "0.01000"]]
        told = "64000.00:0.01000,63999.00:0.01000"
        assert delta["checksum"] == zlib.crc32(told.encode())
        await rig.place(BOB, side="sell")
        gone = await client.pushed("book")
        assert gone["prev"] == delta["seq"] and gone["bids"] == [["64000.00", "0"]]
        _, depth = await rig.call("GET", "/depth?symbol=BTC-USDT")
        assert depth["seq"] == gone["seq"]


async def test_readers_who_come_later_and_other_rhythms_see_the_same_chain(rig: Rig) -> None:
    async with connected(rig) as early, connected(rig) as late:
        await early.result("subscribe", channel="book", symbol="BTC-USDT", interval_ms=1000)
        seq = (await early.pushed("book"))["seq"]
        await rig.place(ALICE)
        await late.result("subscribe", channel="book", symbol="BTC-USDT", interval_ms=1000)
        snapshot = await late.pushed("book")
        flushed = await early.pushed("book")
        assert flushed["prev"] == seq and flushed["seq"] == snapshot["seq"]
        await late.result("subscribe", channel="book", symbol="BTC-USDT", interval_ms=0)
        await late.pushed("book", interval_ms=0)
        await rig.place(ALICE)
        at_once = await late.pushed("book", interval_ms=0)
        assert at_once["prev"] == snapshot["seq"]
        assert (await late.pushed("book", interval_ms=1000))["seq"] == at_once["seq"]


async def test_a_book_comes_as_deep_as_asked_and_in_steps_of_prices(rig: Rig) -> None:
    for price in ("63999.00", "63998.00", "63997.60"):
        await rig.place(ALICE, price=price)
    async with connected(rig) as client:
        book = {"channel": "book", "symbol": "BTC-USDT"}
        await client.result("subscribe", **book, levels=1, interval_ms=10)
        top = await client.pushed("book", levels=1)
        assert (top["bids"], top["interval_ms"]) == ([["63999.00", "0.01000"]], 10)
        await client.result("subscribe", **book, group="1", interval_ms=100)
        steps = await client.pushed("book", group="1.00")
        assert steps["bids"] == [
            ["63999.00", "0.01000"],
            ["63998.00", "0.01000"],
            ["63997.00", "0.01000"],
        ]
        await rig.place(ALICE, price="63999.50")
        delta = await client.pushed("book", levels=1)
        assert delta["prev"] == top["seq"]
        assert delta["bids"] == [["63999.50", "0.01000"], ["63999.00", "0"]]
        delta = await client.pushed("book", group="1.00")
        assert delta["bids"] == [["63999.00", "0.02000"]]
        assert await client.error("subscribe", **book, group="0.005") == "INVALID_REQUEST"
        assert await client.error("subscribe", **book, group="0") == "INVALID_REQUEST"
        assert await client.error("subscribe", **book, group="1", interval_ms=10)
        assert await client.error("subscribe", **book, levels=101, interval_ms=0)
        other = {"channel": "best", "symbol": "BTC-USDT"}
        assert await client.error("subscribe", **other, levels=5) == "INVALID_REQUEST"


async def test_views_of_books_are_bounded_and_whole_books_are_not(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ws.book_channels.VIEWS_MAX", 1)
    async with connected(rig) as client, connected(rig) as other:
        book = {"channel": "book", "symbol": "BTC-USDT"}
        await client.result("subscribe", **book, levels=1)
        await client.pushed("book")
        await other.result("subscribe", **book, levels=1)
        assert await other.error("subscribe", **book, levels=2) == "TOO_MANY_VIEWS"
        await other.result("subscribe", **book)
        await client.result("unsubscribe", **book, levels=1)
        await other.result("unsubscribe", **book, levels=1)
        await other.result("subscribe", **book, levels=2)


async def test_an_address_reads_so_many_views_on_all_of_its_connections(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ws.view_limits.VIEWS_PER_ADDRESS_MAX", 1)
    book = {"channel": "book", "symbol": "BTC-USDT"}
    async with connected(rig) as client:
        async with connected(rig) as other:
            await client.result("subscribe", **book, levels=1)
            await other.result("subscribe", **book, levels=1)  # the same is no other view
            assert await other.error("subscribe", **book, levels=2) == "TOO_MANY_VIEWS"
            await other.result("subscribe", **book)
            await client.result("unsubscribe", **book, levels=1)
            assert await other.error("subscribe", **book, levels=2) == "TOO_MANY_VIEWS"
        await eventually(client, **book, levels=2)  # the other connection is gone, and its view
        assert await client.error("subscribe", **book, levels=3) == "TOO_MANY_VIEWS"


async def eventually(client: Any, **topic: Any) -> None:
    """Subscribe as soon as there is room."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.ask("subscribe", **topic)
            if answer["ok"]:
                return
            await asyncio.sleep(0.02)


async def test_the_best_bid_and_offer_come_when_they_change(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.result("subscribe", channel="best", symbol="BTC-USDT")
        assert (await client.pushed("best"))["bid"] is None
        await rig.place(ALICE)
        best = await client.pushed("best")
        assert (best["bid"], best["bid_qty"], best["ask"]) == ("64000.00", "0.01000", None)


async def test_order_by_order_is_for_those_who_are_named(rig: Rig) -> None:
    named = replace(rig.services, order_level=OrderLevelReaders.parse(f"{ALICE}, 77"))
    placed = await rig.place(ALICE)
    async with connected(rig) as alice, connected(rig) as bob:
        wanted = {"channel": "book_orders", "symbol": "BTC-USDT", "interval_ms": 0}
        assert await alice.error("subscribe", **wanted) == "UNAUTHENTICATED"
        await alice.log_in(rig, ALICE)
        await bob.log_in(rig, BOB)
        assert await alice.error("subscribe", **wanted) == "FORBIDDEN"
        for reader in rig.channels._everyone:
            assert isinstance(reader, Connection)
            reader._services = named
        assert await bob.error("subscribe", **wanted) == "FORBIDDEN"
        await alice.result("subscribe", **wanted)
        book = await alice.pushed("book_orders")
        ((order_id, price, qty, _),) = book["bids"]
        assert (order_id, price, qty) == (placed["order_id"], "64000.00", "0.01000")
        await rig.place(BOB, side="sell", qty="0.004")
        delta = await alice.pushed("book_orders")
        assert delta["prev"] == book["seq"] and delta["gone"] == []
        assert [order[:3] for order in delta["bids"]] == [[order_id, "64000.00", "0.00600"]]


async def test_trades_come_as_they_happen(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.result("subscribe", channel="trades", symbol="BTC-USDT")
        assert (await client.pushed("trades"))["trades"] == []
        await rig.place(ALICE)
        await rig.place(BOB, side="sell", qty="0.004")
        update = await client.pushed("trades")
        (trade,) = update["trades"]
        assert (trade["trade_id"], trade["price"], trade["qty"]) == (1, "64000.00", "0.00400")
        assert update["type"] == "update" and trade["aggressor_side"] == "sell"


async def test_private_channels_are_chained_and_only_mine(rig: Rig) -> None:
    async with connected(rig) as alice, connected(rig) as bob:
        ends: dict[str, int] = {}
        for client, account_id in ((alice, ALICE), (bob, BOB)):
            await client.log_in(rig, account_id)
            for channel in ("orders", "fills", "balances"):
                await client.result("subscribe", channel=channel)
                snapshot = await client.pushed(channel)
                assert snapshot["type"] == "snapshot"
                if client is alice:
                    ends[channel] = snapshot["seq"]
        await rig.place(ALICE)
        new = await alice.pushed("orders")
        assert new["type"] == "update" and new["prev"] == ends["orders"]
        assert new["order"]["status"] == "new"
        held = await alice.pushed("balances")
        assert held["prev"] == ends["balances"]
        assert [(row["asset"], row["held"]) for row in held["balances"]] == [
            ("USDT", "640.00000000")
        ]
        await rig.place(BOB, side="sell")
        filled = await alice.pushed("orders")
        assert filled["prev"] == new["seq"] and filled["order"]["status"] == "filled"
        fill = await alice.pushed("fills")
        assert fill["prev"] == ends["fills"] and fill["fill"]["liquidity"] == "maker"
        assert fill["seq"] == filled["seq"] == fill["fill"]["seq"]
        assert {row["asset"] for row in (await alice.pushed("balances"))["balances"]} == {
            "BTC",
            "USDT",
        }
        theirs = await bob.pushed("orders")
        assert theirs["order"]["side"] == "sell"
        assert (await bob.pushed("fills"))["fill"]["liquidity"] == "taker"


async def test_orders_are_entered_amended_and_canceled(rig: Rig) -> None:
    async with connected(rig) as client:
        assert await client.error("place", **ORDER) == "UNAUTHENTICATED"
        await client.log_in(rig, ALICE)
        order = await client.result("place", **ORDER, client_order_id="ws-1")
        assert (order["status"], order["fills"]) == ("new", [])
        order_id = order["order_id"]
        replaced = await client.result("replace", order_id=order_id, price="63000.00")
        assert replaced["price"] == "63000.00"
        canceled = await client.result("cancel", client_order_id="ws-1")
        assert canceled["status"] == "canceled"
        assert await client.error("cancel", order_id=order_id) == "UNKNOWN_ORDER"
        others = [(await client.result("place", **ORDER))["order_id"] for _ in range(3)]
        assert await client.result("cancel_all", symbol="BTC-USDT") == {"canceled": others}
        assert await client.error("place", **(ORDER | {"qty": "100000"})) == "INSUFFICIENT_FUNDS"
        assert await client.error("place", **(ORDER | {"qty": 1})) == "INVALID_REQUEST"
        assert await client.error("cancel") == "INVALID_REQUEST"
        rig.engine.mute = True
        unknown = await client.result("place", **ORDER, client_order_id="ws-2")
        assert (unknown["status"], unknown["client_order_id"]) == ("unknown", "ws-2")


async def test_orders_sent_without_waiting_arrive_in_their_order(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.log_in(rig, ALICE)
        for number in range(200):
            await client.socket.send_str(json.dumps({"op": "place", "id": number} | ORDER))
        answers = [message for _ in range(200) if "ok" in (message := await client.receive())]
        order_ids = [answer["result"]["order_id"] for answer in sorted(answers, key=_by_id)]
        assert order_ids == sorted(order_ids)


def _by_id(message: Message) -> int:
    return int(message["id"])


async def test_an_api_key_opens_the_socket_for_what_it_may(rig: Rig) -> None:
    path = "/ws"
    for key, allowed in ((f"key-{ALICE}-2", True), (f"key-{BOB}-1", False)):
        headers = rig.signed("WS", path, key=key)
        fields = {
            "api_key": key,
            "timestamp": int(headers["X-Openbell-Timestamp"]),
            "signature": headers["X-Openbell-Signature"],
        }
        async with connected(rig) as client:
            assert await client.error("auth", **(fields | {"signature": "00"})) == "UNAUTHENTICATED"
            await client.result("auth", **fields)
            await client.result("subscribe", channel="orders")
            if allowed:
                await client.result("place", **ORDER)
            else:
                assert await client.error("place", **ORDER) == "FORBIDDEN"


async def test_a_connection_stays_with_its_account(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.log_in(rig, ALICE)
        assert await client.error("auth", token=rig.accounts.token(BOB)) == "INVALID_REQUEST"
        await client.log_in(rig, ALICE)


async def test_a_socket_does_not_outlive_its_token(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "RECHECK_EVERY_S", 0.05)
    checking = asyncio.create_task(rig.sockets.run())
    async with connected(rig) as client:
        await client.result("auth", token=rig.accounts.token(ALICE, exp=int(time.time()) + 1))
        assert await client.closed_with() == NOT_AUTHENTICATED
    checking.cancel()


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "null",
        "[]",
        "{",
        "[" * 60_000,
        '{"op":' * 10_000,
        '{"op":"dance","id":7}',
        '{"id":7}',
        '{"op":"subscribe","id":7}',
        '{"op":"subscribe","channel":"secrets","id":7}',
        '{"op":"subscribe","channel":"book","symbol":"BTC-USDT","interval_ms":7,"id":7}',
        '{"op":"subscribe","channel":"book","symbol":"BTC-USDT","symbol":"ETH-USDT","id":7}',
        '{"op":"subscribe","channel":"book","symbol":1e400,"id":7}',
        '{"op":"place","symbol":"BTC-USDT","side":"buy","type":"limit","price":NaN,"id":7}',
        '{"op":"ping","id":{"a":1}}',
        '{"op":"ping","extra":1,"id":7}',
        '{"op":"auth","token":"\\ud800","id":7}',
    ],
)
async def test_garbage_is_answered_and_the_connection_lives_on(rig: Rig, garbage: str) -> None:
    async with connected(rig) as client:
        await client.socket.send_str(garbage)
        answer = await client.receive()
        while "ok" not in answer:
            answer = await client.receive()
        assert answer["ok"] is False and answer["error"]["code"]
        if garbage.endswith('"id":7}') and "NaN" not in garbage and "ud800" not in garbage:
            assert answer["id"] == 7
        assert "ts_ns" in await client.result("ping")


async def test_questions_that_name_nothing(rig: Rig) -> None:
    async with connected(rig) as client:
        assert await client.error("subscribe", channel="orders") == "UNAUTHENTICATED"
        assert await client.error("subscribe", channel="book") == "INVALID_REQUEST"
        missing = {"channel": "book", "symbol": "NO-SUCH"}
        assert await client.error("subscribe", **missing) == "UNKNOWN_INSTRUMENT"
        no_interval = {"channel": "candles", "symbol": "BTC-USDT"}
        assert await client.error("subscribe", **no_interval) == "INVALID_REQUEST"
        assert await client.error("auth") == "INVALID_REQUEST"
        assert await client.error("auth", token="x.y.z") == "UNAUTHENTICATED"


async def test_a_binary_frame_is_answered_and_an_oversized_one_ends_it(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.socket.send_bytes(b"\x00\x01")
        answer = await client.receive()
        while "ok" not in answer:
            answer = await client.receive()
        assert answer["error"]["code"] == "INVALID_REQUEST"
        await client.socket.send_str("x" * (64 * 1024 + 1))
        assert await client.closed_with() == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    async with connected(rig) as client:
        await client.result("ping")


async def test_a_plain_request_is_told_what_this_is(rig: Rig) -> None:
    status, answer = await rig.call("GET", "/ws")
    assert (status, answer["error"]["code"]) == (426, "WEBSOCKET_NEEDED")


async def test_subscriptions_are_bounded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.ws.connection.TOPICS_MAX", 1)
    async with connected(rig) as client:
        await client.result("subscribe", channel="trades", symbol="BTC-USDT")
        await client.result("subscribe", channel="trades", symbol="BTC-USDT")
        other = {"channel": "trades", "symbol": "ETH-USDT"}
        assert await client.error("subscribe", **other) == "TOO_MANY_SUBSCRIPTIONS"
        await client.result("unsubscribe", channel="trades", symbol="BTC-USDT")
        await client.result("subscribe", **other)


async def test_a_reader_who_does_not_read_is_let_go_and_nobody_else_suffers(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(rig) as good, connected(rig) as slow:
        for client in (good, slow):
            await client.result("subscribe", channel="book", symbol="BTC-USDT", interval_ms=0)
            await client.pushed("book")
        (stuck,) = [reader for reader in rig.channels._everyone if _is_of(reader, slow)]
        assert isinstance(stuck, Connection)
        gate = asyncio.Event()
        write = stuck._outbox._write

        async def stalls(data: bytes) -> None:
            await gate.wait()
            await write(data)

        monkeypatch.setattr(stuck._outbox, "_write", stalls)
        monkeypatch.setattr(stuck._outbox, "_write_now", lambda _: False)
        closing = asyncio.create_task(slow.closed_with())
        for number in range(outbox.PUSHES_MAX + 10):
            rig.engine.exchange.limit(ALICE, BUY, 6_000_000 + number, 1_000)
            rig.engine.speak()
            assert (await good.pushed("book"))["bids"][0][0] == f"{60_000 + number / 100:.2f}"
        assert await closing == SLOW_CONSUMER
        assert len(rig.channels._everyone) == 1


def _is_of(reader: Any, client: Client) -> bool:
    """Whether a connection of the gateway is this client's, by its port."""
    mine = client.socket.get_extra_info("sockname")
    return bool(reader._socket.get_extra_info("peername") == mine)


async def test_a_sweep_through_many_orders_drops_no_reader_who_reads(rig: Rig) -> None:
    for number in range(600):
        rig.engine.exchange.limit(ALICE, SELL, 6_500_000 + number, 1_000)
    rig.engine.speak()
    assert await rig.feed.reached(rig.engine.exchange.last_seq, 5)
    async with connected(rig) as client:
        await client.log_in(rig, ALICE)
        for channel in ("orders", "fills", "balances"):
            await client.result("subscribe", channel=channel)
        assert len((await client.pushed("orders"))["orders"]) == 600
        await client.pushed("fills", type="snapshot")
        await rig.place(BOB, price="66000.00", qty="6")
        fills = [await client.pushed("fills") for _ in range(600)]
        assert all(
            earlier["seq"] == later["prev"]
            for earlier, later in zip(fills, fills[1:], strict=False)
        )


async def test_losing_the_engine_is_said_at_once_and_everything_starts_over(rig: Rig) -> None:
    async with connected(rig) as client:
        await client.result("subscribe", channel="book", symbol="BTC-USDT")
        first = await client.pushed("book")
        assert (await client.pushed("heartbeat"))["live"] is True
        rig.engine.up = False
        assert (await client.pushed("heartbeat"))["live"] is False
        await client.result("subscribe", channel="trades", symbol="BTC-USDT")
        rig.engine.up = True
        assert (await client.pushed("heartbeat"))["live"] is True
        again = await client.pushed("book")
        assert again["type"] == "snapshot" and again["seq"] == first["seq"]
        assert (await client.pushed("trades"))["type"] == "snapshot"


async def test_candles_and_tickers_come_as_market_data_tells(rig: Rig) -> None:
    row = CandleRow(60 * 10**9, 6_400_000, 6_400_100, 6_399_900, 6_400_050, 7, 70, 2, 3, 30)
    async with connected(rig) as client:
        await client.result("subscribe", channel="candles", symbol="BTC-USDT", interval="1m")
        rig.channels.candle(BTC_USDT, "1m", row)
        rig.channels.candle(BTC_USDT, "5m", row)
        candle = await client.pushed("candles")
        assert candle["interval"] == "1m" and candle["candle"]["close"] == "64000.50"
        await client.result("subscribe", channel="ticker", symbol="*")
        await client.pushed("ticker", symbol="ETH-USDT")
        assert (await client.pushed("ticker", symbol="BTC-USDT"))["ticker"]["last"] is None
        rig.market_feed._tickers[BTC_USDT] = TickerRow(
            BTC_USDT, 6_400_000, 6_500_000, 6_300_000, 6_432_000, 10**5, 10**12, 3, 1
        )
        rig.channels.ticker(BTC_USDT)
        ticker = (await client.pushed("ticker", symbol="BTC-USDT"))["ticker"]
        assert (ticker["last"], ticker["change_ppm"]) == ("64320.00", 5_000)
        await rig.place(ALICE)
        assert (await client.pushed("ticker", symbol="BTC-USDT"))["ticker"]["bid"] == "64000.00"
        await client.result("subscribe", channel="ticker", symbol="BTC-USDT", window="1h")
        hour = await client.pushed("ticker", symbol="BTC-USDT", window="1h")
        assert hour["ticker"]["last"] is None, "nothing was said of the last hour"


async def test_open_sockets_do_not_delay_the_stop(rig: Rig) -> None:
    async with connected(rig) as client:
        closing = asyncio.create_task(client.closed_with())
        await asyncio.wait_for(rig.sockets.close_all(web.Application()), 1.0)
        assert await closing == aiohttp.WSCloseCode.GOING_AWAY


async def test_nor_does_a_socket_whose_client_is_deaf(rig: Rig) -> None:
    async with connected(rig):
        await asyncio.wait_for(rig.sockets.close_all(web.Application()), 1.0)


async def test_who_reads_no_answers_is_not_asked_for_more_orders(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(rig) as client:
        (served,) = rig.sockets._open
        stalled, reads_again = asyncio.Event(), asyncio.Event()
        write = served._outbox._write

        async def stalls(messages: list[bytes]) -> None:
            stalled.set()
            await reads_again.wait()
            await write(messages)

        monkeypatch.setattr(served._outbox, "_write", stalls)
        asked = 4 * ANSWERS_UNREAD_MAX
        for number in range(asked):
            await client.socket.send_str(json.dumps({"op": "cancel", "id": number}))
        await stalled.wait()
        for _ in range(20):
            await rig.call("GET", "/time")
        bound = ANSWERS_UNREAD_MAX + REQUESTS_IN_FLIGHT_MAX
        assert ANSWERS_UNREAD_MAX <= served._outbox.answers <= bound
        reads_again.set()
        answered: set[int] = set()
        while len(answered) < asked:
            message = await client.receive()
            answered |= {message["id"]} if "ok" in message else set()


async def private(client: Client, rig: Rig, resume_from: int | None = None) -> list[bool]:
    """Log in and subscribe to the private channels; return which of them resumed."""
    await client.log_in(rig, ALICE)
    fields = {} if resume_from is None else {"resume_from": resume_from}
    channels = ("orders", "fills", "balances")
    answers = [await client.result("subscribe", channel=each, **fields) for each in channels]
    return [answer.get("resumed", False) for answer in answers]


async def test_what_was_missed_follows_after_a_lost_connection(rig: Rig) -> None:
    first = await rig.place(ALICE, client_order_id="first")
    async with connected(rig) as client:
        assert await private(client, rig) == [False] * 3
        seen = (await client.pushed("orders"))["seq"]
    await rig.place(BOB, side="sell", qty="0.004")
    second = await rig.place(ALICE, client_order_id="second")
    await rig.call("DELETE", f"/orders/{first['order_id']}", account_id=ALICE)
    async with connected(rig) as client:
        assert await private(client, rig, seen) == [True] * 3
        updates = [await client.pushed("orders", type="update") for _ in range(2)]
        assert [(u["order"]["order_id"], u["order"]["status"]) for u in updates] == [
            (second["order_id"], "new"),
            (first["order_id"], "canceled"),
        ]
        assert [u["prev"] for u in updates] == [seen, updates[0]["seq"]]
        fill = await client.pushed("fills", type="update")
        assert (fill["prev"], fill["fill"]["qty"]) == (seen, "0.00400")
        balances = await client.pushed("balances", type="update")
        assert balances["prev"] == seen
        await rig.place(ALICE)
        assert (await client.pushed("orders", type="update"))["prev"] == updates[-1]["seq"]


async def test_between_the_two_sides_of_a_trade_with_oneself_nothing_resumes(rig: Rig) -> None:
    async with connected(rig) as client:
        await private(client, rig)
        await rig.place(ALICE)
        await rig.place(ALICE, side="sell", self_trade_prevention="none")
        fills = [await client.pushed("fills", type="update") for _ in range(2)]
        assert fills[0]["seq"] == fills[1]["seq"], "one event, two fills"
    async with connected(rig) as client:
        assert await private(client, rig, fills[0]["seq"]) == [False, False, True]
        assert len((await client.pushed("fills"))["fills"]) == 2


async def test_what_is_not_remembered_is_a_snapshot(rig: Rig) -> None:
    await rig.place(ALICE)
    for unknown in (0, 2**53 - 1):
        async with connected(rig) as client:
            assert await private(client, rig, unknown) == [False, False, unknown == 0]
            assert (await client.pushed("orders"))["type"] == "snapshot"
    async with connected(rig) as client:
        answer = await client.ask("subscribe", channel="trades", symbol="BTC-USDT", resume_from=1)
        assert answer["error"]["field"] == "resume_from"
