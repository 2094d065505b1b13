"""Trades and candles of the past leave the exchange whole and exact, or visibly not at all."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pyarrow.parquet
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from cli.main import app
from cli.market.export import ExportError, moment_ns
from gateway.calls.market_data_client import TradeRow
from gateway.files.downloads import DOWNLOADS_MAX
from gateway.files.row_formats import row_file
from gateway.types import trading as api
from gateway.web_ui import WebUi
from tests.integration.gateway.rig import Rig, running_rig

TRADES = 4_321


@pytest.fixture
async def traded(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running_rig(WebUi(tmp_path)) as rig:
        rig.market_data.rows = [
            TradeRow(number, number * 10, 6_400_000 + number, number, number % 3)
            for number in range(TRADES, 0, -1)
        ]
        yield rig


async def test_trades_are_paged_by_id_and_by_time_without_hole_or_double(traded: Rig) -> None:
    path, found, asked = "/markets/BTC-USDT/trades?limit=1000", [], 1
    while asked is not None:
        status, page = await traded.call("GET", f"{path}&from_trade_id={asked}")
        assert status == 200
        found += [trade["trade_id"] for trade in page["trades"]]
        asked = page["next_trade_id"]
    assert found == list(range(1, TRADES + 1))
    _, page = await traded.call("GET", "/markets/BTC-USDT/trades?start_ns=50&end_ns=70")
    assert [trade["ts_ns"] for trade in page["trades"]] == ["50", "60", "70"]
    assert page["trades"][0]["price"] == "64000.05" and page["next_trade_id"] is None
    _, page = await traded.call("GET", "/markets/BTC-USDT/candles?interval=1m&limit=1")
    assert page["next_start_ns"] == "60000000001"


async def test_a_file_of_trades_says_the_same_in_every_format(traded: Rig, tmp_path: Path) -> None:
    texts = {}
    for name in ("csv", "ndjson", "parquet"):
        url = f"{traded.base_url}/api/v1/markets/BTC-USDT/trades/file?format={name}"
        async with traded.http.get(url) as answer:
            assert answer.status == 200
            assert f'filename="BTC-USDT-trades.{name}"' in answer.headers["Content-Disposition"]
            texts[name] = await answer.read()
    header, *lines = texts["csv"].decode().splitlines()
    assert header == "trade_id,price,qty,aggressor_side,ts_ns" and len(lines) == TRADES
    assert lines[1] == "2,64000.02,0.00002,sell,20"
    rows = [json.loads(line) for line in texts["ndjson"].splitlines()]
    assert [",".join(map(str, row.values())) for row in rows] == lines
    (tmp_path / "trades.parquet").write_bytes(texts["parquet"])
    table = pyarrow.parquet.read_table(tmp_path / "trades.parquet").to_pydict()
    assert table["price"] == [Decimal(row["price"]) for row in rows]
    assert table["ts_ns"] == [int(row["ts_ns"]) for row in rows]
    assert table["aggressor_side"] == [row["aggressor_side"] for row in rows]


async def test_a_file_of_candles_has_a_column_for_each_field(traded: Rig, tmp_path: Path) -> None:
    url = f"{traded.base_url}/api/v1/markets/BTC-USDT/candles/file?interval=1m&format="
    texts = {}
    for name in ("csv", "parquet"):
        async with traded.http.get(url + name) as answer:
            assert answer.status == 200
            texts[name] = await answer.read()
    header, line = texts["csv"].decode().splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert row["ts_open_ns"] == "60000000000" and row["high"] == "64001.00"
    (tmp_path / "candles.parquet").write_bytes(texts["parquet"])
    (told,) = pyarrow.parquet.read_table(tmp_path / "candles.parquet").to_pylist()
    assert told.keys() == row.keys()
    assert all(told[name] == Decimal(text) for name, text in row.items())


def test_what_is_not_there_is_an_empty_field() -> None:
    row = api.Candle("1", "2", "2", "2", "2", "0", "0", 0, None, "0", "0")
    assert row_file("csv", api.Candle).rows([row]).splitlines()[1] == b"1,2,2,2,2,0,0,0,,0,0"
    file = row_file("parquet", api.Candle)
    assert file.rows([row]) + file.end()


async def test_a_file_that_breaks_off_is_never_taken_for_the_whole(traded: Rig) -> None:
    url = f"{traded.base_url}/api/v1/markets/BTC-USDT/trades/file"
    traded.market_data.fails_at_page = 2
    with pytest.raises(aiohttp.ClientError):
        async with traded.http.get(url) as answer:
            await answer.read()
    traded.market_data.up = False
    status, answer = await traded.call("GET", "/markets/BTC-USDT/trades/file")
    assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE")
    assert traded.services.downloads.running == 0


async def test_a_reader_who_leaves_in_the_middle_is_no_failure_of_the_gateway(
    traded: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, page = asyncio.Event(), traded.market_data.trades_from

    async def second_page_later(*asked: Any) -> list[TradeRow]:
        if asked[1] > 1:
            await left.wait()
        return await page(*asked)

    monkeypatch.setattr(traded.market_data, "trades_from", second_page_later)
    with capture_logs() as logs:
        url = f"{traded.base_url}/api/v1/markets/BTC-USDT/trades/file"
        async with traded.http.get(url) as answer:
            await answer.content.readany()
            answer.close()
        for _ in range(5):
            await traded.call("GET", "/time")
        left.set()
        while traded.services.downloads.running:
            await traded.call("GET", "/time")
    assert [line["event"] for line in logs] == ["download_cut"]


async def test_one_address_does_not_take_all_places_of_files(
    traded: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.files.downloads.DOWNLOADS_PER_ADDRESS_MAX", 0)
    status, answer = await traded.call("GET", "/markets/BTC-USDT/trades/file")
    assert (status, answer["error"]["code"]) == (429, "TOO_MANY_DOWNLOADS")


async def test_only_so_many_files_are_read_at_once(traded: Rig) -> None:
    traded.services.downloads.running = DOWNLOADS_MAX
    status, answer = await traded.call("GET", "/markets/BTC-USDT/trades/file")
    assert (status, answer["error"]["code"]) == (503, "TOO_MANY_DOWNLOADS")


@pytest.mark.parametrize(
    "path",
    [
        "/markets/BTC-USDT/trades?limit=1001",
        "/markets/BTC-USDT/trades/file?limit=1000001",
        "/markets/BTC-USDT/trades/file?format=xls",
        "/markets/BTC-USDT/candles?interval=2m",
        "/markets/BTC-USDT/candles/file?interval=1m&start_ns=9999999999999999999",
    ],
)
async def test_a_question_past_a_bound_is_refused(traded: Rig, path: str) -> None:
    assert (await traded.call("GET", path))[0] == 400


async def test_an_unknown_market_has_no_history(traded: Rig) -> None:
    for path in ("trades", "trades/file", "candles?interval=1m", "candles/file?interval=1m"):
        assert (await traded.call("GET", f"/markets/NO-SUCH/{path}"))[0] == 404


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet"])
async def test_the_command_writes_the_file_the_exchange_would_send(
    traded: Rig, tmp_path: Path, name: str
) -> None:
    url = f"{traded.base_url}/api/v1/markets/BTC-USDT/trades/file?format={name}&limit=100"
    async with traded.http.get(url) as answer:
        sent = await answer.read()
    traded.market_data.rows = traded.market_data.rows[-100:]
    out = tmp_path / f"out.{name}"
    options = ["--symbol", "BTC-USDT", "--format", name, "--out", str(out)]
    command = ["export", "trades", *options, "--url", traded.base_url]
    done = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert done.exit_code == 0, done.output
    if name == "parquet":
        (tmp_path / "sent.parquet").write_bytes(sent)
        whole = pyarrow.parquet.read_table(tmp_path / "sent.parquet")
        assert pyarrow.parquet.read_table(out).equals(whole)
    else:
        assert out.read_bytes() == sent
    assert [path.name for path in tmp_path.glob("out*")] == [out.name]


async def test_the_command_says_why_there_is_no_file(traded: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    command = ["export", "candles", "--symbol", "NO-SUCH", "--out", str(out)]
    done = await asyncio.to_thread(CliRunner().invoke, app, [*command, "--url", traded.base_url])
    assert done.exit_code == 1 and "UNKNOWN_INSTRUMENT" in done.output
    assert not list(tmp_path.glob("out*"))


def test_a_moment_is_iso_in_utc_or_nanoseconds() -> None:
    assert moment_ns("1970-01-02") == 86_400 * 10**9
    assert moment_ns("1970-01-01T01:00:00.000001+01:00") == 1_000
    assert moment_ns("1970-01-01T00:00:01Z") == 10**9
    assert moment_ns("17") == 17
    with pytest.raises(ExportError, match="no time"):
        moment_ns("yesterday")


async def test_a_file_without_a_row_is_empty_and_no_failure(traded: Rig) -> None:
    traded.market_data.rows = []
    url = f"{traded.base_url}/api/v1/markets/BTC-USDT/trades/file?format="
    for name, wanted in (("csv", b"trade_id,price,qty,aggressor_side,ts_ns\n"), ("ndjson", b"")):
        async with traded.http.get(url + name) as answer:
            assert (answer.status, await answer.read()) == (200, wanted)
