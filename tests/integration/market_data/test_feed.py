"""Events become stored trades and candles exactly once, through restarts."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
import pytest
from aiohttp.test_utils import TestServer

import bench.candles
import market_data
from domain.events import AccountOpened, Event, InstrumentCreated, Trade, TradeFlag
from domain.intervals import Interval
from domain.orders import AggressorSide, Side
from domain.units import NS_PER_S
from domain.venue_events import InstrumentUpdated
from gateway.calls.market_data_client import MarketDataClient
from market_data.app import build_app
from market_data.candles import Candle
from market_data.candles_repository import CandlesRepository, WrittenBatch
from market_data.errors import CursorMoved
from market_data.feed import Feed
from market_data.instrument_windows import Tickers
from market_data.subscribers import Subscribers
from schemas.codec import encode_event
from schemas.layouts import EVENT_BYTES
from service.calls import ServiceClient
from service.errors import CallFailed
from service.health import Readiness
from transport.event_follower import HeardEpoch

SECRET = "m" * 40
START_NS = 1_790_000_000 * NS_PER_S


def _stream(trades: int) -> bytes:
    draws = random.Random(11)
    events: list[Event] = [
        InstrumentCreated(
            ts_ns=START_NS,
            instrument_id=7,
            symbol=b"BTC-USDT",
            base_asset_id=1,
            quote_asset_id=2,
            quote_atoms_per_tick_lot=10,
            base_atoms_per_lot=1_000,
            maker_fee_ppm=0,
            taker_fee_ppm=0,
            band_bps=0,
            min_notional_atoms=0,
            price_max_ticks=2**53 - 1,
            qty_max_lots=2**53 - 1,
        )
    ]
    for trade_id in range(1, trades + 1):
        ts_ns = START_NS + trade_id * NS_PER_S // 4
        events.append(AccountOpened(ts_ns=ts_ns, account_id=1_000 + trade_id, group_id=1))
        events.append(
            Trade(
                ts_ns=ts_ns,
                trade_id=trade_id,
                instrument_id=7,
                aggressor_side=draws.choice([AggressorSide.BUY, AggressorSide.SELL]),
                maker_side=Side.BUY,
                flags=TradeFlag(0),
                maker_order_id=1,
                taker_order_id=2,
                maker_account_id=1_000,
                taker_account_id=1_001,
                price_ticks=draws.randrange(90, 110),
                qty_lots=draws.randrange(1, 9),
                book_seq=trade_id,
                maker_fee_atoms=0,
                taker_fee_atoms=0,
                maker_received_available_atoms=0,
                maker_held_atoms=0,
                taker_received_available_atoms=0,
                taker_available_atoms=0,
                taker_held_atoms=0,
            )
        )
    return b"".join(encode_event(event) for event in events)


class Source:
    """An event stream that can be cut anywhere: it ends the way a dropped connection does."""

    def __init__(self, data: bytes, chunk_events: int, fail_after: int | None = None) -> None:
        self._data = data
        self._chunk = chunk_events
        self.fail_after = fail_after
        self.asked_from: list[int] = []

    async def follow(self, from_seq: int) -> AsyncIterator[tuple[int, bytes]]:
        self.asked_from.append(from_seq)
        last = len(self._data) // EVENT_BYTES
        for first in range(from_seq, last + 1, self._chunk):
            if self.fail_after is not None and first > self.fail_after:
                self.fail_after = None
                raise ConnectionResetError("the stream broke")
            end = min(first + self._chunk - 1, last)
            yield first, self._data[(first - 1) * EVENT_BYTES : end * EVENT_BYTES]
        await asyncio.Event().wait()


@asynccontextmanager
async def _feed(
    url: str, source: Source, until_seq: int
) -> AsyncIterator[tuple[Feed, CandlesRepository]]:
    async with asyncpg.create_pool(url, min_size=1, max_size=3) as pool:
        repository = CandlesRepository(pool)
        feed = Feed(repository, source.follow, lambda *_: None, Readiness("postgres"))
        task = asyncio.create_task(feed.run())
        finished = asyncio.create_task(feed.stored(until_seq))
        await asyncio.wait([task, finished], return_when=asyncio.FIRST_COMPLETED)
        assert not task.done(), task.exception()
        yield feed, repository
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _everything(repository: CandlesRepository) -> dict[Interval, list[Candle]]:
    return {
        interval: await repository.candles(7, interval, 0, 2**63 - 1, 1_000)
        for interval in Interval
    }


async def test_a_broken_stream_and_a_restart_leave_no_hole_and_no_double(
    postgres_url: str, empty_postgres_url: str
) -> None:
    data = _stream(trades=400)
    last = len(data) // EVENT_BYTES
    half = data[: last // 2 * EVENT_BYTES]
    async with _feed(postgres_url, Source(half, 7, fail_after=150), last // 2 - 1):
        pass
    source = Source(data, 13)
    async with _feed(postgres_url, source, last) as (feed, repository):
        assert source.asked_from[0] > 1
        pieces = await _everything(repository)
        assert len(await repository.trades(7, 2**62, 1_000)) == 400
        restarted = feed.tickers(START_NS + 200 * NS_PER_S)
    assert sum(candle.trades for candle in pieces[Interval.D1]) == 400
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=1) as pool:
        await pool.execute(
            "TRUNCATE md_trade, md_candle, md_instrument; UPDATE md_cursor SET last_seq = 0"
        )
    async with _feed(postgres_url, Source(data, last), last) as (feed, repository):
        assert await _everything(repository) == pieces
        assert feed.tickers(START_NS + 200 * NS_PER_S) == restarted


class _SlowToWrite(CandlesRepository):
    """A database that writes only when it is let."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.writing = asyncio.Event()
        self.may_write = asyncio.Event()

    async def write(self, *batch: Any) -> None:
        self.writing.set()
        await self.may_write.wait()
        await super().write(*batch)


class _Asked(Feed):
    """Knows that a question is there."""

    asked = asyncio.Event()

    async def readable(self, seq: int) -> None:
        self.asked.set()
        await super().readable(seq)


async def test_who_heard_of_a_trade_reads_it(postgres_url: str) -> None:
    """Told at once, stored later: a question that comes in between waits for the storing."""
    data = _stream(trades=4)
    last = len(data) // EVENT_BYTES
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=3) as pool:
        repository, told = _SlowToWrite(pool), asyncio.Event()
        source = Source(data, last)
        feed = _Asked(repository, source.follow, lambda *_: told.set(), Readiness("postgres"))
        app = build_app(SECRET, repository, feed, Subscribers(), Readiness())
        following = asyncio.create_task(feed.run())
        async with TestServer(app) as server, aiohttp.ClientSession() as http:
            calls = ServiceClient(http, str(server.make_url("")), SECRET)
            client = MarketDataClient(calls, lambda: last)
            asked = asyncio.create_task(client.candles(7, "1d", 1, None, None))
            await asyncio.gather(told.wait(), repository.writing.wait(), feed.asked.wait())
            repository.may_write.set()
            (day,) = await asked
            assert day.trades == 4
            assert (await client.trades(7, 9, None))[0].trade_id == 4
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_after_a_restart_subscribers_are_told_what_a_market_was_left_at(
    postgres_url: str,
) -> None:
    data = _stream(trades=40)
    async with _feed(postgres_url, Source(data, 50), len(data) // EVENT_BYTES) as (_, repository):
        ((_, _, left_at_ticks, *_),) = await repository.trades(7, 2**62, 1)
        told: dict[int, Tickers | None] = {}
        restarted = Feed(
            repository,
            Source(data, 50).follow,
            lambda instrument_id, _, tickers: told.update({instrument_id: tickers}),
            Readiness("postgres"),
        )
        await restarted.load()
    assert told[7] is not None, "though nobody has traded for a day"
    assert (told[7].day.last_ticks, told[7].day.trades) == (left_at_ticks, 0)


async def test_after_any_restarts_every_candle_is_what_the_database_makes_of_the_trades(
    postgres_url: str,
) -> None:
    data = b"".join(bench.candles.events(4_000, seed=3))
    last, draws = len(data) // EVENT_BYTES, random.Random(3)
    stops = sorted(draws.randrange(2, last) for _ in range(4))
    for stop in (*stops, last):
        source = Source(data[: stop * EVENT_BYTES], draws.choice((1, 50, 700)))
        async with _feed(postgres_url, source, stop) as (_, repository):
            pass
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=1) as pool:
        repository = CandlesRepository(pool)
        for interval in Interval:
            assert await repository.differences(interval) == []
        assert await pool.fetchval("SELECT count(*) FROM md_trade") == 4_000
        counted = "SELECT sum(trades) FROM md_candle WHERE interval = $1"
        for interval in Interval:
            assert await pool.fetchval(counted, interval.value) == 4_000
        await pool.execute(
            "UPDATE md_candle SET volume_lots = volume_lots + 1 WHERE interval = '8h'"
        )
        await pool.execute("DELETE FROM md_candle WHERE interval = '1M' AND instrument_id = 1")
        assert len(await repository.differences(Interval.H8)) >= 6
        assert len(await repository.differences(Interval.MONTH1)) == 1


async def test_a_second_writer_is_fenced_off_by_the_cursor(postgres_url: str) -> None:
    data = _stream(trades=10)
    async with _feed(postgres_url, Source(data, 50), len(data) // EVENT_BYTES) as (_, repository):
        with pytest.raises(CursorMoved):
            await repository.write(0, 5, WrittenBatch([], [], {}, {}))


async def test_what_an_older_leader_sent_is_not_stored_after_a_newer_one(postgres_url: str) -> None:
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=1) as pool:
        await CandlesRepository(pool, HeardEpoch(3)).write(0, 5, WrittenBatch([], [], {}, {}))
        with pytest.raises(CursorMoved):
            await CandlesRepository(pool, HeardEpoch(2)).write(5, 9, WrittenBatch([], [], {}, {}))
        heard = HeardEpoch(2)
        stored = await CandlesRepository(pool, heard).load(START_NS)
        assert (stored.cursor, heard.value) == (5, 3)


@asynccontextmanager
async def _served(url: str) -> AsyncIterator[tuple[ServiceClient, aiohttp.ClientSession]]:
    data = _stream(trades=40)
    async with (
        _feed(url, Source(data, 50), len(data) // EVENT_BYTES) as (feed, repository),
        aiohttp.ClientSession() as http,
    ):
        app = build_app(SECRET, repository, feed, Subscribers(), Readiness())
        async with TestServer(app) as server:
            yield ServiceClient(http, str(server.make_url("")), SECRET), http


async def test_candles_and_trades_are_served_from_a_start_up_to_an_end_and_paged(
    postgres_url: str,
) -> None:
    async with _served(postgres_url) as (service, _):
        base: dict[str, str | int] = {"instrument_id": 7, "interval": "1s"}
        whole = (await service.call("GET", "/internal/candles", dict, query=base))["candles"]
        assert [row[0] for row in whole] == sorted(row[0] for row in whole) and len(whole) == 11
        newest = await service.call("GET", "/internal/candles", dict, query=base | {"limit": 3})
        assert newest["candles"] == whole[-3:]
        oldest = await service.call(
            "GET", "/internal/candles", dict, query=base | {"limit": 1, "start_ns": 0}
        )
        assert oldest["candles"] == whole[:1]
        trades = await service.call("GET", "/internal/trades", list, query={"instrument_id": 7})
        assert [row[0] for row in trades] == list(range(40, 0, -1))
        page = await service.call(
            "GET",
            "/internal/trades",
            list,
            query={"instrument_id": 7, "before_trade_id": 11, "limit": 4},
        )
        assert [row[0] for row in page] == [10, 9, 8, 7]


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("/internal/candles", {"interval": "1m"}, "instrument_id"),
        ("/internal/candles", {"instrument_id": "7", "interval": "2m"}, "interval"),
        ("/internal/candles", {"instrument_id": "-1", "interval": "1m"}, "instrument_id"),
        ("/internal/trades", {"instrument_id": "7", "limit": "1001"}, "limit"),
        ("/internal/trades", {"instrument_id": "٣"}, "instrument_id"),
        ("/internal/trades", {"instrument_id": "7", "before_trade_id": "1e3"}, "before_trade_id"),
    ],
)
async def test_a_bad_query_is_refused_by_name(
    postgres_url: str, path: str, query: dict[str, str], named: str
) -> None:
    async with _served(postgres_url) as (service, _):
        with pytest.raises(CallFailed, match=named) as failure:
            await service.call("GET", path, dict, query=query)
        assert failure.value.status == 422


async def test_a_subscriber_gets_what_changed_and_the_newest_of_each_candle(
    postgres_url: str,
) -> None:
    data = _stream(trades=40)
    half = 40 * EVENT_BYTES
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=3) as pool:
        repository, subscribers = CandlesRepository(pool), Subscribers()
        feed = Feed(repository, Source(data, 1).follow, subscribers.publish, Readiness())
        app = build_app(SECRET, repository, feed, subscribers, Readiness())
        pushing = asyncio.create_task(subscribers.run())
        async with TestServer(app) as server, aiohttp.ClientSession() as http:
            service = ServiceClient(http, str(server.make_url("")), SECRET)
            headers = service.headers("GET", "/internal/feed")
            url = str(server.make_url("/internal/feed"))
            async with http.ws_connect(url, headers=headers) as socket:
                await feed.take(1, data[:half])
                seen: dict[tuple[str, int], list[int]] = {}
                while ("1M", 0) not in {(interval, 0) for interval, _ in seen}:
                    for change in msgspec.json.decode((await socket.receive()).data):
                        if change["type"] == "candles":
                            candle = change["candle"]
                            seen[change["interval"], candle[0]] = candle
                stored = await repository.candles(7, Interval.MONTH1, 0, 2**63 - 1, 1)
                assert seen["1M", stored[0].ts_open_ns][4] == stored[0].close_ticks
        pushing.cancel()


def _listed(instrument_id: int, k: int, lot_atoms: int, *, new: bool) -> Event:
    listed = InstrumentCreated if new else InstrumentUpdated
    return listed(
        ts_ns=START_NS,
        instrument_id=instrument_id,
        symbol=b"GOLD-USDT",
        base_asset_id=1,
        quote_asset_id=2,
        quote_atoms_per_tick_lot=k,
        base_atoms_per_lot=lot_atoms,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=0,
        min_notional_atoms=0,
        price_max_ticks=2**53 - 1,
        qty_max_lots=2**53 - 1,
    )


def _traded(trade_id: int, price_ticks: int) -> Trade:
    return Trade(
        ts_ns=START_NS + trade_id,
        trade_id=trade_id,
        instrument_id=9,
        aggressor_side=AggressorSide.NONE,
        maker_side=Side.BUY,
        flags=TradeFlag(0),
        maker_order_id=1,
        taker_order_id=2,
        maker_account_id=1_000,
        taker_account_id=1_001,
        price_ticks=price_ticks,
        qty_lots=3,
        book_seq=trade_id,
        maker_fee_atoms=0,
        taker_fee_atoms=0,
        maker_received_available_atoms=0,
        maker_held_atoms=0,
        taker_received_available_atoms=0,
        taker_available_atoms=0,
        taker_held_atoms=0,
    )


@pytest.mark.parametrize("chunk", [1, 2, 50])
async def test_an_instrument_that_is_listed_and_changed_while_trading_gets_exact_candles(
    postgres_url: str, chunk: int
) -> None:
    events = [
        _listed(9, 10, 1_000, new=True),
        _traded(1, 100_007),
        _listed(9, 10**5, 10**5, new=False),
        _traded(2, 999),
    ]
    data = b"".join(map(encode_event, events))
    # The second time everything is there, and a last trade goes on from what is stored.
    tickers = []
    for more in (b"", encode_event(_traded(3, 998))):
        last = len(data + more) // EVENT_BYTES
        async with _feed(postgres_url, Source(data + more, chunk), last) as (feed, repository):
            (candle,) = await repository.candles(9, Interval.D1, None, 2**63 - 1, 9)
            tickers.append(feed.tickers(START_NS + NS_PER_S)[9].day)
    # One tick of 0.01 and one lot of 0.00001 are exact for both times.
    assert (candle.open_ticks, candle.close_ticks, candle.volume_lots) == (100_007, 99_800, 603)
    assert candle.steps == (1, 100, 1_000) and candle.trades == 3
    day = tickers[0]
    assert (day.last_ticks, day.steps) == (99_900, candle.steps)


async def test_the_migration_to_units_has_everything_made_anew(empty_postgres_url: str) -> None:
    directory = Path(market_data.__file__).parent / "sql" / "migrations"
    steps = [path.read_text().split("-- migrate:down") for path in sorted(directory.glob("*.sql"))]
    connection = await asyncpg.connect(empty_postgres_url)
    try:
        await connection.execute(steps[0][0])
        await connection.execute("INSERT INTO md_instrument VALUES (1, 'BTC-USDT', 10)")
        await connection.execute("UPDATE md_cursor SET last_seq = 77")
        await connection.execute(steps[1][0])
        assert await connection.fetchval("SELECT last_seq FROM md_cursor") == 0
        assert await connection.fetch("SELECT * FROM md_instrument") == []
        await connection.execute(steps[1][1])
        await connection.execute("INSERT INTO md_instrument VALUES (1, 'BTC-USDT', 10)")
    finally:
        await connection.close()
