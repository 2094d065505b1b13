"""`openbell export`: an exchange's trades and candles as a file, through its public API."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import aiohttp
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.checkout.build_steps import pip_install, run_step
from cli.running.instance import InstanceError
from domain.units import NS_PER_S
from gateway.files.downloads import ROWS_MAX
from gateway.files.row_formats import Row, row_file
from gateway.types import trading as api
from gateway.types.history import TradeHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS: Final = ("csv", "ndjson", "parquet")
_PIECE_ROWS: Final = 5_000
_LINE_BYTES_MAX: Final = 1 << 16
_SILENCE_S: Final = 60.0
_ROW_TYPES: Final[dict[str, type[Row]]] = {"trades": api.PublicTrade, "candles": api.Candle}


class ExportError(InstanceError):
    """The export came to nothing; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """What to fetch: ``what`` is trades or candles; times in Unix ns, both included; ``interval``
    of candles.
    """

    gateway_url: str
    what: str
    symbol: str
    interval: str
    start_ns: int
    end_ns: int | None
    file_format: str
    path: Path | None


def moment_ns(text: str) -> int:
    """Return a moment in Unix ns: whole nanoseconds, or ISO 8601, UTC unless it says otherwise.

    Raises:
        ExportError: it is neither.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ExportError(f"{text!r} is no time: write 2026-11-20T10:00:00 or Unix ns") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * 1_000


def ensure_parquet() -> None:
    """Install what writes Parquet, unless it is there."""
    if importlib.util.find_spec("pyarrow") is None:
        run_step("Installing what writes Parquet", pip_install("parquet.lock"))
        importlib.invalidate_caches()


def export(wanted: Export) -> int:
    """Write the file, whole or not at all; return how many rows it has.

    Raises:
        ExportError: the exchange refuses or breaks off.
    """
    if wanted.file_format == "parquet":
        if wanted.path is None:
            raise ExportError("Parquet needs a file: --out FILE")
        ensure_parquet()
    with _opened(wanted.path) as out, _bar() as bar:
        try:
            rows = asyncio.run(_export(wanted, out, bar))
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            raise ExportError(f"{wanted.gateway_url} broke off: {error or 'silence'}") from error
    Console(stderr=True).print(
        f"{rows:,} {wanted.what} of {wanted.symbol} in {wanted.path or 'the output'}"
    )
    return rows


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


async def _export(wanted: Export, out: BinaryIO, bar: Progress) -> int:
    file = row_file(wanted.file_format, _ROW_TYPES[wanted.what])
    timeout = aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_S)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=_LINE_BYTES_MAX) as http:
        total = await _trades_ahead(http, wanted) if wanted.what == "trades" else None
        task = bar.add_task(f"{wanted.what} of {wanted.symbol}", total=total)
        count = 0
        async for rows in _all_rows(http, wanted):
            out.write(file.rows(rows))
            count += len(rows)
            bar.update(task, completed=count)
        out.write(file.end())
        bar.update(task, total=count, completed=count)
    return count


async def _trades_ahead(http: aiohttp.ClientSession, wanted: Export) -> int | None:
    """Return how many trades there are from the first one wanted on: ids have no gaps."""
    async with await _get(http, wanted, "", _query(wanted) | {"limit": "1"}) as answer:
        first = msgspec.json.decode(await answer.read(), type=TradeHistory).trades
    url = f"{wanted.gateway_url}/api/v1/trades?symbol={wanted.symbol}&limit=1"
    async with http.get(url) as answer:
        newest = msgspec.json.decode(await answer.read(), type=list[api.PublicTrade])
    if not first or not newest or wanted.end_ns is not None:
        return None
    return newest[0].trade_id - first[0].trade_id + 1


async def _all_rows(http: aiohttp.ClientSession, wanted: Export) -> AsyncIterator[list[Row]]:
    """Yield every row, file after file: one ends at its bound, the next begins there."""
    decoder = msgspec.json.Decoder(_ROW_TYPES[wanted.what])
    query = _query(wanted) | {"format": "ndjson"}
    count = ROWS_MAX
    while count == ROWS_MAX:
        count = 0
        async with await _get(http, wanted, "/file", query) as answer:
            piece: list[Row] = []
            async for line in answer.content:
                piece.append(decoder.decode(line))
                count += 1
                if len(piece) == _PIECE_ROWS:
                    yield piece
                    query |= _after(piece[-1])
                    piece = []
            if piece:
                yield piece
                query |= _after(piece[-1])


def _query(wanted: Export) -> dict[str, str]:
    query = {"start_ns": str(wanted.start_ns)}
    if wanted.end_ns is not None:
        query["end_ns"] = str(wanted.end_ns)
    if wanted.what == "candles":
        query["interval"] = wanted.interval
    return query


def _after(row: Row) -> dict[str, str]:
    if isinstance(row, api.Candle):
        return {"start_ns": str(int(row.ts_open_ns) + 1)}
    return {"from_trade_id": str(row.trade_id + 1)}


async def _get(
    http: aiohttp.ClientSession, wanted: Export, path: str, query: dict[str, str]
) -> aiohttp.ClientResponse:
    url = f"{wanted.gateway_url}/api/v1/markets/{wanted.symbol}/{wanted.what}{path}"
    answer = await http.get(url, params=query)
    if answer.status == 200:
        return answer
    try:
        error = msgspec.json.decode(await answer.read(), type=api.ErrorAnswer).error
    except msgspec.DecodeError:
        raise ExportError(f"{url} answers {answer.status}") from None
    raise ExportError(f"{error.code}: {error.message}")
